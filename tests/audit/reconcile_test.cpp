#include "audit/planted.hpp"

#include <chrono>

using namespace coupon;

TEST_SUITE("audit/reconcile") {
    TEST_CASE("an event that went well is exact, and every check says what it examined") {
        FinishedEvent event;
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
        CHECK(report.reason.empty());
        CHECK(report.event == "coupon");
        CHECK(report.round == Round(4));
        CHECK(report.limit == Limit(10));
        CHECK(report.granted == 10);
        CHECK(report.claimed == 10);
        CHECK(report.published == 10);
        CHECK(report.issued == 10);
        for (const auto& check : report.checks) {
            CAPTURE(check.id);
            CHECK(check.status == CheckStatus::ok);
            CHECK(check.findings.empty());
            CHECK_FALSE(check.examined.empty());
        }
        for (const char* id : {"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "quiescent", "gate", "topic"})
            (void)check_named(report, id);
    }

    TEST_CASE("every record gets the class it deserves") {
        FinishedEvent event;
        event.publish(UserId(3), Slot(3), Epoch(1));
        event.fail(event.record_of(UserId(4)).at, "the ledger was full", UserId(4)).resolved = true;
        auto& of_another =
            event.fail(event.record_of(UserId(5)).at, "of a record that lay here before the topic was made again", UserId(5));
        of_another.mark.written_at += Milliseconds(1);
        event.fail(event.record_of(UserId(6)).at, "of another topic", UserId(6)).topic = "elsewhere";
        event.fail(event.publish(UserId(20), Slot(0), Epoch(1)), "slot 0 is outside 1..10", UserId(20));
        event.fail(event.append(Undecodable{"the value is null", std::nullopt}), "the value is null").resolved = true;
        event.ledger().rounds.front().state = RoundState::abandoned;
        event.publish(UserId(20), Slot(2), Epoch(1), Round(3));
        event.enter_epoch(2);
        event.publish(UserId(21), Slot(10), Epoch(1));
        event.publish(UserId(7), Slot(7), Epoch(1));
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
        CHECK(check_named(report, "I9").examined == "16 records, 10 issued, 1 already_issued, 1 stale, 2 fenced, 2 failed");
        for (auto& failed : event.ledger().failed)
            failed.dismissed_why = "a test";
        CHECK(check_named(reconcile(event.input), "I9").examined.ends_with(", 2 failed, 2 of the failed events dismissed"));
    }

    TEST_CASE("an event that was not sold out is exact, and short of what was expected only when asked") {
        FinishedEvent event(100, 37);
        auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
        CHECK(report.issued == 37);
        CHECK(report.limit == Limit(100));
        event.input.expect = 100;
        CHECK(reconcile(event.input).verdict == Verdict::violated);
        event.input.expect = 37;
        CHECK(reconcile(event.input).verdict == Verdict::exact);
    }

    TEST_CASE("a round nobody applied to is exact only when nobody was expected") {
        FinishedEvent event(10, 0);
        auto report = reconcile(event.input);
        CHECK(report.verdict == Verdict::cannot_tell);
        CHECK(report.reason == "no applications in round 4 yet");
        event.input.expect = 0;
        report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
        event.input.expect = 1;
        CHECK(reconcile(event.input).verdict == Verdict::violated);
    }

    TEST_CASE("a round where everybody came too early was applied to") {
        FinishedEvent event(10, 0);
        event.apply(UserId(1), Answer::closed);
        CHECK(reconcile(event.input).verdict == Verdict::exact);
    }

    TEST_CASE("without a history, what was told is not checked") {
        FinishedEvent event;
        event.forget_history();
        const auto report = reconcile(event.input);
        for (const char* id : {"I4", "I5", "I8"}) {
            CAPTURE(id);
            CHECK(check_named(report, id).status == CheckStatus::not_checked);
            CHECK(check_named(report, id).examined == "not checked (no --history)");
        }
        for (const char* id : {"I1", "I2", "I3", "I6", "I7", "I9", "I10"})
            CHECK_MESSAGE(check_named(report, id).status == CheckStatus::ok, id);
    }

    TEST_CASE("a gate that is missing or not armed makes rows without claims no violation yet") {
        FinishedEvent missing;
        missing.input.gate.reset();
        missing.input.unreadable.push_back(away("the gate does not exist; run coupon-reset"));
        CHECK(reconcile(missing.input).verdict == Verdict::cannot_tell);
        FinishedEvent restarted;
        restarted.gate().server.run_id = "run-2";
        restarted.input.not_quiescent_because.emplace_back("the gate is not armed");
        restarted.forget_claim(UserId(10));
        const auto report = reconcile(restarted.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::cannot_tell);
        CHECK(report.reason == "the gate is not armed");
    }

    TEST_CASE("an abandoned round is exempt from I4 and I7, and says who was given up") {
        FinishedEvent event;
        event.ledger().rounds.back().state = RoundState::abandoned;
        event.lose_row(UserId(3));
        event.ledger().abandoned.push_back({UserId(3), Slot(3)});
        event.input.is_older_round = true;
        event.input.gate.reset();
        event.input.topic_log.reset();
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
        for (const char* id : {"I4", "I7"}) {
            CHECK(check_named(report, id).status == CheckStatus::not_checked);
            CHECK(check_named(report, id).examined.find("abandoned by force") != std::string::npos);
        }
        const auto* finding = finding_named(check_named(report, "abandoned"), "given up");
        REQUIRE(finding != nullptr);
        CHECK(users_of(*finding) == std::vector<std::int64_t>{3});
        CHECK(finding->trails[0].text == "told granted slot 3 -> given up by a forced reset -> no row");
    }

    TEST_CASE("a round whose every claim was given up was applied to, even where no history says so") {
        FinishedEvent event(10, 0);
        event.ledger().rounds.back().state = RoundState::abandoned;
        event.ledger().abandoned.push_back({UserId(3), Slot(1)});
        event.input.is_older_round = true;
        event.input.gate.reset();
        event.input.topic_log.reset();
        event.forget_history();
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
    }

    TEST_CASE("an older round is judged from ledger and histories alone") {
        const auto older = [](const std::function<void(FinishedEvent&)>& spoil) {
            FinishedEvent event;
            event.input.is_older_round = true;
            event.input.gate.reset();
            event.input.topic_log.reset();
            spoil(event);
            return reconcile(event.input);
        };
        const auto well = older([](FinishedEvent&) {});
        INFO(everything_said(well));
        CHECK(well.verdict == Verdict::exact);
        for (const char* id : {"quiescent", "gate", "gate memory", "topic", "I9", "I10"})
            CHECK_MESSAGE(check_named(well, id).status == CheckStatus::not_checked, id);
        for (const char* id : {"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8"})
            CHECK_MESSAGE(check_named(well, id).status == CheckStatus::ok, id);
        const auto lost = older([](FinishedEvent& e) { e.lose_row(UserId(3)); });
        CHECK(lost.verdict == Verdict::violated);
        CHECK(finding_named(check_named(lost, "I4"), "no row") != nullptr);
        CHECK(finding_named(check_named(lost, "I7"), "only 9 of 10 coupons exist") != nullptr);
        CHECK(older([](FinishedEvent& e) { e.forget_history(); }).verdict == Verdict::exact);
        CHECK(older([](FinishedEvent& e) { e.enter_epoch(2); }).verdict == Verdict::exact);
    }

    TEST_CASE("a history of another round is not counted") {
        FinishedEvent event;
        event.history().head.round = Round(3);
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::cannot_tell);
        CHECK(finding_named(check_named(report, "I6"), "none of the histories") == nullptr);
        CHECK(check_named(report, "history").examined == "0 of 1 file, 0 applications of 0 users");
    }

    TEST_CASE("what a changed history says is no evidence, neither for nor against anybody") {
        FinishedEvent event;
        event.input.histories.push_back(FinishedEvent::new_history("b.jsonl", 101));
        auto& changed = event.input.histories.back();
        changed.changed = "its lines do not have the digest of its closing line";
        changed.entries.push_back({1, UserId(20), 10, 20, Answer::granted, Slot(3), Level::published});
        changed.entries.push_back({2, UserId(777), 10, 20, Answer::granted, Slot(11), Level::published});
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::cannot_tell);
        CHECK(check_named(report, "I4").status == CheckStatus::ok);
        CHECK(check_named(report, "history").examined == "1 of 2 files, 30 applications of 30 users");
    }

    TEST_CASE("with partial histories an event is exact although users are in none, and they are named") {
        FinishedEvent event;
        event.input.histories_are_partial = true;
        event.history().closing.reset();
        event.forget_told(UserId(3));
        event.forget_told(UserId(20));
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
        const auto& origins = check_named(report, "I6");
        CHECK(origins.status == CheckStatus::ok);
        CHECK(origins.examined.find("applications not compared (the histories are partial)") != std::string::npos);
        const auto* finding = finding_named(origins, "row of a user in none of the histories given");
        REQUIRE(finding != nullptr);
        CHECK(users_of(*finding) == std::vector<std::int64_t>{3});
        CHECK(finding->trails[0].text == "in none of the histories given -> claim slot 3 -> record 0@1001 slot 3 -> row slot 3");
    }

    TEST_CASE("partial histories excuse no other violation") {
        const auto partial = [](const std::function<void(FinishedEvent&)>& spoil) {
            FinishedEvent event;
            event.input.histories_are_partial = true;
            event.history().closing.reset();
            spoil(event);
            return reconcile(event.input);
        };
        const auto lost = partial([](FinishedEvent& e) { e.lose_row(UserId(3)); });
        CHECK(lost.verdict == Verdict::violated);
        CHECK(check_named(lost, "I4").status == CheckStatus::violated);
        const auto spoiled = partial([](FinishedEvent& e) { e.history().defects.emplace_back("line 7 cannot be read: 'x'"); });
        CHECK(spoiled.verdict == Verdict::cannot_tell);
        const auto changed = partial([](FinishedEvent& e) { e.history().changed = "it goes on after its closing line"; });
        CHECK(changed.verdict == Verdict::cannot_tell);
        const auto stranger = partial([](FinishedEvent& e) {
            e.lose_row(UserId(3));
            e.issue(UserId(777), Slot(3));
        });
        CHECK(stranger.verdict == Verdict::violated);
        CHECK(finding_named(check_named(stranger, "I6"), "row without a claim") != nullptr);
    }

    TEST_CASE("grants whose epoch is not certain are left out of the order, and counted") {
        FinishedEvent event;
        event.forget(UserId(4));
        event.enter_epoch(2);
        event.claim(UserId(40), Slot(4));
        event.publish(UserId(40), Slot(4), Epoch(2));
        event.issue(UserId(40), Slot(4));
        event.tell(UserId(40), Answer::granted, Slot(4));
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(check_named(report, "I8").examined ==
              "9 grants in 1 comparable group, 1 grant left out (the round had 2 epochs, and theirs is not certain)");
    }

    TEST_CASE("within a later epoch the order is judged once the epoch had certainly begun") {
        FinishedEvent event(14, 10);
        event.enter_epoch(2);
        const auto grant_late = [&](std::int64_t user, std::int64_t slot) {
            event.claim(UserId(user), Slot(slot));
            event.publish(UserId(user), Slot(slot), Epoch(2));
            event.issue(UserId(user), Slot(slot));
            event.tell(UserId(user), Answer::granted, Slot(slot));
        };
        grant_late(11, 11); // Told granted, and every record of epoch 2: from here on epoch 2 is certain.
        grant_late(12, 13);
        grant_late(13, 12);
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        const auto* finding = finding_named(check_named(report, "I8"), "lower slot");
        REQUIRE(finding != nullptr);
        CHECK(users_of(*finding) == std::vector<std::int64_t>{12});
    }

    TEST_CASE("sold_out of the last epoch demands every row, sold_out of an earlier one does not") {
        FinishedEvent event;
        event.forget(UserId(4));
        event.forget(UserId(5));
        event.enter_epoch(2);
        event.claim(UserId(40), Slot(4));
        event.publish(UserId(40), Slot(4), Epoch(2));
        event.issue(UserId(40), Slot(4));
        event.tell(UserId(40), Answer::granted, Slot(4));
        event.gate().fields.free = *SlotRanges::parse("5-5");
        CHECK(reconcile(event.input).verdict == Verdict::exact);
        event.tell(UserId(41), Answer::sold_out);
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(finding_named(check_named(report, "I7"), "only 9 of 10 coupons exist") != nullptr);
    }

    TEST_CASE("a trail tells where a promise got lost") {
        FinishedEvent event;
        event.lose_row(UserId(3));
        event.tell(UserId(3), Answer::duplicate, Slot(3));
        event.tell(UserId(3), Answer::duplicate, Slot(3));
        event.issue(UserId(20), Slot(3));
        const auto report = reconcile(event.input);
        const auto* finding = finding_named(check_named(report, "I4"), "somebody else");
        REQUIRE(finding != nullptr);
        CHECK(finding->trails[0].text == "told granted slot 3 -> told duplicate slot 3 (2 times) -> claim slot 3 -> record 0@1001 slot 3 "
                                         "(not issued: slot 3 belongs to user 20) -> no row; slot 3 has a row of user 20");
    }

    TEST_CASE("of many users the first twenty are named, and all are counted") {
        FinishedEvent event(100, 200);
        event.ledger().coupons.clear();
        const auto report = reconcile(event.input);
        const auto* finding = finding_named(check_named(report, "I4"), "no row");
        REQUIRE(finding != nullptr);
        CHECK(finding->trails.size() == 20);
        CHECK(finding->trails.front().user == UserId(1));
        CHECK(finding->trails.back().user == UserId(20));
        CHECK(finding->users_total == 100);
    }

    TEST_CASE("a million applications of 100,000 users in four histories are judged, and it is said how fast") {
        FinishedEvent event(50'000, 100'000);
        auto all = std::move(event.history().entries);
        const auto head = event.history().head;
        event.input.histories.clear();
        for (std::int64_t file = 0; file < 4; ++file) {
            event.input.histories.push_back(FinishedEvent::new_history("part-" + std::to_string(file), head.pid + file));
        }
        for (std::size_t i = 0; i < all.size(); ++i)
            event.input.histories[i % 4].entries.push_back(all[i]);
        for (std::int64_t i = 0; i < 900'000; ++i) {
            auto again = all[static_cast<std::size_t>(i) % all.size()];
            again.id += 1'000'000 + i;
            again.invoke_ns += 1'000'000'000;
            *again.answer_ns += 1'000'000'000;
            if (again.answer == Answer::granted) again.answer = Answer::duplicate;
            event.input.histories[static_cast<std::size_t>(i % 4)].entries.push_back(again);
        }
        const auto begin = std::chrono::steady_clock::now();
        const auto report = reconcile(event.input);
        const auto took = std::chrono::steady_clock::now() - begin;
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
        CHECK(check_named(report, "history").examined == "4 of 4 files, 1000000 applications of 100000 users");
        MESSAGE("judged in " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
    }
}
