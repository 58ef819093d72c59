#pragma once

#include "cli/exit_code.hpp"

/// The wish to stop, and the wish to hear how it goes: the one thing of a program that is global, because signals are.
///
/// Before there is work to finish (connecting, asking the operator), the first SIGINT, SIGTERM or SIGHUP ends the program at once.
/// Afterwards the first one only asks, and the second one ends it at once. SIGUSR1 asks for a status line. A SIGHUP that was ignored when
/// the program started (nohup) stays ignored.
namespace coupon {

/// Holds these signals back until let_signals_in(), and lets every other one through. Call before any thread is started.
void hold_stop_signals();
/// Catches them. They stay held back, so that the code to end with can be chosen before.
void install_stop_signal();
/// Call before any thread is started.
void let_signals_in();

/// The code to end with at a signal before there is work to finish; without it 129, 130 or 143.
void end_idle_with(ExitCode code);
/// From here on the first signal only asks.
void take_work_in_hand();
[[nodiscard]] bool has_work_in_hand();

/// Asks to stop as the first signal does, for another reason (the reader of stdout is gone).
void request_stop();
[[nodiscard]] bool stop_requested();
/// The first signal that came, 0 when none did.
[[nodiscard]] int stop_signal();
/// Becomes readable when a stop is requested, and stays so.
[[nodiscard]] int stop_descriptor();

/// True once after each SIGUSR1.
[[nodiscard]] bool take_status_request();

} // namespace coupon
