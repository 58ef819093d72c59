#include "flow/reset/new_gate.hpp"

namespace coupon {

namespace {

bool holds_claims(const GateSummary& gate) {
    return gate.fields.granted != 0 || gate.claims != 0 || gate.outbox != 0;
}

bool is_as_created(const GateSummary& gate, const RoundRow& row, const std::string& token) {
    const auto& fields = gate.fields;
    return fields.round == row.round && fields.limit == row.limit && fields.window == row.window && fields.key == row.key &&
           fields.topic == row.topic && fields.token == token && fields.door == GateDoor::closed && gate.defects.empty();
}

Status discard_changed(const RoundRow& row, const std::string& token, const ResetPorts& ports, Milliseconds timeout) {
    const auto gate = ports.reader.summary(ports.world.now() + timeout);
    if (!gate && gate.fault().kind == FaultKind::missing) return Done{};
    if (!gate) return gate.fault();
    if (gate->fields.round != row.round || is_as_created(*gate, row, token) || holds_claims(*gate)) return Done{};
    return ports.keeper.discard(GateMark{row.round, token}, ports.world.now() + timeout);
}

} // namespace

Result<ServerIdentity> create_gate_of(const RoundRow& row, const std::string& token, const ResetPorts& ports, Milliseconds timeout) {
    if (auto discarded = discard_changed(row, token, ports, timeout); !discarded) return discarded.fault();
    return ports.keeper.create({row.round, row.limit, row.window, token, row.key, row.topic, row.cluster_id}, ports.world.now() + timeout);
}

Status check_created(const GateSummary& gate, const RoundRow& row, const std::string& token) {
    if (holds_claims(gate)) {
        return Fault{FaultKind::conflict, "the gate holds claims of round " + row.round.text() + ", which the ledger never opened",
                     "restore the ledger if it lost that; if not, delete the gate's keys coupon:{" + row.event + "} and coupon:{" +
                         row.event + "}:outbox, then run this again"};
    }
    if (is_as_created(gate, row, token)) return Done{};
    return Fault{FaultKind::conflict, "the new gate is not as it was created: another program wrote to it", "run this again"};
}

} // namespace coupon
