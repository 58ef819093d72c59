#pragma once

#include "model/scene.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace coupon::model {

/// What the world comes to when, from some state on, every program that runs dies, nothing on its way arrives any more, and one worker is
/// started that meets no trouble: it reads the topic from the committed offsets, arms the gate, redrives what is pending and what is
/// missing.
struct Aftermath {
    std::uint32_t gate = 0;
    std::uint32_t ledger = 0;
    std::string trouble; ///< why the worker did not come to an end; empty when it did
};

/// Works out aftermaths. One depends on gate, ledger and topic alone, so each is worked out once.
class Aftermaths {
public:
    [[nodiscard]] const Aftermath& of(const Scene& scene);
    [[nodiscard]] std::size_t size() const { return known_.size(); }

private:
    struct Cause {
        std::uint32_t gate, ledger, topic;
        friend bool operator==(const Cause&, const Cause&) = default;
    };
    struct Hash {
        std::size_t operator()(const Cause& cause) const noexcept;
    };
    std::unordered_map<Cause, Aftermath, Hash> known_;
};

} // namespace coupon::model
