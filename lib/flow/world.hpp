#pragma once

#include "core/instant.hpp"
#include "flow/waker.hpp"

#include <string>

namespace coupon {

/// Time, chance and the wish to stop, as the flows see them. The real one is in cli; tests have one whose clock they move.
class World {
public:
    virtual ~World() = default;

    /// The steady clock.
    [[nodiscard]] virtual Tick now() const = 0;
    /// Waits, but not past a stop request.
    virtual void pause(Milliseconds time) = 0;
    /// Waits until `waker` is woken. It has to be woken on a stop request as well.
    virtual void pause(Milliseconds most, Waker& waker) = 0;
    /// True once the first SIGINT, SIGTERM or SIGHUP came: start nothing new, finish or hand back what is in flight, report, leave.
    [[nodiscard]] virtual bool stopping() const = 0;
    /// True once after each SIGUSR1, which asks for a status line.
    [[nodiscard]] virtual bool status_asked() = 0;
    /// 32 random hexadecimal digits; never the same twice.
    [[nodiscard]] virtual std::string random_word() = 0;
};

/// Where the flows tell what happens while they run: one line each, on stderr, with time and level.
class Journal {
public:
    virtual ~Journal() = default;

    /// What somebody asked to hear; told with -q, too.
    virtual void status(const std::string& line) = 0;
    virtual void info(const std::string& line) = 0;
    virtual void warn(const std::string& line) = 0;
    virtual void error(const std::string& line) = 0;
};

} // namespace coupon
