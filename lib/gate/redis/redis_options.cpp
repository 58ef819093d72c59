#include "gate/redis/redis_gate.hpp"

#include <sys/utsname.h>

namespace coupon {

namespace {

bool is_loopback(const std::string& host) {
    return host.starts_with("127.") || host == "::1" || host == "[::1]" || host == "localhost";
}

std::string host_name() {
    utsname names{};
    return ::uname(&names) == 0 ? names.nodename : std::string();
}

} // namespace

std::string RedisOptions::address() const {
    return "redis://" + host + ":" + std::to_string(port) + "/" + std::to_string(database);
}

std::string RedisOptions::listed_address() const {
    return is_loopback(host) ? address() + " on " + host_name() : address();
}

} // namespace coupon
