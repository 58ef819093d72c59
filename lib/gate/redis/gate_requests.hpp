#pragma once

#include "core/places.hpp"
#include "gate/gate.hpp"

#include <optional>
#include <queue>
#include <variant>
#include <vector>

namespace coupon {

/// One submission on its way.
struct GateRequest {
    Ticket ticket = 0;
    std::variant<Application, Grant> what; ///< a claim, or a confirm
    Deadline deadline;
};

/// All submissions on their way, each found by a number that is never used twice, and the one whose time is up next.
class GateRequests {
public:
    using Id = Places<GateRequest>::Id;

    template <class What>
    [[nodiscard]] Id add(Ticket ticket, const What& what, Deadline deadline) {
        const Id id = places_.take();
        auto& request = *places_.find(id);
        request.ticket = ticket;
        request.what = what;
        request.deadline = deadline;
        due_.push({deadline, id});
        return id;
    }
    /// nullptr: it has completed already, for example because its time was up.
    [[nodiscard]] const GateRequest* find(Id id) const { return places_.find(id); }
    /// The claim that a request is, or the grant it confirms; nullptr for the other kind, and for one that has completed.
    [[nodiscard]] const Application* application_of(Id id) const;
    [[nodiscard]] const Grant* grant_of(Id id) const;
    void remove(Id id) { places_.give_up(id); }
    [[nodiscard]] std::size_t size() const { return places_.size(); }

    /// The earliest deadline of all.
    [[nodiscard]] std::optional<Deadline> next_deadline();
    /// A request whose deadline has come, if there is one; it stays until it is removed.
    [[nodiscard]] std::optional<Id> due(Tick now);

private:
    struct Due {
        Deadline when;
        Id id;
        friend bool operator>(const Due& a, const Due& b) { return a.when > b.when; }
    };

    void forget_completed();

    Places<GateRequest> places_;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

} // namespace coupon
