#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace coupon {

/// The exit code of a process of its own that does this; 128 + N when signal N killed it.
inline int exit_of(const std::function<int()>& work) {
    const auto child = ::fork();
    if (child == 0) {
        ::alarm(20); // a case that hangs must not outlive the test
        ::_exit(work());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace coupon
