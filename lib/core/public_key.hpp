#pragma once

#include <string>
#include <string_view>

namespace coupon {

/// Why a text is no RSA public key that a password may be encrypted with; empty when it is one. Expected is PEM, "BEGIN PUBLIC KEY", which
/// is how MySQL keeps its own (https://dev.mysql.com/doc/refman/8.0/en/caching-sha2-pluggable-authentication.html), of 2,048 bits or more.
[[nodiscard]] std::string unusable_public_key_because(std::string_view pem);

} // namespace coupon
