#include "model/renaming.hpp"

#include "model/actors.hpp"

#include <algorithm>
#include <limits>

namespace coupon::model {

namespace {

constexpr Epoch passed(0); ///< an epoch that is over, whichever it was
constexpr std::int64_t first_server = 1;
const ServerIdentity first_identity = GateSide{std::nullopt, first_server}.identity();
const ServerIdentity earlier_server = GateSide{std::nullopt, 0}.identity();

/// The server that runs now, or any before it: identities are compared with that of the server that runs alone, and it never runs again
/// once it is another one.
void rename(ServerIdentity& server, const ServerIdentity& running) {
    if (server.run_id.empty()) return;
    server = server == running ? first_identity : earlier_server;
}

/// The same reset, with another server remembered.
Resetting with_server(Resetting way, const ServerIdentity& server) {
    const bool opens = way.stage() == ResetStage::open_gate;
    way.on_created(server);
    if (opens) way.on(Done{});
    return way;
}

void rename_server_of_saved(Scene& scene) {
    const auto* saved = scene.saved();
    if (saved == nullptr) return;
    const auto& armed_with = saved->memory->fields.armed_with;
    if (saved->server == first_server && (armed_with.run_id.empty() || armed_with == earlier_server)) return;
    // When the gate falls back to it, another server runs.
    auto renamed = *saved;
    renamed.server = first_server;
    rename(renamed.memory->fields.armed_with, {});
    scene.save(renamed);
}

void rename_servers(Scene& scene) {
    rename_server_of_saved(scene);
    if (scene.gate().server == first_server) return;
    const auto running = scene.gate().identity();
    auto gate = scene.gate();
    gate.server = first_server;
    if (gate.memory) rename(gate.memory->fields.armed_with, running);
    scene.set(gate);
    for (std::size_t i = 0; i < most_armers; ++i) {
        if (scene.armer(i).step == Armer::Step::idle) continue;
        auto armer = scene.armer(i);
        rename(armer.ticket.server, running);
        scene.set(i, armer);
    }
    for (std::size_t i = 0; i < most_resetters; ++i) {
        auto server = scene.resetter(i).way.created_with();
        if (!scene.resetter(i).runs || server.run_id.empty()) continue;
        auto reset = scene.resetter(i);
        rename(server, running);
        reset.way = with_server(reset.way, server);
        scene.set(i, reset);
    }
}

/// Whether a reset that runs remembers the token, or wrote it.
bool is_remembered(const Scene& scene, const std::string& token) {
    for (std::size_t i = 0; i < most_resetters; ++i) {
        const auto& reset = scene.resetter(i);
        if (!reset.runs) continue;
        const bool has_read = (reset.gate && reset.gate->token == token) || (reset.way.seen() && reset.way.seen()->token == token);
        if (has_read || reset.way.token() == token) return true;
    }
    return false;
}

/// A token that no reset remembers is another one than any that one does, and that is all there is to it. Of a single reset: a second one
/// could remember it, and find it again where the gate falls back.
void rename_tokens(Scene& scene) {
    if (scene.bounds().resets > 1) return;
    const auto is_to_go = [&](const GateSide& gate) {
        return gate.memory && !gate.memory->fields.token.empty() && !is_remembered(scene, gate.memory->fields.token) &&
               !is_remembered(scene, {});
    };
    if (is_to_go(scene.gate())) {
        auto gate = scene.gate();
        gate.memory->fields.token.clear();
        scene.set(gate);
    }
    if (scene.saved() == nullptr || !is_to_go(*scene.saved())) return;
    auto saved = *scene.saved();
    saved.memory->fields.token.clear();
    scene.save(saved);
}

/// An application with the epoch of its claim moved. Only where the claim is to be published or confirmed does its epoch count.
Applicant with_epoch(const Applicant& applicant, Epoch epoch) {
    auto probe = applicant.way;
    probe.on_deadline({});
    const bool is_duplicate = probe.told().answer == Answer::duplicate;
    ClaimReply reply;
    reply.kind = is_duplicate ? ClaimReply::Kind::duplicate : ClaimReply::Kind::granted;
    reply.grant = applicant.way.grant();
    reply.grant.epoch = epoch;
    auto moved = applicant;
    moved.way = Applying(applicant.user);
    moved.way.on_claim(reply);
    if (applicant.way.step() == ApplyStep::confirm) moved.way.on_delivery(Done{});
    return moved;
}

template <class Visit>
void visit_gate(GateSide& gate, const Visit& visit) {
    if (!gate.memory) return;
    auto& fields = gate.memory->fields;
    visit(fields.round, fields.epoch);
    if (fields.arming) visit(fields.round, *fields.arming);
    for (auto& [user, pending] : gate.memory->outbox)
        visit(fields.round, pending.epoch);
}

template <class Visit>
void visit_grants(std::vector<Grant>& grants, const Visit& visit) {
    for (auto& grant : grants)
        visit(grant.round, grant.epoch);
}

template <class Visit>
void visit_applicant(Applicant& applicant, const Visit& visit) {
    if (applicant.way.step() == ApplyStep::publish || applicant.way.step() == ApplyStep::confirm) {
        auto epoch = applicant.way.grant().epoch;
        visit(*applicant.round, epoch);
        if (epoch != applicant.way.grant().epoch) applicant = with_epoch(applicant, epoch);
    } else if (applicant.is_told() && applicant.way.told().answer == Answer::sold_out && applicant.sold_out_in != passed) {
        visit(*applicant.round, applicant.sold_out_in);
    }
}

/// Hands every epoch that the component knows, and its round, to `visit`, which may change it; but for the fences'.
template <class Visit>
void visit_epochs(Scene& scene, std::size_t component, const Visit& visit) {
    const auto write_back = [&](auto part, const auto& visit_part, const auto& write) {
        visit_part(part);
        write(part);
    };
    if (component == component::gate) {
        write_back(
            scene.gate(), [&](auto& gate) { visit_gate(gate, visit); }, [&](auto& gate) { scene.set(gate); });
    } else if (component == component::saved && scene.saved() != nullptr) {
        write_back(
            *scene.saved(), [&](auto& gate) { visit_gate(gate, visit); }, [&](auto& gate) { scene.save(gate); });
    } else if (component == component::ledger) {
        auto ledger = scene.ledger();
        for (auto& [round, row] : ledger.rows.rounds)
            visit(round, row.epoch);
        for (auto& [at, grant] : ledger.failed)
            visit(grant.round, grant.epoch);
        scene.set(ledger);
    } else if (component == component::topic) {
        auto topic = scene.topic();
        for (auto& log : topic.partitions)
            visit_grants(log.records, visit);
        scene.set(topic);
    } else if (component == component::air) {
        auto air = scene.air();
        for (auto list : {&Air::redriven, &Air::records, &Air::to_confirm, &Air::confirms})
            visit_grants(air.*list, visit);
        scene.set(air);
    } else if (component == component::redriver) {
        auto redriver = scene.redriver();
        if (redriver.step == Redriver::Step::idle) return;
        visit(redriver.round, redriver.epoch);
        for (auto& pending : redriver.outbox)
            visit(redriver.round, pending.epoch);
        scene.set(redriver);
    } else if (component >= component::first_resetter + most_resetters) {
        return; // none of these knows an epoch where states are merged
    } else if (component >= component::first_resetter) {
        const auto i = component - component::first_resetter;
        auto reset = scene.resetter(i);
        for (auto* pulse : {&reset.look.before, &reset.look.after})
            if (pulse->round != Round(0)) visit(pulse->round, pulse->epoch);
        scene.set(i, reset);
    } else if (component >= component::first_armer) {
        const auto i = component - component::first_armer;
        auto armer = scene.armer(i);
        if (armer.step == Armer::Step::idle) return;
        if (armer.step == Armer::Step::begin) {
            visit(armer.facts.round, armer.facts.epoch);
        } else {
            visit(armer.ticket.round, armer.ticket.epoch);
        }
        scene.set(i, armer);
    } else if (component >= component::first_applicant && component - component::first_applicant < scene.applicants()) {
        const auto i = component - component::first_applicant;
        auto applicant = scene.applicant(i);
        if (!applicant.round) return;
        visit_applicant(applicant, visit);
        scene.set(i, applicant);
    }
}

/// What is compared with an epoch that has passed: a sold out of an earlier epoch, and the epoch of a round that is not the highest, which
/// nobody raises.
void forget_passed_epochs(Scene& scene) {
    const auto highest = scene.ledger().rows.rounds.rbegin()->first;
    for (std::size_t i = 0; i < scene.applicants(); ++i) {
        const auto& one = scene.applicant(i);
        if (!one.is_told() || one.way.told().answer != Answer::sold_out || one.sold_out_in == passed) continue;
        const bool has_passed = one.sold_out_in != scene.ledger().rows.rounds.at(*one.round).epoch;
        if (!has_passed && (*one.round == highest || one.sold_out_in == Epoch(1))) continue;
        auto applicant = one;
        applicant.sold_out_in = has_passed ? passed : Epoch(1);
        scene.set(i, applicant);
    }
    const auto is_to_go = [&](const auto& row) { return row.first != highest && row.second.epoch != Epoch(1); };
    const auto& rounds = scene.ledger().rows.rounds;
    if (std::any_of(rounds.begin(), rounds.end(), is_to_go)) {
        auto ledger = scene.ledger();
        for (auto& row : ledger.rows.rounds)
            if (is_to_go(row)) row.second.epoch = Epoch(1);
        scene.set(ledger);
    }
    for (std::size_t i = 0; i < most_armers; ++i) {
        if (scene.armer(i).row.epoch == passed) continue;
        auto armer = scene.armer(i);
        armer.row.epoch = passed;
        scene.set(i, armer);
    }
}

/// The first epoch of each round that anybody knows.
FirstEpochs first_epochs(Scene& scene) {
    FirstEpochs first;
    for (std::size_t i = 0; i < component::count; ++i) {
        auto& known = scene.parts().first_epochs[i];
        const auto number = scene.state()[i];
        if (known.size() <= number) known.resize(number + 1);
        if (!known[number]) {
            FirstEpochs own;
            visit_epochs(scene, i, [&](Round round, const Epoch& epoch) { own.add(round, epoch); });
            scene.parts().first_epochs[i][number] = own;
        }
        first.add(*scene.parts().first_epochs[i][number]);
    }
    return first;
}

/// Fences of epochs that nothing is before fence nothing; nor does one with a later one that ends no later.
void drop_fences(Scene& scene, const FirstEpochs& first) {
    const auto is_idle = [&](Round round, const Fence& fence, const std::vector<Fence>& fences) {
        if (fence.epoch <= first.of(round)) return true;
        return scene.bounds().partitions == 1 && std::any_of(fences.begin(), fences.end(), [&](const Fence& other) {
                   return other.epoch > fence.epoch && other.end_offset <= fence.end_offset;
               });
    };
    for (const auto& [round, fences] : scene.ledger().rows.fences) {
        if (std::none_of(fences.begin(), fences.end(), [&](const Fence& fence) { return is_idle(round, fence, fences); })) continue;
        auto ledger = scene.ledger();
        auto& left = ledger.rows.fences.at(round);
        std::erase_if(left, [&, before = left](const Fence& fence) { return is_idle(round, fence, before); });
        if (left.empty()) ledger.rows.fences.erase(round);
        scene.set(ledger);
        return drop_fences(scene, first);
    }
}

/// The first epoch of each round becomes 1, and all that came after it move along.
void rename_epochs(Scene& scene) {
    forget_passed_epochs(scene);
    const auto first = first_epochs(scene);
    drop_fences(scene, first);
    if (first.are_all_one()) return;
    const auto moved = [&](Round round, Epoch& epoch) { epoch = Epoch(epoch.value() - first.of(round).value() + 1); };
    for (std::size_t i = 0; i < component::count; ++i)
        visit_epochs(scene, i, moved);
    auto ledger = scene.ledger();
    for (auto& [round, fences] : ledger.rows.fences)
        for (auto& fence : fences)
            moved(round, fence.epoch);
    scene.set(ledger);
}

} // namespace

void rename_in_order(Scene& scene) {
    rename_servers(scene);
    rename_tokens(scene);
    rename_epochs(scene);
}

} // namespace coupon::model
