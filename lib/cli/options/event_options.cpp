#include "cli/options/event_options.hpp"

namespace coupon {

void add_event_options(CommandLine& line, EventName& event) {
    line.group("Event");
    line.value({"--event", "NAME", "name of the event (default coupon)", "COUPON_EVENT"}, event_name(), event);
}

EventName default_event() {
    return EventName::parse("coupon").value();
}

} // namespace coupon
