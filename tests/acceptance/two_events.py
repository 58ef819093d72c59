"""Two events share all servers, each called by its name alone; and each program is pointed at a wrong place, where it changes nothing."""

from event import Event
from topic_store import ends_of

TITLE = "two events on the same servers, and wrong places"
SECONDS = 240
LIMIT, REQUESTS = 1_000, 3_000

APPLY, FLOOD, CONSUME, RESET, AUDIT = "coupon-apply", "coupon-flood", "coupon-consume", "coupon-reset", "coupon-audit"
PREFLIGHT, STORY, RECOVER, REOPEN = "coupon-audit --preflight", "coupon-audit --user", "coupon-consume --recover", "coupon-reset --reopen"
WORDS = {APPLY: ("7",), FLOOD: ("--requests", "5"), CONSUME: ("--until-drained",), RESET: ("--yes", "--limit", "9", "--end-running"),
         AUDIT: (), PREFLIGHT: (), STORY: ("1",), RECOVER: ("--yes",), REOPEN: ("--yes",)}

# What is wrong, for which programs, with which exit code, and what the sentence names.
TABLE = [
    ("topic", (APPLY, FLOOD, CONSUME, RECOVER, RESET, REOPEN, AUDIT, PREFLIGHT, STORY), 2, "topic"),
    ("group", (CONSUME, RECOVER, RESET, REOPEN, AUDIT, PREFLIGHT, STORY), 2, "group"),
    ("brokers", (APPLY, FLOOD, CONSUME, RECOVER, RESET, REOPEN, AUDIT, PREFLIGHT, STORY), 2, "cluster"),
    ("mysql", (CONSUME,), 3, "no round of event spring"),
    ("mysql", (RESET,), 1, "the ledger has no round of this event; nothing was changed"),
    ("mysql", (AUDIT,), 5, "spring"),
    ("redis", (APPLY, FLOOD), 3, "the gate does not exist"),
    ("redis", (CONSUME, RESET), 2, "/5"),
    ("redis", (AUDIT,), 5, "/5"),
]


class Named(Event):
    """An event whose programs are told its name and nothing else."""

    def __init__(self, item, sandbox, name):
        super().__init__(item, sandbox, name, f"coupon_create_{name}")
        self.group = f"coupon_issuer_{name}"

    def own_words(self):
        return ["--event", self.name]


def together(item, sandbox):
    events = [Named(item, sandbox, name) for name in ("spring", "summer")]
    histories = [event.history(event.name) for event in events]
    for event in events:
        event.reset("--limit", LIMIT)
    with events[0].worker(), events[1].worker():
        floods = [event.start_flood("--requests", REQUESTS, "--concurrency", 64, "--timeout", "20s", history=history)
                  for event, history in zip(events, histories)]
        for event, flood, history in zip(events, floods, histories):
            with flood:
                event.flood_document(flood, history=history)
            event.wait_rows(LIMIT)
    for event, history in zip(events, histories):
        event.must_be_exact(event.name, LIMIT, [history], expected=LIMIT)
    item.figure("events at the same time, exact", len(events))


def _wrong(what, sandbox, elsewhere):
    """Words and settings that point a program at a wrong place."""
    redis, mysql = sandbox.environment["COUPON_REDIS"], sandbox.environment["COUPON_MYSQL"]
    return {
        "topic": (("--topic", "coupon_create_summer"), {}), "group": (("--group", "coupon_issuer_summer"), {}),
        "brokers": ((), {"COUPON_BROKERS": elsewhere.environment["COUPON_BROKERS"]}),
        "mysql": ((), {"COUPON_MYSQL": mysql.rsplit("/", 1)[0] + "/coupon_elsewhere"}), "redis": ((), {"COUPON_REDIS": redis.rsplit("/", 1)[0] + "/5"}),
    }[what]


def _state(event):
    """Gate, round and topic, and whatever else the servers hold."""
    with event.redis() as redis:
        gate = redis.hash("coupon:{%s}" % event.name)
        redis.ask("SELECT", 5)
        stray = sorted(redis.ask("KEYS", "*"))
    row = event.ledger.query(f"SELECT round, state, epoch, owner, gate_addresses FROM coupon_round WHERE event = '{event.name}'")
    elsewhere = event.ledger.query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'coupon_elsewhere'")
    rounds = event.ledger.query("SELECT COUNT(*) FROM coupon_elsewhere.coupon_round") if elsewhere else []
    return gate, stray, row, rounds, ends_of(event.sandbox.brokers, event.topic)


def wrong_places(item, sandbox):
    event = Named(item, sandbox, "spring")
    event.reset("--limit", LIMIT)
    event.run(APPLY, 1, 2, 3)
    event.ledger.query("CREATE DATABASE coupon_elsewhere")
    settings = {"COUPON_MYSQL": sandbox.environment["COUPON_MYSQL"].rsplit("/", 1)[0] + "/coupon_elsewhere"}
    other = Named(item, sandbox, "autumn")
    outcome = other.run(RESET, "--yes", "--limit", 5, settings=settings)
    item.equal(outcome.code, 0, f"exit of the other database's own reset ({outcome.brief()})")
    with item.sandbox(name="elsewhere") as elsewhere:
        for what, programs, code, named in TABLE:
            words, settings = _wrong(what, sandbox, elsewhere)
            for program in programs:
                before = _state(event)
                outcome = event.run(*program.split(), *WORDS[program], *words, settings=settings)
                item.equal(outcome.code, code, f"{program} with a wrong {what}: exit ({outcome.brief()})")
                item.check(named in outcome.err + outcome.out, f"{program} with a wrong {what} does not say '{named}': {outcome.err[-300:]}")
                item.equal(_state(event), before, f"{program} with a wrong {what}: what the servers hold")
                print(f"    {program:24} wrong {what:8} exit {outcome.code}: {(outcome.err or outcome.out).strip().splitlines()[-1]}")
        _move_to(item, event, elsewhere)
    item.figure("programs at a wrong place, refused, nothing changed", sum(len(programs) for _, programs, _, _ in TABLE))


def _move_to(item, event, elsewhere):
    """Once every claim has its coupon, a reset may move the event to another cluster."""
    settings = {"COUPON_BROKERS": elsewhere.environment["COUPON_BROKERS"]}
    drained = event.run(CONSUME, "--until-drained")
    item.equal(drained.code, 0, f"exit of the worker before the move ({drained.brief()})")
    for program, words in ((RESET, ("--close", "--yes")), (RESET, ("--yes", "--limit", 2)), (APPLY, (11, 12)), (CONSUME, ("--until-drained",)),
                           (AUDIT, ("--expect", 2))):
        outcome = event.run(program, *words, settings=settings)
        item.equal(outcome.code, 0, f"{program} {words[0]} on the new cluster: exit ({outcome.brief()})")
    item.check("exact" in outcome.out, f"the audit on the new cluster: {outcome.brief()}")
    stale = event.run(CONSUME, "--until-drained")
    item.equal(stale.code, 2, f"a worker still on the old cluster: exit ({stale.brief()})")


def run(item):
    with item.sandbox() as sandbox:
        item.each((together, wrong_places), sandbox)
