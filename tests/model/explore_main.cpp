#include "model/bugs.hpp"
#include "model/explorations.hpp"
#include "model/explorer.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <future>
#include <string>
#include <thread>
#include <vector>

using namespace coupon::model;
using Json = nlohmann::ordered_json;

namespace {

/// Some 8 GB of memory: an exploration that needs more must fail rather than take the machine with it.
constexpr std::size_t default_most_states = 300'000'000;

struct Wishes {
    std::vector<std::string> bounds;
    std::string bug;
    std::size_t most_states = default_most_states;
    bool json = false;
};

struct Task {
    std::string name;
    std::string what;
    Bounds bounds;
    Exploration found{};
    double seconds = 0;
};

long peak_memory_mb() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

Json reached_object(const Reached& reached) {
    Json object = Json::object();
    for (std::size_t i = 0; i < situation_count; ++i)
        object[name_of(static_cast<Situation>(i))] = reached[i];
    return object;
}

int list_bugs() {
    for (const auto& one : planted_bugs())
        std::printf("%-28s %s%s\n", one.name, one.sentence, *one.violation == '\0' ? " (spare: another comparison catches it)" : "");
    return 0;
}

std::vector<Task> tasks_of(const Wishes& wishes) {
    if (const auto* bug = find_bug(wishes.bug)) {
        auto bounds = bug->bounds;
        bounds.bug = bug->bug;
        return {{bug->name, bug->sentence, bounds}};
    }
    std::vector<Task> tasks;
    for (const auto& one : named_bounds()) {
        const bool is_wanted =
            wishes.bounds.empty() || std::find(wishes.bounds.begin(), wishes.bounds.end(), one.name) != wishes.bounds.end();
        if (is_wanted) tasks.push_back({one.name, one.what, one.bounds});
    }
    return tasks;
}

void work_on(Task& task, std::size_t most_states, bool tells) {
    const auto begin = std::chrono::steady_clock::now();
    task.found = explore(task.bounds, most_states);
    task.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const auto& found = task.found;
    if (!tells) return;
    std::printf("%s: %s: %zu states, %zu steps, %s, %.1f s\n", task.name.c_str(), task.what.c_str(), found.states, found.transitions,
                !found.violation.empty() ? found.violation.c_str()
                : found.completed        ? "no violation"
                                         : "not all of them seen: --most-states is too small",
                task.seconds);
    std::fflush(stdout);
}

/// Each task by itself, as many at once as there are processors, the last ones first: they are the longer ones.
void work_on_all(std::vector<Task>& tasks, const Wishes& wishes) {
    std::atomic<std::size_t> left{tasks.size()};
    std::vector<std::future<void>> workers;
    const auto at_once = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, tasks.size());
    for (std::size_t i = 0; i < at_once; ++i) {
        workers.push_back(std::async(std::launch::async, [&] {
            for (auto next = left.fetch_sub(1); next > 0 && next <= tasks.size(); next = left.fetch_sub(1))
                work_on(tasks[next - 1], wishes.most_states, !wishes.json);
        }));
    }
    for (auto& worker : workers)
        worker.get();
}

int run(const Wishes& wishes) {
    Json document{{"schema", "coupon.explore/1"}, {"states", 0}, {"violations", 0}, {"reached", Json::object()}, {"bounds", Json::array()}};
    std::size_t states = 0;
    int violations = 0;
    bool completed = true;
    Reached reached{};
    auto tasks = tasks_of(wishes);
    work_on_all(tasks, wishes);
    for (const auto& task : tasks) {
        const auto& found = task.found;
        states += found.states;
        violations += found.violation.empty() ? 0 : 1;
        completed = completed && (found.completed || !found.violation.empty());
        for (std::size_t i = 0; i < situation_count; ++i)
            reached[i] += found.reached[i];
        document["bounds"].push_back({{"name", task.name},
                                      {"what", task.what},
                                      {"states", found.states},
                                      {"transitions", found.transitions},
                                      {"aftermaths", found.aftermaths},
                                      {"completed", found.completed},
                                      {"violation", found.violation.empty() ? Json(nullptr) : Json(found.violation)},
                                      {"seconds", task.seconds}});
        if (!found.trace.empty()) std::fprintf(stderr, "%s", found.trace.c_str());
    }
    document["peak_memory_mb"] = peak_memory_mb();
    if (!wishes.json) std::printf("%zu states, %d violations, %ld MB at most\n", states, violations, peak_memory_mb());
    document["states"] = states;
    document["violations"] = violations;
    document["reached"] = reached_object(reached);
    if (wishes.json) std::printf("%s\n", document.dump(2).c_str());
    if (violations > 0) return 1;
    return completed ? 0 : 5;
}

} // namespace

int main(int argc, char** argv) {
    Wishes wishes;
    bool lists = false;
    CLI::App app{"Explores every interleaving of the suite's rules within bounds, and checks every invariant in every state.\n"
                 "exit: 0 no violation; 1 one, with the steps that lead to it on stderr; 2 usage; 5 not all states seen",
                 "explore"};
    std::vector<std::string> names;
    for (const auto& one : named_bounds())
        names.emplace_back(one.name);
    app.add_option("--bounds", wishes.bounds, "only these bounds; default all")->check(CLI::IsMember(names));
    const auto* bug = app.add_option("--bug", wishes.bug, "plant this bug, within bounds of its own; it must be found");
    app.add_flag("--list-bugs", lists, "name the bugs there are");
    app.add_option("--most-states", wishes.most_states, "give up after so many");
    app.add_flag("--json", wishes.json, "one document: states, violations, reached, bounds");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (lists) return list_bugs();
    if (bug->count() > 0 && find_bug(wishes.bug) == nullptr) {
        std::fprintf(stderr, "explore: there is no bug %s; see --list-bugs\n", wishes.bug.c_str());
        return 2;
    }
    return run(wishes);
}
