"""One event in a sandbox: the five programs on one side, the three stores on the other."""

import subprocess
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from history_file import read_histories, read_history
from judge import Evidence, judge
from ledger_store import LedgerStore
from programs import Process, clean_environment
from redis_store import Redis, read_gate
from signature import is_signed
from topic_store import read_topic
from waiting import Failure, wait_until


class Event:
    """Runs the programs for one event name, topic and group, and reads its stores without them."""

    def __init__(self, item, sandbox, name="coupon", topic=None):
        self.item, self.sandbox, self.name = item, sandbox, name
        self.topic = topic or f"{name}_create"
        self.group = f"{name}_issuer"
        self.ledger = LedgerStore(sandbox)
        self.logs = item.folder / "logs"
        self.logs.mkdir(exist_ok=True)

    # ---- the programs ----

    def own_words(self):
        """What every program is told of the event."""
        return ["--event", self.name, "--topic", self.topic, "--group", self.group]

    def start(self, program, *words, settings=None, **more):
        """Starts a program for this event, by its name or by the path of another build's; `settings` are further environment variables."""
        number = next(self.item.runs)
        environment = clean_environment(self.sandbox.environment_of(program, settings or {}))
        return Process([self.item.program(program), *self.own_words(), *map(str, words)], environment,
                       self.logs / f"{number:04}-{Path(program).name}", **more)

    def run(self, program, *words, seconds=60, **more):
        with self.start(program, *words, **more) as process:
            return process.wait(seconds)

    def reset(self, *words, seconds=60):
        """Opens a new round, also where one is running, or closes or reopens it; anything but success ends the item."""
        ends = [] if {"--close", "--reopen"} & set(words) else ["--end-running"]
        outcome = self.run("coupon-reset", "--yes", "-q", *ends, *words, seconds=seconds)
        if outcome.code != 0:
            raise Failure(outcome.brief())
        self.item.check(outcome.out == "" and outcome.err == "",
                        f"{outcome.command} was not silent: {(outcome.out + outcome.err)[:200]!r}")
        return outcome

    @contextmanager
    def worker(self, *words):
        """A worker for as long as the block runs; it must then end with 0 on SIGTERM."""
        with self.start("coupon-consume", *words) as process:
            yield process
            if process.ended():
                raise Failure(f"the worker ended by itself: {process.wait(1).brief()}")
            outcome = process.end()
            self.item.equal(outcome.code, 0, f"exit code of a worker on SIGTERM ({outcome.err.strip()[-200:]})")

    def flood(self, *words, history=None, seconds=300, codes=(0,)):
        """The flood's JSON document; another exit code than expected is a failure of the item."""
        with self.start_flood(*words, history=history) as process:
            return self.flood_document(process, seconds, codes, history)

    def start_flood(self, *words, history=None):
        more = ["--history", history] if history else []
        return self.start("coupon-flood", "--json", *words, *more)

    def flood_document(self, process, seconds=300, codes=(0,), history=None):
        """What the flood reports, which its history must bear out."""
        outcome = process.wait(seconds)
        self.item.check(outcome.code in codes, f"expected exit {codes}: {outcome.brief()}")
        report = outcome.json()
        if history:
            told = Counter(application.answer for application in read_history(history)[1])
            reported = {answer: count for answer, count in report["counts"].items() if count}
            self.item.equal(dict(told), reported, f"answers in {history.name}, and in the report")
        return report

    def history(self, label):
        """A path nobody wrote to yet."""
        self.item.histories = getattr(self.item, "histories", 0) + 1
        return self.item.folder / f"history-{self.item.histories:03}-{label}.jsonl"

    def audit(self, *words, histories=(), seconds=180, partial=False):
        more = [word for path in histories for word in ("--history", path)] + (["--histories-are-partial"] if partial else [])
        return self.run("coupon-audit", "--json", *words, *more, seconds=seconds)

    # ---- the stores ----

    def redis(self):
        return Redis(self.sandbox.port("redis"))

    def gate(self):
        with self.redis() as redis:
            return read_gate(redis, self.name)

    def gate_number(self, field):
        """One counter of the gate, -1 while Redis does not answer."""
        try:
            with self.redis() as redis:
                value = redis.ask("HGET", "coupon:{%s}" % self.name, field)
                return int(value) if value else 0
        except (OSError, Failure):
            return -1

    def round(self):
        return self.ledger.highest_round(self.name)

    def row_count(self):
        """Rows of the highest round, -1 while the database does not answer."""
        try:
            return self.ledger.count(self.name, self.round())
        except (Failure, subprocess.TimeoutExpired):
            return -1

    def wait_rows(self, at_least, seconds=60):
        return wait_until(lambda: self.row_count() >= at_least, seconds,
                          f"{self.name} has {self.row_count()} rows, not {at_least}", interval=0.05)

    def records(self):
        return read_topic(self.sandbox.brokers, self.topic, self.group)

    # ---- the judgement ----

    def evidence(self, limit, histories=(), expected=None, round_number=None, armed=None, partial=False, set_backs=(), deleted_in=0):
        """Everything of one round, from the stores and the histories. An older round has ledger and histories only.

        `partial`: a history may lack its closing line, as that of a program that was killed.

        `armed`: when the gate was seen armed in which epoch of the round, as Evidence wants it. Without it the gate must have lost
        nothing, whatever its epoch is. `set_backs`: those of all rounds. `deleted_in`: the last round whose
        topic was deleted and made again.
        """
        current = round_number is None
        number = self.round() if current else round_number
        topic = self.records()
        forged = self._take_forged(topic, deleted_in > 0)
        topic = topic if current else None
        return Evidence(
            event=self.name, round=number, limit=limit, expected=expected, rows=self.ledger.rows(self.name, number),
            gate=self.gate() if current else None, topic=topic,
            applications=read_histories(histories, partial) if histories else None,
            epoch=1 if armed is None else self.ledger.epoch(self.name, number), fences=self.ledger.fences(self.name, number), armed=armed or {},
            abandoned=self.ledger.round_state(self.name, number)[0] == "abandoned", all_set_backs=list(set_backs),
            lost_log=current and deleted_in == number,
            failed=[failed for failed in self.ledger.failed(self.topic) if not failed[4] and failed[:2] not in forged])

    def _take_forged(self, topic, lost_log):
        """Takes the records out that claim to be of the event's rounds and were not signed with their keys. They prove nothing. Returns their
        places, also of those that a reset has deleted since, or that went with a lost log: their failed events say what they were."""
        keys = {str(one): self.ledger.round_key(self.name, one) for one in range(1, self.round() + 1)}
        forged = [record for record in topic.records if record.header("event") == self.name and record.header("round") in keys
                  and not is_signed(record, keys[record.header("round")])]
        topic.records = [record for record in topic.records if record not in forged]
        lows = {partition: low for partition, (low, _) in topic.ends.items()}
        gone = {failed[:2] for failed in self.ledger.failed(self.topic)
                if failed[3] == "not signed by this round's gate" and (lost_log or failed[1] < lows.get(failed[0], 0))}
        return {(record.partition, record.offset) for record in forged} | gone

    def must_be_exact(self, what, limit, histories=(), expected=None, wait="30s", seconds=180, armed=None, partial=False):
        """The judge's word over the stores, and the audit's, which must agree. True when both say exact. `armed`, `partial` as in evidence()."""
        expect = ["--expect", expected] if expected is not None else []
        outcome = self.audit("--wait", wait, *expect, histories=histories, seconds=seconds, partial=partial)
        verdict = self.verdict_of(outcome)
        agreed = self.item.check(outcome.code == 0 and verdict == "exact", f"{what}: the audit says {verdict}, {outcome.brief()}")
        self.must_not_show_keys()
        wrong = judge(self.evidence(limit, histories, expected, armed=armed, partial=partial))
        for sentence in wrong:
            self.item.check(False, f"{what}: {sentence}")
        if agreed and expected is not None:
            self.item.equal(outcome.json().get("issued"), expected, f"{what}: issued, by the audit")
        return agreed and not wrong

    def must_not_show_keys(self):
        """No program has written the key of a round anywhere: a reader of it can sign coupons."""
        keys = [self.ledger.round_key(self.name, number).encode() for number in range(1, self.round() + 1)]
        for log in self.logs.rglob("*"):
            text = log.read_bytes() if log.is_file() else b""
            self.item.check(not any(key and key in text for key in keys), f"{log} shows the key of a round")

    def verdict_of(self, outcome):
        try:
            return outcome.json().get("verdict")
        except Failure as failure:
            self.item.check(False, str(failure))
            return None
