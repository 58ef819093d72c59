#pragma once

#include <cstddef>

namespace coupon::model {

/// A sanitizer watches the code, which every state runs through alike, and takes twenty times as long over each of them. So under one only
/// the first states of an exploration are seen, and it need not come to its end; the plain build sees them all.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

/// Room for every exploration of the tests; one that needs more must fail rather than end early.
inline constexpr std::size_t most_states = is_sanitized ? 50'000 : 6'000'000;

} // namespace coupon::model
