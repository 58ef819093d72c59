#pragma once

namespace coupon {

/// Makes the process the same whatever its parent left it, before anything else happens. Afterwards:
///
/// - 0, 1 and 2 are open, at least to /dev/null, so that no socket gets their numbers and a log line for its own;
/// - only the signals of stop_signal.hpp are held back; each signal has its default action, but SIGPIPE and SIGXFSZ are ignored (a write
///   fails instead), SIGHUP stays ignored where it was (nohup), and so do the signals of job control;
/// - as many descriptors may be open as the hard limit allows, and the stack has 8 MiB where the hard limit allows it, that of
///   each thread 2 MiB;
/// - a crash leaves no memory image, for the memory holds passwords and the key of the round;
/// - files that the program makes are for its user alone;
/// - the variables by which the C clients would take servers, passwords, plugins or algorithms from are gone.
///
/// Throws a LimitReached where one of 0, 1, 2 cannot be opened, or there is too little memory to work at all. Call with one thread.
void start_process();

} // namespace coupon
