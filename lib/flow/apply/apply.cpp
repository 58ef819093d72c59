#include "flow/apply/apply.hpp"

#include "flow/apply/history_keeper.hpp"

#include <numeric>

namespace coupon {

namespace {

constexpr Milliseconds longest_wait{100};
constexpr Milliseconds wait_for_input{5};

} // namespace

std::int64_t AnswerCounts::total() const {
    return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

void note_cause(std::optional<FaultKind>& worst, const Finished& finished) {
    if (finished.told.answer != Answer::error || !finished.cause) return;
    if (!worst || *finished.cause == FaultKind::denied) worst = finished.cause;
}

ApplyReport apply(ApplyEngine& engine, World& world, std::size_t in_flight, const std::function<NextUser()>& next,
                  const std::function<void(const Told&)>& tell, const std::function<void(const BadLine&)>& reject, HistorySink* history) {
    ApplyReport report;
    HistoryKeeper keeper(history, world);
    std::vector<Finished> finished;
    std::uint64_t id = 0;
    bool is_over = false;
    while (true) {
        bool is_waiting_for_input = false;
        while (!is_over && !is_waiting_for_input && engine.in_flight() < in_flight) {
            report.interrupted = report.interrupted || world.stopping();
            if (!report.silent) report.silent = engine.silent_server();
            if (report.interrupted || report.silent || report.refused) {
                is_over = true;
                break;
            }
            const auto user = next();
            if (const auto* known = std::get_if<UserId>(&user)) {
                keeper.invoke(++id, *known);
                if (keeper.hand_over()) {
                    engine.start(id, *known);
                } else {
                    is_over = true;
                }
            } else if (const auto* bad = std::get_if<BadLine>(&user)) {
                ++report.bad_lines;
                reject(*bad);
            } else if (const auto* unreadable = std::get_if<Fault>(&user)) {
                report.input_fault = *unreadable;
                is_over = true;
            } else if (std::holds_alternative<NoMoreUsers>(user)) {
                is_over = true;
            } else {
                is_waiting_for_input = true;
            }
        }
        if (is_over && engine.in_flight() == 0) break;
        finished.clear();
        engine.poll(finished, is_waiting_for_input ? wait_for_input : longest_wait);
        keeper.answered(finished);
        for (const auto& one : finished) {
            report.counts.add(one.told.answer);
            note_cause(report.worst_cause, one);
            tell(one.told);
        }
        if (!report.silent && !finished.empty()) report.silent = engine.silent_server();
        report.refused = engine.refused();
        is_over = is_over || report.silent || report.refused || keeper.fault();
    }
    report.interrupted = report.interrupted || world.stopping();
    report.history_fault = keeper.fault();
    return report;
}

} // namespace coupon
