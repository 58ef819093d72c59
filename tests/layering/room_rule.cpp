#include "room_rule.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <vector>

namespace coupon::layering {

namespace {

using Names = std::set<std::string>;

const Names ports{
    "gate/gate.hpp",       "gate/gate_reader.hpp",  "gate/gate_keeper.hpp", "topic/publisher.hpp",      "topic/subscriber.hpp",
    "topic/topic_log.hpp", "topic/topic_admin.hpp", "ledger/ledger.hpp",    "ledger/ledger_reader.hpp", "ledger/epoch_watch.hpp"};

/// The option structs, and the factories declared beside them.
const Names adapters{"gate/redis/redis_gate.hpp", "topic/kafka/kafka_topic.hpp", "ledger/mysql/mysql_ledger.hpp"};

struct Room {
    Names rooms;           ///< it may include all of these rooms, beside itself
    bool knows_ports;      ///< and the ports of the three places
    bool knows_adapters;   ///< and the headers of their adapters
    std::string in_a_word; ///< how to say so
};

const std::map<std::string, Room> rooms{
    {"core", {{}, false, false, "core includes nothing of ours but core"}},
    {"history", {{"core"}, false, false, "history includes core only"}},
    {"audit", {{"core", "history"}, false, false, "audit includes core and history"}},
    {"preflight", {{"core"}, false, false, "preflight includes core only"}},
    {"load", {{"core"}, false, false, "load includes core only"}},
    {"gate", {{"core"}, false, false, "a place includes core only"}},
    {"topic", {{"core"}, false, false, "a place includes core only"}},
    {"ledger", {{"core"}, false, false, "a place includes core only"}},
    {"flow",
     {{"core", "history", "audit", "preflight", "load"}, true, false, "flow includes what is pure and the ports of the three places"}},
    {"failpoints", {{"core"}, true, false, "failpoints include core and the ports of the three places"}},
    {"report", {{"core", "audit", "preflight", "load", "flow"}, false, false, "report includes what is pure and flow"}},
    {"cli",
     {{"core", "history", "audit", "preflight", "load", "failpoints", "flow", "report"},
      true,
      true,
      "cli includes all rooms but tools, and the options of the three places"}},
    {"tools",
     {{"core", "history", "audit", "preflight", "load", "flow", "report", "cli"},
      true,
      true,
      "tools include rooms, ports and factories, no insides of an adapter"}},
};

/// The folders of a room and those of its folders that each of them may include, besides itself. The room's own files are in the folder "".
const std::map<std::string, std::map<std::string, Names>> folders{
    {"gate", {{"", {}}, {"redis", {""}}}},
    {"topic", {{"", {}}, {"kafka", {""}}}},
    {"ledger", {{"", {}}, {"mysql", {""}}}},
    {"flow",
     {{"", {}},
      {"apply", {""}},
      {"worker", {""}},
      {"audit", {""}},
      {"recover", {"", "worker", "audit"}},
      {"reset", {"", "worker", "audit"}}}},
};

/// Libraries that stay in one room: the start of the header's name, and the room.
const std::vector<std::pair<std::string, std::string>> private_libraries{
    {"hiredis", "gate"},   {"librdkafka/", "topic"}, {"rdkafka", "topic"}, {"mysql", "ledger"},
    {"mariadb", "ledger"}, {"errmsg.h", "ledger"},   {"openssl/", "core"}, {"CLI/", "cli"},
};

/// What a room that only thinks has no business with.
const Names outside_world{"<thread>",   "<mutex>",      "<shared_mutex>", "<condition_variable>",
                          "<future>",   "<atomic>",     "<random>",       "<iostream>",
                          "<fstream>",  "<filesystem>", "<ctime>",        "<csignal>",
                          "<unistd.h>", "<poll.h>",     "<sys/socket.h>", "<time.h>"};

bool is_pure(const std::string& room) {
    return room == "core" || room == "history" || room == "audit" || room == "preflight" || room == "load";
}

/// "worker" of "flow/worker/lanes.hpp", "" of "flow/world.hpp".
std::string folder_of(const std::string& address) {
    const auto room = address.find('/');
    const auto file = address.rfind('/');
    return room == file ? std::string{} : address.substr(room + 1, file - room - 1);
}

std::string objection_to_folder(const std::string& path, const std::string& room, const std::string& header) {
    const auto known = folders.find(room);
    if (known == folders.end()) return {};
    const auto from = folder_of(path.substr(path.find('/') + 1));
    const auto to = folder_of(header);
    const auto allowed = known->second.find(from);
    if (allowed == known->second.end()) return path + " is in no folder of " + room + " we know";
    if (to == from || allowed->second.contains(to)) return {};
    return path + " includes \"" + header + "\", whose folder stands above its own in " + room;
}

std::string objection_to_own(const std::string& path, const std::string& from, const std::string& header) {
    const auto slash = header.find('/');
    if (slash == std::string::npos) return path + " includes \"" + header + "\" without its room; the include path is the address";
    const auto to = header.substr(0, slash);
    const auto& room = rooms.at(from);
    if (to == from) return objection_to_folder(path, from, header);
    if (room.rooms.contains(to)) return {};
    if (room.knows_ports && ports.contains(header)) return {};
    if (room.knows_adapters && adapters.contains(header)) return {};
    return path + " is in " + from + " and includes \"" + header + "\" of " + to + "; " + room.in_a_word;
}

std::string objection_to_library(const std::string& path, const std::string& from, const std::string& header) {
    for (const auto& [start, room] : private_libraries) {
        if (header.starts_with(start) && from != room) {
            return path + " is in " + from + " and includes <" + header + ">, which stays in " + room;
        }
    }
    if (is_pure(from) && outside_world.contains("<" + header + ">")) {
        return path + " includes <" + header + ">; " + from + " is pure: no input or output, clock, chance or threads";
    }
    return {};
}

} // namespace

std::string room_of(const std::string& path) {
    if (path.starts_with("tools/")) return "tools";
    if (!path.starts_with("lib/")) return {};
    const auto end = path.find('/', 4);
    return end == std::string::npos ? std::string{} : path.substr(4, end - 4);
}

std::string objection_to_include(const std::string& path, const std::string& included) {
    if (included.size() < 2) return {};
    const auto from = room_of(path);
    if (!rooms.contains(from)) return path + " is in no room we know; a new room is added to the table of this test and to lib/README.md";
    const auto header = included.substr(1, included.size() - 2);
    return included.front() == '"' ? objection_to_own(path, from, header) : objection_to_library(path, from, header);
}

std::string objection_to_line(const std::string& path, const std::string& line) {
    static const std::regex opening(R"(\bopen_(redis|kafka|mysql)_\w+)");
    static const std::regex asking(R"(\b\w*_clock::now\b|\brandom_device\b|\bgetenv\b)");
    static const std::regex printing(R"(\b(f?printf|fopen|f?puts|perror|fmt::print|std::c(out|err|log))\b)");
    static const std::map<std::string, std::string> home{{"redis", "gate"}, {"kafka", "topic"}, {"mysql", "ledger"}};
    const auto from = room_of(path);
    std::smatch match;
    if (from != "tools" && std::regex_search(line, match, opening) && home.at(match[1]) != from) {
        return path + " is in " + from + " and opens an adapter of " + home.at(match[1]) + " (" + match.str() + "); only tools do";
    }
    if ((is_pure(from) || from == "flow") && std::regex_search(line, match, asking)) {
        return path + " is in " + from + " and asks for " + match.str() + " itself; it is handed in";
    }
    if ((is_pure(from) || from == "flow" || from == "report") && std::regex_search(line, match, printing)) {
        return path + " is in " + from + " and prints (" + match.str() + "); that is for cli and tools";
    }
    return {};
}

} // namespace coupon::layering
