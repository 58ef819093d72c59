#pragma once

#include "model/scene.hpp"

namespace coupon::model {

/// A record that would change nothing wherever it lands and is read: its row is there, or a fence is stored that no place to come escapes.
[[nodiscard]] bool is_spent_if_published(const Scene& scene, const Grant& grant);
/// Whether a confirm of the claim may still change the gate.
[[nodiscard]] bool can_be_confirmed(const Scene& scene, const Grant& grant);
/// Takes out of the air, and off the topic, what will change nothing any more. Offsets that somebody remembers move with the records.
void drop_what_is_spent(Scene& scene);

} // namespace coupon::model
