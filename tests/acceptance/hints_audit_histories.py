"""Serves item hints_audit: histories that are missing, not ended, or given twice."""

import signal

from audited import AuditedEvent
from hint_table import tries
from waiting import wait_until

MISSING = "give the missing histories, with --histories-are-partial where some are lost; where these users did not apply…"
NOT_GIVEN = "give the missing histories to see whether these users applied"
NOT_ENDED = "audit again when the program has ended; --histories-are-partial judges what a killed program left"
EACH_ONCE = "give every history of this round once, as coupon-apply or coupon-flood wrote it"
STRANGER = 777_000_777


@tries("lib/audit/check_origins.cpp", MISSING,
       state="the history of one of three winners is not given; then a claim is made by hand for a user without one",
       command="coupon-audit with all histories, or with --histories-are-partial; coupon-audit --user ID",
       better="exact both times; of the user who did not apply the story tells that only the gate knows of a claim")
@tries("lib/audit/check_origins.cpp", NOT_GIVEN, state="the same with --histories-are-partial, where a row of nobody's history is no fault",
       command="coupon-audit with all histories", better="exact, and no user is left over")
def missing(item, sandbox):
    event = AuditedEvent(item, sandbox, "missing", users=(1, 2, 3))
    some = [word for path in event.histories[:2] for word in ("--history", path)]
    event.audited(1, MISSING, *some)
    said = event.audited(0, NOT_GIVEN, *some, "--histories-are-partial", "-v")
    item.check("row of a user in none of the histories given (1 user)" in said.out, f"the user is not counted: {said.out[-600:]}")
    said = event.is_exact()
    item.check("in none of the histories given" not in said.out, f"a user is left over: {said.out[-600:]}")
    event.claim_by_hand(STRANGER, 4)
    event.audited_with_histories(1, MISSING)
    story = event.story(STRANGER, 1, ())
    item.check("gate     claim of slot 4" in story.out and "topic    no record" in story.out, f"the story of the stranger: {story.out}")


@tries("lib/audit/evidence.cpp", NOT_ENDED, state="a program that writes the history runs; later it is killed",
       command="coupon-audit when it has ended, and with --histories-are-partial where it was killed", better="exact both times")
def killed_or_running(item, sandbox):
    for name, number, words in (("ended", signal.SIGTERM, ()), ("killed", signal.SIGKILL, ("--histories-are-partial",))):
        event = AuditedEvent(item, sandbox, f"flood-{name}", limit=10_000)
        event.histories.append(event.history(event.name))
        with event.worker():
            with event.start("coupon-flood", "--requests", 100_000, "--rate", "100/s", "--history", event.histories[0]) as flood:
                wait_until(lambda event=event: event.row_count() >= 20, 30, "nothing is issued")
                if number == signal.SIGTERM:
                    event.audited_with_histories(5, ())
                flood.signal(number)
                flood.wait(20)
            if words:
                event.audited_with_histories(5, NOT_ENDED, wait="20s")
            event.audited_with_histories(0, (), *words, wait="20s")


@tries("lib/audit/evidence.cpp", EACH_ONCE, state="a history is given twice, by two names; another one is of an earlier round",
       command="coupon-audit with each history of the round once", better="exact")
def given_twice(item, sandbox):
    event = AuditedEvent(item, sandbox, "twice", users=(1, 2))
    copy = item.folder / "copy-of-a-history.jsonl"
    copy.write_bytes(event.histories[0].read_bytes())
    event.audited_with_histories(5, EACH_ONCE, "--history", copy)
    event.is_exact()
    old = event.histories[0]
    event.new_round()
    event.apply(11)
    event.drain()
    event.audited_with_histories(5, EACH_ONCE, "--history", old)
    event.is_exact()
