#include "cli/process_start.hpp"

#include "cli/forked.hpp"
#include "cli/process_limits.hpp"
#include "cli/stop_signal.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

using namespace coupon;

TEST_SUITE_BEGIN("cli/process_start");

namespace {

bool is_device(int number, const char* path) {
    struct stat own {};
    struct stat other {};
    return ::fstat(number, &own) == 0 && ::stat(path, &other) == 0 && own.st_rdev == other.st_rdev;
}

void ignore(int number) {
    std::signal(number, SIG_IGN);
}

bool is_ignored(int number) {
    struct sigaction action {};
    return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

} // namespace

TEST_CASE("closed standard descriptors become /dev/null, so that no socket gets their numbers") {
    CHECK(exit_of([] {
              for (const int number : {0, 1, 2})
                  ::close(number);
              start_process();
              for (const int number : {0, 1, 2}) {
                  if (!is_device(number, "/dev/null")) return 1;
              }
              return ::open("/", O_RDONLY) > 2 ? 77 : 2;
          }) == 77);
    CHECK(exit_of([] {
              const int kept = ::open("/dev/zero", O_RDWR);
              ::dup2(kept, 0);
              ::close(2);
              start_process();
              return is_device(0, "/dev/zero") && is_device(2, "/dev/null") ? 77 : 1;
          }) == 77);
}

TEST_CASE("signals that were held back or ignored work, but for a SIGHUP under nohup and those of job control") {
    CHECK(exit_of([] {
              sigset_t all;
              sigfillset(&all);
              ::sigprocmask(SIG_SETMASK, &all, nullptr);
              for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGALRM, SIGUSR1, SIGTSTP})
                  ignore(number);
              start_process();
              install_stop_signal();
              let_signals_in();
              for (const int number : {SIGPIPE, SIGXFSZ, SIGHUP, SIGTSTP}) {
                  if (!is_ignored(number)) return 1;
              }
              for (const int number : {SIGTERM, SIGINT, SIGCHLD, SIGALRM, SIGUSR1}) {
                  if (is_ignored(number)) return 2;
              }
              sigset_t held;
              ::sigprocmask(SIG_SETMASK, nullptr, &held);
              for (int number = 1; number < 32; ++number) {
                  if (sigismember(&held, number) == 1) return 3;
              }
              ::raise(SIGHUP);
              ::raise(SIGTERM);
              return 4;
          }) == 128 + SIGTERM);
}

TEST_CASE("soft limits that are too low are raised as far as the hard ones go, and no thread gets a tiny stack") {
    CHECK(exit_of([] {
              const rlimit few{16, 4096};
              const rlimit small{65536, RLIM_INFINITY};
              if (::setrlimit(RLIMIT_NOFILE, &few) != 0 || ::setrlimit(RLIMIT_STACK, &small) != 0) return 1;
              start_process();
              rlimit now{};
              ::getrlimit(RLIMIT_NOFILE, &now);
              if (now.rlim_cur != 4096) return 2;
              ::getrlimit(RLIMIT_STACK, &now);
              if (now.rlim_cur < 8U * 1024 * 1024) return 3;
              std::thread deep([] {
                  volatile char much[1024 * 1024];
                  std::memset(const_cast<char*>(much), 1, sizeof much);
              });
              deep.join();
              return 77;
          }) == 77);
}

TEST_CASE("too little memory for the C clients is said at the start, with the limit") {
    CHECK(exit_of([] {
              const rlimit little{100'000'000, RLIM_INFINITY};
              if (::setrlimit(RLIMIT_DATA, &little) != 0) return 1;
              try {
                  start_process();
              } catch (const LimitReached& limit) {
                  const std::string said = limit.what();
                  return said.find("100000000 bytes") != std::string::npos && said.find("ulimit -d") != std::string::npos ? 77 : 2;
              }
              return 3;
          }) == 77);
}

TEST_CASE("a crash leaves no memory image, and what the program makes is for its user alone") {
    CHECK(exit_of([] {
              ::umask(0);
              start_process();
              rlimit core{1, 1};
              ::getrlimit(RLIMIT_CORE, &core);
              return core.rlim_cur == 0 && ::prctl(PR_GET_DUMPABLE) == 0 && ::umask(0) == 077 ? 77 : 1;
          }) == 77);
}

TEST_CASE("variables from which the C clients would take servers, passwords, plugins or algorithms are gone, others stay") {
    CHECK(exit_of([] {
              constexpr std::array gone{"MYSQL_PWD",        "MYSQL_UNIX_PORT", "MARIADB_PLUGIN_DIR",
                                        "LIBMYSQL_PLUGINS", "OPENSSL_CONF",    "SASL_CONF_PATH"};
              for (const auto* name : gone)
                  ::setenv(name, "/nonexistent", 1);
              ::setenv("COUPON_EVENT", "promo", 1);
              start_process();
              for (const auto* name : gone) {
                  if (std::getenv(name) != nullptr) return 1;
              }
              return std::string(std::getenv("COUPON_EVENT")) == "promo" ? 77 : 2;
          }) == 77);
}

TEST_CASE("Cyrus SASL looks for its plugins in a folder that is there and can hold no library") {
    CHECK(exit_of([] {
              ::setenv("SASL_PATH", "/tmp", 1);
              start_process();
              const std::filesystem::path folder(std::getenv("SASL_PATH"));
              if (!std::filesystem::is_directory(folder)) return 1;
              for (const auto& entry : std::filesystem::directory_iterator(folder)) {
                  if (entry.path().extension() == ".so") return 2;
              }
              return ::creat((folder / "x.so").c_str(), 0600) < 0 ? 77 : 3;
          }) == 77);
}

TEST_CASE("a limit that was hit is named with its value, and only then") {
    CHECK(exit_of([] {
              const rlimit files{20, 20};
              const rlimit size{4096, RLIM_INFINITY};
              if (::setrlimit(RLIMIT_NOFILE, &files) != 0 || ::setrlimit(RLIMIT_FSIZE, &size) != 0) return 1;
              if (with_limits("cannot connect to redis (Too many open files)") !=
                  "cannot connect to redis (Too many open files) (this process may open 20 files, ulimit -n)") {
                  return 2;
              }
              if (reason_with_limit("cannot write x", EFBIG) !=
                  "cannot write x: File too large (this process may write files of 4096 bytes, ulimit -f)")
                  return 3;
              if (with_limits("nothing of the kind") != "nothing of the kind") return 4;
              if (reason_with_limit("cannot write x", ENOSPC) != "cannot write x: No space left on device") return 5;
              const auto once = with_limits("Too many open files");
              return with_limits(once) == once ? 77 : 6;
          }) == 77);
}

TEST_SUITE_END();
