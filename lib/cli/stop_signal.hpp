#pragma once

#include "cli/exit_code.hpp"

/// The wish to stop: the one thing of a program that is global, because signals are.
///
/// While nothing is in hand (connecting, asking the operator), the first SIGINT or SIGTERM ends the program at once. Afterwards the first
/// one only asks, and the second one ends it at once.
namespace coupon {

/// Catches SIGINT and SIGTERM, ignores SIGPIPE (the C clients write to sockets that are closed, and stdout may be a closed pipe). Call
/// first thing in main. The two signals are held back until let_signals_in(), so that the code to end with can be chosen before.
void install_stop_signal();
/// Call before any thread is started.
void let_signals_in();

/// The code to end with at a signal while nothing is in hand; without it 130 or 143.
void end_idle_with(ExitCode code);
/// From here on the first signal only asks.
void take_work_in_hand();

/// Asks to stop as the first signal does, for another reason (nobody reads what is printed).
void request_stop();
[[nodiscard]] bool stop_requested();
/// The first signal that came, 0 when none did.
[[nodiscard]] int stop_signal();
/// Becomes readable when a stop is requested, and stays so.
[[nodiscard]] int stop_descriptor();

} // namespace coupon
