#pragma once

#include "model/aftermath.hpp"
#include "model/scene.hpp"

#include <cstdint>
#include <string>
#include <unordered_set>

namespace coupon::model {

/// Looks for what is wrong. Every state is checked as it is, and by what it comes to (aftermath.hpp). I1 to I3 are checked on the tables;
/// I9 holds by the form of the model: judge() gives each record one class. What depends on few components is checked once for each.
class Checker {
public:
    /// What is wrong with the tables, the gate, or a reset's finding as they are; empty when nothing is.
    [[nodiscard]] std::string violation_at_once(const Scene& scene);
    /// What is wrong with a state, as a sentence that begins with the invariant's name; empty when nothing is.
    [[nodiscard]] std::string violation_in(const Scene& scene, Parts& parts);
    /// What a state comes to.
    [[nodiscard]] const Aftermath& end_of(const Scene& scene) { return aftermaths_.of(scene); }
    /// How many aftermaths were worked out.
    [[nodiscard]] std::size_t aftermaths() const { return aftermaths_.size(); }

private:
    [[nodiscard]] bool is_new(std::uint64_t what) { return sound_.insert(what).second; }

    Aftermaths aftermaths_;
    std::unordered_set<std::uint64_t> sound_; ///< fingerprints of what was found sound
};

} // namespace coupon::model
