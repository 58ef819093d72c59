#include "cli/process_start.hpp"

#include "cli/process_limits.hpp"
#include "cli/stop_signal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coupon {

namespace {

constexpr rlim_t enough_descriptors = 16'384;
constexpr rlim_t enough_stack = 8UL * 1024 * 1024;
/// With less the C clients abort somewhere in the middle.
constexpr rlim_t least_memory = 128UL * 1024 * 1024;
/// A limited address space has room for that of each thread of librdkafka.
constexpr std::size_t stack_of_thread = 2UL * 1024 * 1024;

void open_standard_descriptors() {
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(number, F_GETFD) >= 0) continue;
        // open(2) takes the lowest free number, and all below it are open.
        if (::open("/dev/null", O_RDWR) != number) throw LimitReached(reason_with_limit("cannot open /dev/null", errno));
    }
}

void demand_memory() {
    for (const auto& [resource, option] : {std::pair(RLIMIT_AS, "-v"), std::pair(RLIMIT_DATA, "-d")}) {
        rlimit limit{};
        if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur >= least_memory) continue;
        throw LimitReached(fmt::format("this process may have {} bytes of memory, it needs {} at least; raise it with ulimit {}",
                                       limit.rlim_cur, least_memory, option));
    }
}

void reset_signals() {
    constexpr std::array kept{SIGHUP, SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    for (int number = 1; number < NSIG; ++number) {
        // The numbers that the C library keeps for itself are refused, which is as well.
        if (std::find(kept.begin(), kept.end(), number) == kept.end()) std::signal(number, SIG_DFL);
    }
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

/// Raises the soft limit, as far as the hard one goes.
void raise_limit(__rlimit_resource resource, rlim_t enough) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur >= enough) return;
    limit.rlim_cur = std::min(enough, limit.rlim_max);
    ::setrlimit(resource, &limit);
}

void set_stack_of_threads() {
    pthread_attr_t attributes;
    if (::pthread_attr_init(&attributes) != 0) return;
    // By default threads get the stack limit that the program was started with, be it 16 KiB or more than there is memory.
    if (::pthread_attr_setstacksize(&attributes, stack_of_thread) == 0) ::pthread_setattr_default_np(&attributes);
    ::pthread_attr_destroy(&attributes);
}

void leave_no_core() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    // A core_pattern that is a pipe gets a core whatever the limit, core(5).
    ::prctl(PR_SET_DUMPABLE, 0);
}

void clear_environment() {
    constexpr std::array<std::string_view, 5> prefixes{"MYSQL_", "MARIADB_", "LIBMYSQL_", "OPENSSL_", "SASL_"};
    std::vector<std::string> names;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto begins = [text](std::string_view prefix) { return text.starts_with(prefix); };
        if (std::any_of(prefixes.begin(), prefixes.end(), begins)) names.emplace_back(text.substr(0, text.find('=')));
    }
    for (const auto& name : names)
        ::unsetenv(name.c_str());
    // librdkafka has all SASL mechanisms of its own but GSSAPI, which is refused. For that one Cyrus SASL would load its plugins into every
    // client, with the Berkeley database one of them needs: a tenth of what coupon-apply costs. Here it looks for them where no library
    // can lie; a folder that does not exist would be told to syslog.
    ::setenv("SASL_PATH", "/proc/self/task", 1);
}

} // namespace

void start_process() {
    open_standard_descriptors();
    demand_memory();
    reset_signals();
    hold_stop_signals();
    raise_limit(RLIMIT_NOFILE, enough_descriptors);
    raise_limit(RLIMIT_STACK, enough_stack);
    set_stack_of_threads();
    leave_no_core();
    ::umask(077);
    clear_environment();
}

} // namespace coupon
