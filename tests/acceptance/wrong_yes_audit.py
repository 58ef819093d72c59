"""The part of wrong_yes that is about coupon-audit: what it proves, of what it was given, and how far that reaches."""

import signal
import time

from event import Event
from waiting import wait_until

COLUMNS = "event, round, slot, slot_limit, user_id, granted_at, issued_at"
STRANGER = 777_000_777


def _drain(table, event):
    table.row("coupon-consume", "--until-drained", "-q", "--timeout", "30s", "--redrive-grace", "0s", code=0, says="", event=event)


def _row_of(event, slot):
    """The statement that puts a row back as it is now."""
    where = f"WHERE event = '{event.name}' AND round = {event.round()} AND slot = {slot}"
    values = event.ledger.query(f"SELECT {COLUMNS} FROM coupon {where}")[0]
    return f"DELETE FROM coupon {where}", f"INSERT INTO coupon ({COLUMNS}) VALUES ({', '.join(map(repr, values))})"


def histories(item, table):
    """A history that was cut or changed, or whose program was killed, is never exact, and an audit knows what it was not given."""
    event = Event(item, table.event.sandbox, "told")
    event.reset("--limit", 3)
    folder = item.folder / "told"
    for user in (1, 2, 3):
        table.row("coupon-apply", "--history", f"{folder}/", user, code=0, says=f"{user} granted slot {user}", event=event)
    table.row("coupon-apply", "--history", f"{folder}/", 4, code=10, says="4 sold_out", event=event)
    _drain(table, event)
    table.row("coupon-audit", "--history", folder, code=0, says="exact, 3 of 3", event=event)
    table.row("coupon-audit", "--history", folder, "--require-all", code=0, says="exact, 3 of 3", event=event)

    first, *others = sorted(folder.iterdir())
    words = [word for path in others for word in ("--history", path)]
    table.row("coupon-audit", *words, code=1, says="row of a user in none of the histories given (1 user)", event=event)
    table.row("coupon-audit", "-q", *words, code=1, says="coupon-audit: violated: ", event=event)
    table.row("coupon-audit", "-q", "--history", folder, code=0, says="", event=event)
    table.row("coupon-audit", *words, "--histories-are-partial", code=0, says="exact, 3 of 3 (the histories are partial)", event=event)

    lines = first.read_text(encoding="ascii").splitlines(keepends=True)
    cut, changed, longer = (item.folder / f"{name}.history" for name in ("cut", "changed", "longer"))
    cut.write_text("".join(lines[:-1]), encoding="ascii")
    changed.write_text("".join(lines).replace('"answer":"granted","slot":1,"level":"published"', '"answer":"sold_out"'), encoding="ascii")
    longer.write_text("".join(lines) + lines[1], encoding="ascii")
    table.row("coupon-audit", *words, "--history", cut, code=5, says=f"history {cut} is incomplete: it has no closing line", event=event)
    table.row("coupon-audit", *words, "--history", cut, "--histories-are-partial", code=0, says="exact, 3 of 3", event=event)
    for path in (changed, longer):
        table.row("coupon-audit", *words, "--history", path, code=5, says=f"history {path} was changed after it was written", event=event)
    empty = item.folder / "empty"
    empty.mkdir()
    table.row("coupon-audit", "--history", empty, code=5, says=f"history {empty}: the folder holds no history", event=event)


def killed(item, table):
    """What a killed program left is judged, and is not the whole; what an ended one left is."""
    event = Event(item, table.event.sandbox, "killed")
    for number, (name, exit_code, code, says) in enumerate(((signal.SIGTERM, 143, 0, "exact, "), (signal.SIGKILL, 137, 5, "is incomplete"))):
        event.reset("--limit", 10_000)
        history = item.folder / f"killed-{number}.history"
        with event.start("coupon-flood", "--requests", 100_000, "--rate", "100/s", "--history", history) as flood:
            wait_until(lambda: event.gate_number("granted") >= 20, 30, "the flood is not granted anything")
            flood.signal(name)
            item.equal(flood.wait(20).code, exit_code, f"exit of a flood at signal {name}")
        _drain(table, event)
        table.row("coupon-audit", "--history", history, code=code, says=says, event=event)
        table.row("coupon-audit", "--history", history, "--histories-are-partial", code=0, says="(the histories are partial)", event=event)


def reach(item, table):
    """A verdict says what it is about, and what was not read is no number."""
    event = Event(item, table.event.sandbox, "reach")
    event.reset("--limit", 3)
    table.row("coupon-apply", 1, 2, code=0, says="2 granted slot 2", event=event)
    _drain(table, event)
    table.row("coupon-audit", code=0, says="exact in the stores, 2 of 3 (4 of 17 checks need --history)", event=event)
    document = event.run("coupon-audit", "--json").json()
    item.equal({one["id"]: one["reason"] for one in document["checks_not_made"]}, dict.fromkeys(("history", "I4", "I5", "I8"), "no --history"),
               "checks_not_made")
    table.row("coupon-audit", "--require-all", code=5, says="cannot tell: 4 of 17 checks need --history", event=event)
    delete, restore = _row_of(event, 1)
    event.ledger.query(delete)
    lost = table.row("coupon-audit", "--wait", "2s", code=1, says="violated: ", event=event)
    item.equal((lost.out.count("what to do: "), lost.out.count("user 1: ")), (1, 1), f"hints, and times the user is named ({lost.out})")
    event.ledger.query(restore)
    event.sandbox.stop("redis")
    table.row("coupon-audit", "--timeout", "2s", code=5, says="event reach, round 1: - claimed, 2 published, 2 issued", event=event)
    away = event.run("coupon-audit", "--timeout", "2s", "--json").json()
    item.equal((away["claimed"], away["granted"], away["to_go"], away["issued"]), (None, None, None, 2), "numbers without redis")
    event.sandbox.start("redis")


def in_progress(item, table):
    """While users apply and a worker issues: in progress, which hides no violation; without a worker that cannot be told."""
    event = Event(item, table.event.sandbox, "busy")
    event.reset("--limit", 20_000)
    flood = ("coupon-flood", "--requests", 20_000, "--rate", "200/s")
    with event.worker():
        with event.start(*flood) as crowd:
            wait_until(lambda: event.row_count() > 50, 30, "nothing is issued")
            outcome = table.row("coupon-audit", "--wait", "2s", code=5, says="in progress: ", event=event)
            item.figure("in progress", outcome.out.splitlines()[0])
            document = event.run("coupon-audit", "--wait", "2s", "--json").json()
            item.equal(document["verdict"], "in_progress", "verdict while users apply")
            item.equal(document["granted"] - document["issued"], document["to_go"], "granted, issued and to go")
            delete, restore = _row_of(event, 1)
            event.ledger.query(delete)
            table.row("coupon-audit", "--wait", "2s", code=1, says="record that was neither issued nor kept as a failed event", event=event)
            event.ledger.query(restore)
            event.ledger.query(f"INSERT INTO coupon ({COLUMNS}) VALUES ('{event.name}', {event.round()}, 19999, 20000, {STRANGER}, 1, 1)")
            table.row("coupon-audit", "--wait", "2s", code=1, says="row without a claim", event=event)
            event.ledger.query(f"DELETE FROM coupon WHERE event = '{event.name}' AND user_id = {STRANGER}")
            crowd.signal(signal.SIGTERM)
            crowd.wait(20)
        table.row("coupon-audit", "--wait", "30s", code=0, says="exact in the stores, ", event=event)
    with event.start(*flood, "--first-user", 100_000) as crowd:
        started = time.monotonic()
        table.row("coupon-audit", "--wait", "12s", code=5, says="; no record of topic partition ", event=event)
        item.check(time.monotonic() - started < 25, "the audit of an event without a worker takes too long")
        crowd.signal(signal.SIGTERM)
        crowd.wait(20)


def promises(item, table):
    """A broken promise is called one, with the command that repairs it; a refusal leaves no trace; a topic that was not read is told as that."""
    event = Event(item, table.event.sandbox, "promise")
    event.reset("--limit", 3)
    table.row("coupon-apply", 1, 2, code=0, says="2 granted slot 2", event=event)
    table.row("coupon-audit", "--user", 1, code=5, says="waits for a worker", event=event)
    _drain(table, event)
    table.row("coupon-audit", "--user", 1, code=0, says="has the coupon of slot 1", event=event)
    table.row("coupon-audit", "--user", 9, code=1, says="a refusal is recorded only in a history, and none was given", event=event)
    delete, _ = _row_of(event, 1)
    event.ledger.query(delete)
    broken = table.row("coupon-audit", "--user", 1, code=1, says="promise broken: slot 1 was granted, but no coupon exists", event=event)
    item.check("next step: run coupon-consume --recover" in broken.out, f"no command repairs it: {broken.out}")
    event.sandbox.stop("kafka")
    unread = table.row("coupon-audit", "--user", 1, "--timeout", "2s", code=5, says="the topic was not read, so its record may wait there", event=event)
    item.check("no record" not in unread.out, f"it speaks of records it did not read: {unread.out}")
    event.sandbox.start("kafka")
    table.row("coupon-consume", "--recover", "--yes", "-q", code=0, says="", event=event)
    table.row("coupon-audit", "--user", 1, code=0, says="has the coupon of slot 1", event=event)


PARTS = (histories, killed, reach, in_progress, promises)
