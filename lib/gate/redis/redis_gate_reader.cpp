#include "core/decimal.hpp"
#include "core/escape.hpp"
#include "gate/redis/gate_layout.hpp"
#include "gate/redis/redis_caller.hpp"
#include "gate/redis/redis_gate.hpp"
#include "gate/redis/redis_rights.hpp"
#include "gate/redis/redis_settings.hpp"
#include "gate/redis/reply_words.hpp"
#include "gate/redis/script_replies.hpp"
#include "gate/scripts.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <vector>

namespace coupon {

namespace {

/// How many fields a piece of a hash has, about. All of a million in one call would stop the server for more than a second.
constexpr std::size_t fields_a_piece = 1000;

bool is_fixed_field(std::string_view field) {
    return std::find(fixed_fields.begin(), fixed_fields.end(), field) != fixed_fields.end();
}

/// HSCAN may show a field twice while the hash grows or shrinks.
template <class Entry>
void keep_one_of_each_user(std::vector<Entry>& entries) {
    std::ranges::sort(entries, {}, &Entry::user);
    const auto again = std::ranges::unique(entries, {}, &Entry::user);
    entries.erase(again.begin(), again.end());
}

class RedisGateReader final : public GateReader {
public:
    RedisGateReader(std::unique_ptr<RedisCaller> caller, RedisOptions options, const EventName& event)
        : caller_(std::move(caller)), options_(std::move(options)), keys_(event) {}

    std::string address() const override { return options_.listed_address(); }

    Result<GateSummary> summary(Deadline deadline) override {
        const std::array<std::string_view, 2> keys{keys_.gate, keys_.outbox};
        const auto reply = caller_->run(embedded::summary_script, keys, {}, deadline);
        if (!reply) return reply.fault();
        auto summary = read_summary(*reply);
        // What ran was a reading script, so a reply of an unknown shape is no reason for doubt.
        if (!summary && summary.fault().kind == FaultKind::unknown)
            return Fault{FaultKind::refused, summary.fault().message, summary.fault().hint};
        return summary;
    }

    Result<GateListing<ClaimedSlot>> claims(Deadline deadline) override {
        return scan<ClaimedSlot>(keys_.gate, parse_claimed_slot, deadline);
    }

    Result<GateListing<PendingClaim>> outbox(Deadline deadline) override {
        return scan<PendingClaim>(keys_.outbox, parse_pending_claim, deadline);
    }

    Result<std::vector<std::optional<Slot>>> slots_of(std::span<const UserId> users, Deadline deadline) override {
        if (auto ok = check_gate(deadline); !ok) return ok.fault();
        std::vector<std::optional<Slot>> slots;
        slots.reserve(users.size());
        std::array<std::vector<std::string>, 2> fields; // of the command that is answered next, and of the one behind it
        const auto command = [&](std::size_t i) {
            auto& names = fields[i % fields.size()];
            names.clear();
            const auto rest = users.subspan(i * fields_a_piece);
            for (const auto user : rest.first(std::min(rest.size(), fields_a_piece)))
                names.push_back(user_field(user));
            std::vector<std::string_view> words{"HMGET", keys_.gate};
            words.insert(words.end(), names.begin(), names.end());
            return words;
        };
        const auto take = [&](std::size_t i, const RedisReply& reply) { return take_slots(fields[i % fields.size()], reply, slots); };
        const auto pieces = (users.size() + fields_a_piece - 1) / fields_a_piece;
        if (auto read = caller_->call_each(pieces, command, take, deadline); !read) return read.fault();
        return slots;
    }

    Result<std::optional<Claim>> claim_of(UserId user, Deadline deadline) override {
        if (auto ok = check_gate(deadline); !ok) return ok.fault();
        const auto field = user_field(user);
        const std::array<std::string_view, 3> command{"HGET", keys_.gate, field};
        const auto reply = caller_->call(command, deadline);
        if (!reply) return reply.fault();
        return parse_claim(field, reply->text);
    }

    Result<GateSettings> settings(Deadline deadline) override { return read_gate_settings(*caller_, options_, keys_, deadline); }

private:
    /// Faults unless the gate itself is there: an outbox alone, or an empty answer, is no gate.
    Status check_gate(Deadline deadline) {
        const std::array<std::string_view, 2> command{"HLEN", keys_.gate};
        const auto reply = caller_->call(command, deadline);
        if (!reply) return reply.fault();
        if (reply->integer == 0) return missing_gate();
        return Done{};
    }

    Status take_slots(std::span<const std::string> fields, const RedisReply& reply, std::vector<std::optional<Slot>>& slots) const {
        if (reply.elements.size() != fields.size()) return not_redis("HMGET");
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const auto claimed = parse_claimed_slot(fields[i], reply.elements[i].text);
            slots.push_back(claimed ? std::optional(claimed->slot) : std::nullopt);
        }
        return Done{};
    }

    [[nodiscard]] Fault not_redis(const std::string& command) const {
        return {FaultKind::refused, "redis at " + caller_->where() + " answered " + command + " with something unexpected", odd_reply_hint};
    }

    template <class Entry, class Parse>
    Result<GateListing<Entry>> scan(const std::string& key, const Parse& parse, Deadline deadline) {
        if (auto ok = check_gate(deadline); !ok) return ok.fault();
        GateListing<Entry> listing;
        std::unordered_set<std::string> unreadable;
        const auto about = std::to_string(fields_a_piece);
        std::string cursor = "0";
        do {
            const std::array<std::string_view, 5> command{"HSCAN", key, cursor, "COUNT", about};
            const auto reply = caller_->call(command, deadline);
            if (!reply) return reply.fault();
            if (reply->elements.size() != 2 || reply->elements[1].elements.size() % 2 != 0) return not_redis("HSCAN");
            const auto& piece = reply->elements[1].elements;
            for (std::size_t i = 0; i < piece.size(); i += 2) {
                const auto& field = piece[i].text;
                if (key == keys_.gate && is_fixed_field(field)) continue;
                if (auto entry = parse(field, piece[i + 1].text)) {
                    listing.entries.push_back(*std::move(entry));
                } else if (unreadable.insert(field).second) {
                    listing.defects.push_back("the field \"" + escape(field) + "\" of " + key + " is unreadable: \"" +
                                              escape(piece[i + 1].text) + "\"");
                }
            }
            cursor = reply->elements[0].text;
        } while (cursor != "0");
        keep_one_of_each_user(listing.entries);
        return listing;
    }

    std::unique_ptr<RedisCaller> caller_;
    RedisOptions options_;
    GateKeys keys_;
};

} // namespace

Result<std::unique_ptr<GateReader>> open_redis_gate_reader(const RedisOptions& options, const EventName& event,
                                                           std::optional<Account> rights_of) {
    auto caller = RedisCaller::open(options, Effect::none);
    if (!caller) return caller.fault();
    if (rights_of) {
        const auto deadline = std::chrono::steady_clock::now() + options.timeout;
        if (auto ok = check_rights(**caller, options, GateKeys(event), *rights_of, deadline); !ok) return ok.fault();
    }
    return std::unique_ptr<GateReader>(std::make_unique<RedisGateReader>(std::move(caller).value(), options, event));
}

} // namespace coupon
