#include "cli/confirmation.hpp"

#include <unistd.h>

#include <iostream>

namespace coupon {

bool can_ask() {
    return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
}

bool confirm(const EventName& event, const std::string& plan) {
    std::cerr << plan << "Type the name of the event (" << event.text() << ") to go on: " << std::flush;
    std::string typed;
    return std::getline(std::cin, typed) && typed == event.text();
}

} // namespace coupon
