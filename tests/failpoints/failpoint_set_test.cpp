#include "failpoints/failpoint_set.hpp"
#include "failpoints/failpoints.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>

using namespace coupon;

TEST_SUITE_BEGIN("failpoints/failpoint_set");

namespace {

FailpointSet set_of(const std::string& text) {
    auto orders = FailpointSet::parse(text);
    REQUIRE(orders);
    return FailpointSet(*orders);
}

/// What becomes of a process that comes past the failpoint once: how waitpid tells it, stopped processes included.
int status_after_pass(const std::string& order) {
    const auto child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        FailpointSet set(*FailpointSet::parse(order));
        _exit(set.pass("after-claim") ? 7 : 8);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, WUNTRACED) == child);
    if (WIFSTOPPED(status)) {
        const int stopped = status;
        kill(child, SIGCONT);
        REQUIRE(waitpid(child, &status, 0) == child);
        CHECK(WEXITSTATUS(status) == 8);
        return stopped;
    }
    return status;
}

} // namespace

TEST_CASE("every failpoint has a name of its own, a place and an error") {
    std::set<std::string> names;
    for (const auto& failpoint : all_failpoints()) {
        CAPTURE(failpoint.name);
        CHECK(names.insert(failpoint.name).second);
        CHECK(std::string(failpoint.place).size() > 10);
        CHECK(std::string(failpoint.error).size() > 10);
        CHECK(FailpointSet::parse(std::string(failpoint.name) + "=kill"));
    }
    CHECK(names.size() == 27);
}

TEST_CASE("an order says what is to happen on which pass, and without @ on the first") {
    const auto orders = FailpointSet::parse("after-claim=kill@3,on-revoke=stop,reset-purge=error@1");
    REQUIRE(orders);
    REQUIRE(orders->size() == 3);
    CHECK(orders->find("after-claim")->second.action == FailpointAction::kill);
    CHECK(orders->find("after-claim")->second.on_pass == 3);
    CHECK(orders->find("on-revoke")->second.action == FailpointAction::stop);
    CHECK(orders->find("on-revoke")->second.on_pass == 1);
    CHECK(orders->find("reset-purge")->second.action == FailpointAction::error);
}

TEST_CASE("what cannot be an order is usage, and says what was probably meant") {
    struct Case {
        std::string text;
        std::string says;
    };
    for (const auto& [text, says] : std::vector<Case>{
             {"after-clam=kill", "did you mean after-claim?"},
             {"nonsense=kill", "--version lists them"},
             {"after-claim", "expected kill, stop or error"},
             {"after-claim=", "expected kill, stop or error"},
             {"after-claim=Kill", "invalid action \"Kill\""},
             {"after-claim=kill@0", "invalid count \"@0\""},
             {"after-claim=kill@-1", "invalid count \"@-1\""},
             {"after-claim=kill@", "invalid count \"@\""},
             {"after-claim=kill,after-claim=stop", "after-claim is given more than once"},
             {"after-claim=kill,", "unknown failpoint \"\""},
             {"\x1b=kill", "\\x1b"},
         }) {
        CAPTURE(text);
        const auto orders = FailpointSet::parse(text);
        REQUIRE_FALSE(orders);
        CHECK(orders.fault().kind == FaultKind::usage);
        CHECK(orders.fault().text().find(says) != std::string::npos);
    }
}

TEST_CASE("after a name of no failpoint the suggested name is accepted, and so is each that --version names") {
    CHECK(FailpointSet::parse("after-clam=kill").fault().hint == "did you mean after-claim?");
    CHECK(FailpointSet::parse("after-claim=kill"));
    CHECK(FailpointSet::parse("nonsense=kill").fault().hint == "--version lists them");
    const auto named = Failpoints::version_text();
    for (const auto& failpoint : all_failpoints()) {
        CHECK(named.find(failpoint.name) != std::string::npos);
        CHECK(FailpointSet::parse(std::string(failpoint.name) + "=kill"));
    }
}

TEST_CASE("the error comes on the pass that was asked for, once, and only at its place") {
    auto set = set_of("after-claim=error@3");
    CHECK_FALSE(set.pass("after-claim"));
    CHECK_FALSE(set.pass("after-confirm"));
    CHECK_FALSE(set.pass("after-claim"));
    CHECK(set.pass("after-claim"));
    CHECK_FALSE(set.pass("after-claim"));
}

TEST_CASE("a reply is lost only where the call was done, and what comes next is refused") {
    auto set = set_of("reset-purge=error@1,reset-settle=error@1");
    const Status failed = set.after("reset-purge", Status(Fault{FaultKind::unreachable, "away", {}}));
    CHECK(failed.fault().kind == FaultKind::unreachable);
    CHECK(set.after("reset-purge", Status(Done{})).fault().kind == FaultKind::unknown);
    CHECK(set.after("reset-purge", Status(Done{})));
    CHECK(set.before("reset-settle").fault().kind == FaultKind::refused);
    CHECK(set.before("reset-settle"));
}

TEST_CASE("before COMMIT counts only while a batch is issued") {
    auto set = set_of("before-commit=error");
    CHECK(set.before_commit());
    set.issuing(true);
    CHECK(set.before_commit().fault().kind == FaultKind::refused);
    CHECK(set.before_commit());
}

TEST_CASE("kill ends the process by SIGKILL, stop stops it until it is continued") {
    const int killed = status_after_pass("after-claim=kill");
    CHECK(WIFSIGNALED(killed));
    CHECK(WTERMSIG(killed) == SIGKILL);
    CHECK(WIFSTOPPED(status_after_pass("after-claim=stop")));
    const int erred = status_after_pass("after-claim=error");
    CHECK(WEXITSTATUS(erred) == 7);
    const int untouched = status_after_pass("after-confirm=kill");
    CHECK(WEXITSTATUS(untouched) == 8);
}

TEST_SUITE_END();
