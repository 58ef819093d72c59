#pragma once

#include "gate/gate_asking.hpp"
#include "gate/gate_beds.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace coupon {

/// The same random steps on the gate in memory, which calls the rule, and on the real one. Every reply and, after every step, all that
/// both remember must be equal. Users, ids and tokens come from small sets, so that repeats and contradictions are common.
class Lockstep {
public:
    explicit Lockstep(std::uint64_t seed) : chance_(seed) {
        // Without a gate there is no summary to read server and clock from, so one is made for a moment.
        create_real(Round(1));
        look();
        real_.lose_gate();
    }

    void step() {
        switch (below(24)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5: claim_one(); break;
        case 6:
        case 7: confirm_one(); break;
        case 8: close_or_give_up(); break;
        case 9: reopen_gate(); break;
        case 10: create_gate(); break;
        case 11: open_gate(); break;
        case 12: begin(); break;
        case 13: restore_some(); break;
        case 14:
        case 15: arm_gate(); break;
        case 16: drop_some(); break;
        case 17: shut_gate(); break;
        case 18: mark_gate_told(); break;
        case 19: disarm_gate(); break;
        case 20:
        case 21: claim_some(); break;
        default: suffer(); break;
        }
        compare();
    }

    /// What happened at least once, so that a run that proves nothing is noticed.
    [[nodiscard]] const std::set<std::string>& seen() const { return seen_; }

private:
    std::int64_t below(std::int64_t end) { return std::uniform_int_distribution<std::int64_t>(0, end - 1)(chance_); }
    bool often() { return below(8) != 0; }

    void create_real(Round round) { REQUIRE(real_.keeper().create({round, Limit(3), {}, "first"}, soon())); }

    void look() {
        const auto summary = real_.reader().summary(soon());
        REQUIRE(summary);
        fake_.server = summary->server;
        fake_.now = summary->now;
    }

    template <class Reply>
    void expect_same(const char* what, const Reply& real, const Reply& fake) {
        const auto text = describe(real);
        REQUIRE_MESSAGE(text == describe(fake), what << ": redis says " << text << ", the rule says " << describe(fake));
        const auto end = std::min(text.find_first_of(" :"), text.size());
        seen_.insert(std::string(what) + " " + text.substr(0, end));
    }

    [[nodiscard]] Round some_round() { return Round(often() ? current_round() : current_round() + below(3) - 1); }
    [[nodiscard]] std::int64_t current_round() const { return fake_.memory ? fake_.memory->fields.round.value() : 1; }
    [[nodiscard]] std::string some_token() { return often() && fake_.memory ? fake_.memory->fields.token : "t" + std::to_string(below(3)); }
    [[nodiscard]] UserId some_user() { return UserId(INT64_C(9007199254740992) + below(7)); }
    [[nodiscard]] GateMark some_mark() { return {some_round(), some_token()}; }
    [[nodiscard]] ServerIdentity some_server() { return often() ? fake_.server : ServerIdentity{"another", "server"}; }

    [[nodiscard]] Window some_window() {
        const auto hour = std::chrono::hours(1);
        const std::array windows{Window{},
                                 Window{},
                                 Window{},
                                 Window{fake_.now - hour, fake_.now + hour},
                                 Window{{}, fake_.now - hour},
                                 Window{fake_.now + hour, {}}};
        return windows[static_cast<std::size_t>(below(windows.size()))];
    }

    [[nodiscard]] ArmingTicket some_ticket() {
        auto ticket = ticket_;
        if (!often()) ticket.epoch = Epoch(ticket.epoch.value() - 1);
        if (!often()) ticket.server = {"another", "server"};
        if (!often()) ticket.seal = some_key()->seal();
        return ticket;
    }

    /// One of two keys.
    [[nodiscard]] std::optional<RoundKey> some_key() {
        return RoundKey::parse(below(2) == 0 ? "00000000000000000000000000000001" : "00000000000000000000000000000002");
    }

    /// Applications and confirms of a program that knows this key's seal, or none.
    void expect_some_seal() {
        const auto seal = often() ? std::string() : some_key()->seal();
        real_.gate().expect_seal(seal);
        real_.one_connection().expect_seal(seal);
        fake_.expect_seal(seal);
    }

    void claim_one() {
        expect_some_seal();
        const Application application{some_user(), "a" + std::to_string(below(2)), some_round()};
        const auto real = ask(real_.gate(), application);
        // The real clock moves by itself; the other one follows.
        if (real && real->kind == ClaimReply::Kind::granted && real->state == ClaimState::pending) {
            const bool is_new = !fake_.memory->claims.contains(application.user);
            if (is_new) fake_.now = real->grant.granted_at;
        }
        expect_same("claim", real, ask(fake_, application));
        if (real && real->grant.slot.value() > 0) grants_.push_back(real->grant);
    }

    /// Decided together by the real gate, one by one by the rule.
    void claim_some() {
        expect_some_seal();
        const auto round = some_round();
        std::vector<Application> applications;
        for (auto i = below(6); i >= 0; --i)
            applications.push_back({some_user(), "a" + std::to_string(below(2)), round});
        const auto real = ask_together(real_.one_connection(), applications);
        for (const auto& reply : real) {
            const bool has_moment = reply && reply->grant.slot.value() > 0 && reply->state == ClaimState::pending;
            if (has_moment && !fake_.memory->claims.contains(reply->grant.user)) fake_.now = reply->grant.granted_at;
        }
        for (std::size_t i = 0; i < real.size(); ++i) {
            expect_same("claims together", real[i], ask(fake_, applications[i]));
            if (real[i] && real[i]->grant.slot.value() > 0) grants_.push_back(real[i]->grant);
        }
    }

    void confirm_one() {
        Grant grant{some_round(), Epoch(1 + below(3)), Slot(1 + below(4)), some_user(), {}};
        if (often() && !grants_.empty())
            grant = grants_[grants_.size() - 1 - static_cast<std::size_t>(below(std::min<std::int64_t>(4, std::ssize(grants_))))];
        expect_same("confirm", ask_confirm(real_.gate(), grant), ask_confirm(fake_, grant));
    }

    void close_or_give_up() {
        const auto mark = some_mark();
        if (below(4) == 0) {
            expect_same("give_up", real_.keeper().give_up(mark, soon()), fake_.give_up(mark, soon()));
        } else {
            const auto token = some_token();
            expect_same("close", real_.keeper().close(mark, token, soon()), fake_.close(mark, token, soon()));
        }
    }

    void shut_gate() {
        const auto mine = below(2) == 0 ? std::nullopt : std::optional(some_token());
        const auto token = some_token();
        expect_same("shut", real_.keeper().shut(mine, token, soon()), fake_.shut(mine, token, soon()));
    }

    void disarm_gate() {
        const auto round = some_round();
        const Epoch epoch(1 + below(3));
        const auto seal = often() ? std::string() : some_key()->seal();
        expect_same("disarm", real_.keeper().disarm(round, epoch, seal, soon()), fake_.disarm(round, epoch, seal, soon()));
    }

    void mark_gate_told() {
        const auto mark = some_mark();
        const auto token = some_token();
        expect_same("mark_told", real_.keeper().mark_told(mark, token, soon()), fake_.mark_told(mark, token, soon()));
    }

    void reopen_gate() {
        const auto mark = some_mark();
        const auto token = some_token();
        const auto closes_at = some_window().closes_at;
        expect_same("reopen", real_.keeper().reopen(mark, token, closes_at, soon()), fake_.reopen(mark, token, closes_at, soon()));
    }

    void create_gate() {
        const NewGate fresh{Round(current_round() + below(3)), Limit(1 + below(4)), some_window(), some_token(), some_key(), "topic"};
        expect_same("create", real_.keeper().create(fresh, soon()), fake_.create(fresh, soon()));
    }

    void open_gate() {
        const auto mark = some_mark();
        const auto server = some_server();
        expect_same("open_and_arm", real_.keeper().open_and_arm(mark, server, soon()), fake_.open_and_arm(mark, server, soon()));
    }

    void begin() {
        const std::array states{RoundState::open, RoundState::open, RoundState::closed, RoundState::opening, RoundState::abandoned};
        const auto state = states[static_cast<std::size_t>(below(states.size()))];
        const auto home = often() ? ServerIdentity{} : some_server();
        const RoundFacts facts{std::max(Round(1), some_round()),
                               Limit(1 + below(4)),
                               some_window(),
                               state,
                               Epoch(1 + below(3)),
                               often() && fake_.memory ? fake_.memory->fields.key : some_key(),
                               "topic",
                               {},
                               home.run_id,
                               home.database,
                               Epoch(often() ? 0 : below(4))};
        const auto token = some_token();
        const auto real = real_.keeper().begin_arming(facts, token, soon());
        expect_same("begin_arming", real, fake_.begin_arming(facts, token, soon()));
        if (real) ticket_ = *real;
    }

    void drop_some() {
        const std::vector<UserId> chunk{some_user(), some_user()};
        const auto ticket = some_ticket();
        expect_same("drop", real_.keeper().drop(ticket, chunk, soon()), fake_.drop(ticket, chunk, soon()));
    }

    void restore_some() {
        std::vector<RestoredClaim> chunk;
        for (auto i = below(3); i >= 0; --i)
            chunk.push_back({some_user(), Slot(1 + below(4))});
        const auto ticket = some_ticket();
        expect_same("restore", real_.keeper().restore(ticket, chunk, soon()), fake_.restore(ticket, chunk, soon()));
    }

    void arm_gate() {
        const std::array free{"", "", "2-2", "1-1,3-4", "2-3", "5-5"};
        const auto granted = often() && fake_.memory ? fake_.memory->fields.granted : below(4);
        const ArmOrder order{granted, *SlotRanges::parse(free[static_cast<std::size_t>(below(free.size()))]), below(4) == 0};
        const auto ticket = some_ticket();
        expect_same("arm", real_.keeper().arm(ticket, order, soon()), fake_.arm(ticket, order, soon()));
    }

    /// Both lose, or get, the same thing behind the ports' back.
    void suffer() {
        if (!fake_.memory) return;
        auto& memory = *fake_.memory;
        switch (below(10)) {
        case 0:
            fake_.memory.reset();
            real_.lose_gate();
            break;
        case 1:
            if (memory.claims.empty()) break;
            real_.lose_claim(memory.claims.begin()->first);
            memory.claims.erase(memory.claims.begin());
            break;
        case 2:
            if (memory.outbox.empty()) break;
            real_.lose_pending(memory.outbox.begin()->first);
            memory.outbox.erase(memory.outbox.begin());
            break;
        case 3:
            if (memory.outbox.empty()) break;
            memory.outbox.begin()->second.slot = Slot(9);
            plant_pending(memory.outbox.begin()->second);
            break;
        case 4: // A rollback: the last claim never happened, counters included.
        case 5: roll_back(); break;
        default:
            memory.fields.armed_with = {below(2) == 0 ? fake_.server.run_id : "another", "server", below(2)};
            real_.be_armed_with(memory.fields.armed_with);
            break;
        }
    }

    void roll_back() {
        auto& memory = *fake_.memory;
        if (memory.fields.granted == 0 || memory.outbox.empty() || !memory.claims.contains(memory.outbox.begin()->first)) return;
        const auto user = memory.outbox.begin()->first;
        memory.outbox.erase(user);
        memory.claims.erase(user);
        --memory.fields.granted;
        real_.lose_claim(user);
        real_.lose_pending(user);
        real_.raw()({"HSET", real_.keys().gate, "granted", std::to_string(memory.fields.granted)});
    }

    void plant_pending(const PendingClaim& pending) {
        real_.raw()({"HSET", real_.keys().outbox, user_field(pending.user),
                     pending.slot.text() + ":" + moment_text(pending.granted_at) + ":" + pending.epoch.text()});
    }

    static std::string joined(const std::vector<std::string>& lines) {
        std::string text;
        for (const auto& line : lines)
            text += line + "\n";
        return text;
    }

    void compare() {
        const auto summary = real_.reader().summary(soon());
        const auto claims = real_.reader().claims(soon());
        const auto outbox = real_.reader().outbox(soon());
        if (!fake_.memory) {
            for (const auto* fault :
                 {summary ? nullptr : &summary.fault(), claims ? nullptr : &claims.fault(), outbox ? nullptr : &outbox.fault()}) {
                REQUIRE(fault != nullptr);
                REQUIRE(fault->kind == FaultKind::missing);
            }
            return;
        }
        REQUIRE(summary);
        REQUIRE(claims);
        REQUIRE(outbox);
        REQUIRE(describe(summary->fields) == describe(fake_.memory->fields));
        REQUIRE(joined(summary->defects) == joined(fake_.summary(soon())->defects));
        REQUIRE(claims->defects.empty());
        REQUIRE(outbox->defects.empty());
        GateState real{summary->fields, {}, {}};
        for (const auto& claim : claims->entries) {
            const auto whole = real_.reader().claim_of(claim.user, soon());
            REQUIRE(whole);
            REQUIRE(*whole);
            REQUIRE((*whole)->slot == claim.slot);
            real.claims[claim.user] = **whole;
        }
        for (const auto& pending : outbox->entries)
            real.outbox[pending.user] = pending;
        REQUIRE(real == *fake_.memory);
        fake_.now = std::max(fake_.now, summary->now);
    }

    std::mt19937_64 chance_;
    FakeGate fake_;
    LiveBed real_;
    ArmingTicket ticket_;
    std::vector<Grant> grants_;
    std::set<std::string> seen_;
};

} // namespace coupon
