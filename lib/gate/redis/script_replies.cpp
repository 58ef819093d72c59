#include "gate/redis/script_replies.hpp"

#include "core/escape.hpp"
#include "core/outside_number.hpp"
#include "gate/redis/gate_layout.hpp"
#include "gate/redis/reply_words.hpp"

#include <algorithm>

namespace coupon {

namespace {

/// run_id, master_replid and database, from this element on.
std::optional<ServerIdentity> server_at(const RedisReply& reply, std::size_t first) {
    const auto database = parse_decimal(word_at(reply, first + 2));
    if (!database) return std::nullopt;
    return ServerIdentity{std::string(word_at(reply, first)), std::string(word_at(reply, first + 1)), *database};
}

/// Reads the fixed fields one by one and keeps a sentence for each that cannot be read.
class FieldReader {
public:
    FieldReader(const RedisReply& reply, std::size_t first, std::vector<std::string>& defects)
        : reply_(reply), first_(first), defects_(defects) {}

    /// `parse` turns the text into an optional value.
    template <class Parse, class Value>
    void read(std::string_view name, const Parse& parse, Value& into) {
        const auto index = static_cast<std::size_t>(std::find(fixed_fields.begin(), fixed_fields.end(), name) - fixed_fields.begin());
        const auto& element = reply_.elements[first_ + index];
        if (element.kind == RedisReply::Kind::nil) {
            defects_.push_back("the field " + std::string(name) + " is absent");
            return;
        }
        if (auto value = parse(element.text)) {
            into = *std::move(value);
        } else {
            defects_.push_back("the field " + std::string(name) + " is unreadable" +
                               (is_secret(name) ? std::string() : ": \"" + escape(element.text) + "\""));
        }
    }

private:
    /// A broken key is still most of a key.
    static bool is_secret(std::string_view name) { return name == "key"; }

    const RedisReply& reply_;
    std::size_t first_;
    std::vector<std::string>& defects_;
};

template <class Count>
std::optional<Count> parse_count_from_1(std::string_view text) {
    const auto value = parse_count(text);
    if (!value || *value < 1) return std::nullopt;
    return Count(*value);
}

std::optional<std::optional<Epoch>> parse_arming(std::string_view text) {
    if (text.empty()) return std::optional<Epoch>();
    if (const auto epoch = parse_count_from_1<Epoch>(text)) return std::optional(*epoch);
    return std::nullopt;
}

/// Empty is a round without a key.
std::optional<std::optional<RoundKey>> parse_key(std::string_view text) {
    if (text.empty()) return std::optional<RoundKey>();
    if (auto key = RoundKey::parse(text)) return std::optional(std::move(*key));
    return std::nullopt;
}

/// Empty: the gate was never armed.
std::optional<std::int64_t> parse_database(std::string_view text) {
    return text.empty() ? std::int64_t{0} : parse_decimal(text);
}

std::optional<bool> parse_mark(std::string_view text) {
    return text.empty() || text == "1" ? std::optional(!text.empty()) : std::nullopt;
}

std::optional<std::string> any_text(std::string_view text) {
    return std::string(text);
}

} // namespace

Result<ShutGate> read_shut(const RedisReply& reply) {
    if (is_fault(reply)) return fault_in(reply);
    ShutGate shut;
    const auto word = word_at(reply, 0);
    if (word == "missing" && reply.elements.size() == 1) return shut;
    if ((word != "untold" && word != "told") || reply.elements.size() != 4) return unexpected(reply);
    shut.left = word == "told" ? Shut::told : Shut::untold;
    shut.round = parse_count_from_1<Round>(word_at(reply, 1));
    shut.granted = parse_count(word_at(reply, 2));
    shut.limit = parse_limit(word_at(reply, 3));
    return shut;
}

Status read_done(const RedisReply& reply) {
    if (word_at(reply, 0) == "done") return Done{};
    return is_fault(reply) ? fault_in(reply) : unexpected(reply);
}

Result<ServerIdentity> read_server(const RedisReply& reply) {
    const auto server = server_at(reply, 1);
    if (word_at(reply, 0) == "server" && reply.elements.size() == 4 && server) return *server;
    return is_fault(reply) ? fault_in(reply) : unexpected(reply);
}

Result<ArmingTicket> read_ticket(const RedisReply& reply) {
    if (is_fault(reply)) return fault_in(reply);
    const auto round = parse_count(word_at(reply, 1));
    const auto epoch = parse_count(word_at(reply, 2));
    const auto server = server_at(reply, 3);
    const auto remembered = parse_arming(word_at(reply, 8));
    if (word_at(reply, 0) != "ticket" || reply.elements.size() != 9 || !round || !epoch || !server || !remembered) return unexpected(reply);
    return ArmingTicket{Round(*round), Epoch(*epoch), *server, std::string(word_at(reply, 6)), word_at(reply, 7) == "1", *remembered};
}

Result<GateSummary> read_summary(const RedisReply& reply) {
    constexpr std::size_t first_field = 7;
    if (is_fault(reply)) return fault_in(reply);
    const auto server = server_at(reply, 1);
    const auto now = parse_moment(word_at(reply, 4));
    const auto held = parse_count(word_at(reply, 5));
    const auto outbox = parse_count(word_at(reply, 6));
    const bool is_whole = word_at(reply, 0) == "summary" && reply.elements.size() == first_field + fixed_fields.size();
    if (!is_whole || !server || !now || !*now || !held || !outbox) return unexpected(reply);

    GateSummary summary;
    summary.server = *server;
    summary.now = **now;
    FieldReader reader(reply, first_field, summary.defects);
    auto& fields = summary.fields;
    std::int64_t granted = -1;
    std::int64_t published = -1;
    reader.read("round", parse_count_from_1<Round>, fields.round);
    reader.read("epoch", parse_count_from_1<Epoch>, fields.epoch);
    reader.read("limit", parse_limit, fields.limit);
    reader.read("state", parse_gate_door, fields.door);
    reader.read("opens_at", parse_moment, fields.window.opens_at);
    reader.read("closes_at", parse_moment, fields.window.closes_at);
    reader.read("granted", parse_count, granted);
    reader.read("published", parse_count, published);
    reader.read("token", any_text, fields.token);
    reader.read("run_id", any_text, fields.armed_with.run_id);
    reader.read("master_replid", any_text, fields.armed_with.master_replid);
    reader.read("arming", parse_arming, fields.arming);
    reader.read("free", SlotRanges::parse, fields.free);
    std::string seal;
    reader.read("key", parse_key, fields.key);
    reader.read("seal", any_text, seal);
    reader.read("topic", any_text, fields.topic);
    reader.read("cluster_id", any_text, fields.cluster_id);
    reader.read("database", parse_database, fields.armed_with.database);
    reader.read("old_copy", parse_mark, fields.is_old_copy);
    // The key itself stays out of every sentence.
    if (fields.key && seal_of(fields.key) != seal) summary.defects.emplace_back("the field seal is not that of the key");
    reader.read("untold", parse_mark, fields.untold);

    const auto present = std::count_if(std::next(reply.elements.begin(), first_field), reply.elements.end(),
                                       [](const RedisReply& field) { return field.kind != RedisReply::Kind::nil; });
    summary.claims = *held - present;
    summary.outbox = *outbox;
    fields.granted = std::max<std::int64_t>(granted, 0);
    fields.published = std::max<std::int64_t>(published, 0);
    // Counters that cannot be read have a defect of their own already.
    if (granted >= 0 && published >= 0 && fields.limit.value() > 0) {
        if (auto why = counters_disagree(fields, summary.claims, summary.outbox); !why.empty()) summary.defects.push_back(std::move(why));
    }
    return summary;
}

} // namespace coupon
