#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

/// What can go wrong between us and a Redis server, as an operator reads it. `where` is host:port.
namespace coupon {

/// Whether what is asked of the server can change anything. What only reads is never in doubt.
enum class Effect { possible, none };

/// No connection, or none of the request's bytes left: certainly no effect.
[[nodiscard]] Fault cannot_reach(const std::string& where, const std::string& why);

/// The request left and its reply did not come: unknown where it may have taken effect, unreachable where it only read.
[[nodiscard]] Fault no_reply(const std::string& where, const std::string& why, Effect effect);

[[nodiscard]] Fault not_a_redis_server(const std::string& where);

/// The hint of an error that is not known: it shows the server's own words.
[[nodiscard]] std::string log_hint(const std::string& where);

/// A command that the gate needs has another name there, or none.
[[nodiscard]] Fault unknown_command(const std::string& where, const std::string& command);

/// An error reply. Refused or denied where the server certainly ran nothing, given that scripts start with `#!lua`; otherwise unknown
/// where it may have taken effect.
[[nodiscard]] Fault fault_of_error_reply(const std::string& where, std::string_view text, Effect effect);

} // namespace coupon
