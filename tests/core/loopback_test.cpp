#include "core/loopback.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("core/loopback");

TEST_CASE("only addresses that cannot leave this machine are loopback") {
    for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "127.255.255.255", "::1"}) {
        CAPTURE(host);
        CHECK(is_loopback(host));
    }
    for (const char* host :
         {"", "127", "127.1", "127.0.0.1.example.com", "127.0.0.256", "127.0.0.1.", "127..0.1", "127.0.0.01", "128.0.0.1", "0.0.0.0",
          "::", "::ffff:127.0.0.1", "localhost.example.com", "Localhost ", "10.0.0.1", "127.0.0.x"}) {
        CAPTURE(host);
        CHECK_FALSE(is_loopback(host));
    }
}

TEST_SUITE_END();
