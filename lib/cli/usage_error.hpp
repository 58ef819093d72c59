#pragma once

#include <stdexcept>

namespace coupon {

/// The program was called in a way it cannot follow; nothing was touched. The text is one sentence naming option, value and what is
/// allowed. run() turns it into exit 2.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace coupon
