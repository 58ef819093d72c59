#include "core/roll_back.hpp"

namespace coupon {

std::string went_back_because(const GateFields& gate, const std::optional<GateProgress>& before, const std::optional<std::int64_t>& rows) {
    if (before && before->round == gate.round && before->epoch == gate.epoch) {
        if (gate.granted < before->granted)
            return "it holds " + std::to_string(gate.granted) + " claims and held " + std::to_string(before->granted) + " before";
        if (gate.published < before->published)
            return "it knows of " + std::to_string(gate.published) + " published claims and knew of " + std::to_string(before->published) +
                   " before";
    }
    if (rows && *rows > gate.granted)
        return "it holds " + std::to_string(gate.granted) + " claims and the ledger " + std::to_string(*rows) + " coupons";
    return {};
}

std::string went_back_because(UserId user, Slot issued, const std::optional<Slot>& claimed) {
    if (claimed == issued) return {};
    const auto coupon = "user " + user.text() + " has the coupon of slot " + issued.text();
    return claimed ? coupon + ", and claims slot " + claimed->text() : coupon + ", and no claim";
}

} // namespace coupon
