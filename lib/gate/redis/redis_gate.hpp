#pragma once

#include "gate/gate.hpp"
#include "gate/gate_keeper.hpp"
#include "gate/gate_reader.hpp"

#include "core/event_name.hpp"
#include "core/least_rights.hpp"

#include <memory>
#include <optional>
#include <string>

namespace coupon {

/// Where the Redis server is and how to log in. The password is read from its file by cli before this is filled.
struct RedisOptions {
    std::string host = "127.0.0.1";
    int port = 6379;
    int database = 0;
    std::string user;           ///< empty: the default user
    std::string password;       ///< empty: none
    Milliseconds timeout{5000}; ///< for connecting and logging in

    /// redis://host:port/db, never with the password.
    [[nodiscard]] std::string address() const;
    /// The same, followed by " on HOSTNAME" where the host is a loopback address: it means another server on each host.
    [[nodiscard]] std::string listed_address() const;
};

/// Each factory connects and logs in before it returns, within options.timeout. Faults: unreachable, denied, refused, unsupported
/// (not a Redis server, or one older than 7.0; it names what answered instead).
///
/// `connections`: how many connections share the submissions, 1 or more. `rights_of`: denied, with every missing right, unless the login
/// has all rights of this account; none: the first refused command names the missing right.
[[nodiscard]] Result<std::unique_ptr<Gate>> open_redis_gate(const RedisOptions& options, const EventName& event, int connections);
[[nodiscard]] Result<std::unique_ptr<GateReader>> open_redis_gate_reader(const RedisOptions& options, const EventName& event,
                                                                         std::optional<Account> rights_of = std::nullopt);
[[nodiscard]] Result<std::unique_ptr<GateKeeper>> open_redis_gate_keeper(const RedisOptions& options, const EventName& event);

/// The server's clock, whether there is a gate or not: "+30s" in the opening hours of a first round counts by it. Faults: as the factories.
[[nodiscard]] Result<Instant> read_redis_clock(const RedisOptions& options);

/// The name and version of the client library, for --version.
[[nodiscard]] std::string redis_client_version();

} // namespace coupon
