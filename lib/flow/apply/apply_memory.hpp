#pragma once

#include "core/instant.hpp"
#include "flow/apply/shared_grants.hpp"

#include <array>
#include <atomic>
#include <cstddef>

namespace coupon {

/// The servers that applications wait for.
enum class ApplyServer { redis, kafka };

[[nodiscard]] const char* name_of(ApplyServer server);

/// When each server said its last word to any engine of a program. Any number of threads.
class LastWords {
public:
    LastWords() {
        for (auto& one : last_)
            one.store(Tick::min(), std::memory_order_relaxed);
    }

    void heard(ApplyServer server, Tick now) { of(server).store(now, std::memory_order_relaxed); }
    [[nodiscard]] bool none_since(ApplyServer server, Tick since) const { return of(server).load(std::memory_order_relaxed) <= since; }

private:
    [[nodiscard]] std::atomic<Tick>& of(ApplyServer server) { return last_[static_cast<std::size_t>(server)]; }
    [[nodiscard]] const std::atomic<Tick>& of(ApplyServer server) const { return last_[static_cast<std::size_t>(server)]; }

    std::array<std::atomic<Tick>, 2> last_;
};

/// What the engines of one program remember together. Any number of threads; none waits for another.
struct ApplyMemory {
    GrantOrder<SharedGrants> order;
    LastWords words;
};

} // namespace coupon
