#pragma once

#include "flow/apply/history_sink.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace coupon {

/// One history for several threads. The lines that threads hand over during one call to the sink go into the next call together. So the
/// sink has one writer at a time, and a thread waits for no more than the call under way and its own.
class SharedHistory final : public HistorySink {
public:
    /// Nothing else uses `sink` as long as this exists.
    explicit SharedHistory(HistorySink& sink) : sink_(sink) {}

    /// From any thread. Returns once the lines are written, or the call that they were part of has failed: with its fault.
    [[nodiscard]] Status write(std::string_view lines, const HistoryCounts& held) override;

private:
    /// The lines of a thread that waits for them to be written.
    struct Handed {
        std::string_view lines;
        HistoryCounts held;
        Handed* earlier = nullptr; ///< the one before; the writer turns the order round
        Status outcome = Done{};
        std::atomic<bool> is_settled{false}; ///< set last: its thread goes on then, and takes this away
    };

    void write_all(Handed* last);
    void wait_for(const Handed& mine) const;

    HistorySink& sink_;
    std::atomic<Handed*> last_{nullptr}; ///< of those that wait for the next call
    std::atomic<bool> is_writing_{false};
    std::atomic<std::uint32_t> calls_{0}; ///< that have ended
    std::string together_;                ///< of the writer
};

} // namespace coupon
