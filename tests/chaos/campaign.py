"""One campaign: floods, workers and faults at once; then everything is healed, everybody in doubt applies again, and all is judged."""

import time
from collections import Counter

from audit_words import unexplained
from crew import Crew
from event import Event
from faults import Faults
from history_file import read_history
from judge import judge
from set_back import exempt
from topic_store import committed_offsets, ends_of
from waiting import Failure
from watch import Watch

FLOODS_END_S, FAULTS_END_S, QUIESCENT_S, ROWS_S, RESET_S, RECOVER_S = 60, 120, 90, 20, 120, 90
RECOVERIES = 3  # tries
IN_DOUBT = {"pending", "unknown"}
ROWS_MISSING = "claims without a row"
FORGOT_OPENING = "the gate is closed although the ledger says open"
DEFINITE = {"granted", "duplicate", "sold_out"}  # the gate is open then


class Campaign:
    """`item.failures` are the violations; a Failure means that nobody can tell."""

    def __init__(self, item, sandbox, plan):
        self.item, self.sandbox, self.plan = item, sandbox, plan
        self.event = Event(item, sandbox, f"chaos-{plan.seed}")
        self.hits = Counter()
        self.unresolved = 0
        self.rounds = {}  # round -> verdict of the audit

    def run(self):
        for line in self.sandbox.lines.values():
            line.order("pass")
        before = {name: line.counts() for name, line in self.sandbox.lines.items()}
        self.event.reset("--limit", self.plan.limit)
        with Watch(self.sandbox.port("redis"), self.event.name) as watch, Crew(self.item, self.event, self.plan) as crew:
            faults = Faults(self.plan, crew, self.sandbox, self.item.checkout)
            try:
                self._harm(crew, faults)
                self._heal(crew, faults.outsiders)
                self._apply_again(crew)
                self._late_users(crew)
                self._await_quiescent(crew, faults.outsiders)
                self._judge_all(crew, watch, faults)
                crew.end_workers()
            finally:
                self._count(crew, faults, watch, before)

    def _harm(self, crew, faults):
        began = time.monotonic()
        faults.start()
        for number, flood in enumerate(self.plan.floods):
            time.sleep(max(0, began + flood.at - time.monotonic()))
            crew.start_flood(number)
        faults.await_end(FAULTS_END_S)

    def _heal(self, crew, outsiders):
        """Each fault has ended what it began; what a reset left unfinished is finished by the next one, as its messages say, and a topic that
        is gone is made again.

        That comes first: while the gate of an abandoned round is not given up, each application of a flood waits out its time.
        """
        end = time.monotonic() + RESET_S
        while not outsiders.bring_topic_back() or (
                crew.reset_is_due and crew.run_reset("--wait", "60s", "--timeout", "10s").code != 0):
            if crew.met_forged and outsiders.had_stranger:
                self._recover()  # the stranger read past it
            if time.monotonic() >= end:
                raise Failure(f"no reset succeeds within {RESET_S} s after everything was healed: {crew.reset.process.err_so_far()[-400:]}")
            time.sleep(0.5)
        crew.await_floods(FLOODS_END_S)
        self._await_quiescent(crew, outsiders)

    def _await_quiescent(self, crew, outsiders):
        """Quiescent, and a row for each claim. Rows that do not come although nothing is on its way are for the judges; what a stranger in
        the group skipped is issued by a recovery, as the worker's message says."""
        end = time.monotonic() + QUIESCENT_S
        only_rows_since, may_recover = None, outsiders.had_stranger
        while missing := self._missing():
            now = time.monotonic()
            if missing.startswith(FORGOT_OPENING):
                self.hits["gates that forgot their opening"] += crew.switch("--reopen").code == 0
            if missing.startswith(ROWS_MISSING) and may_recover:
                self._recover()
                may_recover, missing = False, ""
            only_rows_since = (only_rows_since or now) if missing.startswith(ROWS_MISSING) else None
            if only_rows_since and now >= only_rows_since + ROWS_S:
                return
            if now >= end:
                raise Failure(f"not quiescent {QUIESCENT_S} s after everything was healed: {missing}")
            time.sleep(0.3)

    def _recover(self):
        """As its messages say, once more where a server was slow or the gate was about to be armed."""
        for _ in range(RECOVERIES):
            outcome = self.event.run("coupon-consume", "--recover", "--yes", "--json", "--wait", "30s", seconds=RECOVER_S)
            self.hits["recoveries"] += 1
            if outcome.code == 0:
                break
        self.item.equal(outcome.code, 0, f"exit of --recover after a stranger was in the group ({outcome.brief()})")

    def _missing(self):
        """What keeps the event from being quiescent, seen without the suite; nothing when it is."""
        try:
            gate = self.event.gate()
            if gate is not None and gate.is_armed and gate.state == "closed" and self._ledger_says_open():
                return FORGOT_OPENING
            if gate is None or not gate.is_armed or gate.state != "open":
                return "there is no gate" if gate is None else f"the gate is {gate.state}, armed: {gate.is_armed}"
            granted, published = gate.number("granted"), gate.number("published")
            if granted != published or gate.outbox:
                return f"{granted} granted, {published} published, {len(gate.outbox)} in the outbox"
            ends = ends_of(self.sandbox.brokers, self.event.topic)
            committed = committed_offsets(self.sandbox.brokers, self.event.group, self.event.topic, sorted(ends))
            rows = self.event.row_count()
        except (Failure, OSError) as failure:
            return str(failure)
        behind = {partition: (committed.get(partition), high) for partition, (low, high) in ends.items()
                  if low < high and committed.get(partition, -1) < high}
        if behind:
            return f"committed offset and end of partitions: {behind}"
        return None if rows == granted else f"{ROWS_MISSING}: {granted} granted, {rows} rows"

    def _ledger_says_open(self):
        return self.event.ledger.round_state(self.event.name, self.event.round())[0] == "open"

    # ---- everybody in doubt ----

    def _histories(self, crew, round_number):
        return [path for path in crew.told() if self._read(crew, path)[0]["round"] == round_number]

    @staticmethod
    def _read(crew, path):
        return read_history(path, partial=crew.was_killed(path))

    def _apply_again(self, crew):
        """After healing nobody may stay in doubt."""
        number = self.event.round()
        told = {}
        for path in self._histories(crew, number):
            for application in self._read(crew, path)[1]:
                told.setdefault(application.user, set()).add(application.answer)
        doubtful = sorted(user for user, answers in told.items() if answers & IN_DOUBT and not answers & {"granted"})
        self.hits["users in doubt"] = len(doubtful)
        if not doubtful:
            return
        users, history = self.item.folder / "doubtful.txt", self.event.history("again")
        users.write_text("".join(f"{user}\n" for user in doubtful), encoding="ascii")
        crew.histories.append(history)
        with open(users, "rb") as stdin:
            outcome = self.event.run("coupon-apply", "--stdin", "--json", "--timeout", "20s", "--history", history, stdin=stdin, seconds=120)
        self.item.equal(outcome.code, 0, f"exit code of those in doubt who apply again ({outcome.brief()})")
        answers = {application.user: application.answer for application in read_history(history)[1]}
        self.unresolved = sum(answers.get(user) not in DEFINITE for user in doubtful)
        self.item.equal(self.unresolved, 0, "users who got no definite answer after healing")

    def _late_users(self, crew):
        requests = self.plan.late or (20 if not self._histories(crew, self.event.round()) else 0)
        if requests:
            history = self.event.history("late")
            crew.histories.append(history)
            self.event.flood("--requests", requests, "--concurrency", 16, "--first-user", 5_000_000, "--timeout", "20s", history=history)

    # ---- the judgement ----

    def _judge_all(self, crew, watch, faults):
        newest = self.event.round()
        for back in faults.set_backs:
            watch.date(back)
        for number in range(1, newest + 1):
            histories = self._histories(crew, number)
            state, limit = self.event.ledger.round_state(self.event.name, number)
            current = number == newest
            what = f"round {number}" + ("" if current else f" ({state})")
            partial = any(map(crew.was_killed, histories))
            armed = watch.armed(number, faults.set_backs)
            evidence = self.event.evidence(limit, histories, None if histories else 0, None if current else number, armed, partial,
                                           faults.set_backs, faults.outsiders.deleted_in)
            for sentence in judge(evidence):
                self.item.check(False, f"{what}: {sentence}")
            if histories:
                self._ask_audit(what, evidence, histories, () if current else ("--round", number), partial)

    def _ask_audit(self, what, evidence, histories, words, partial):
        """It says "exact", or names exactly those whom the contract exempts."""
        outcome = self.event.audit("--wait", "60s", *words, histories=histories, partial=partial)
        verdict = self.event.verdict_of(outcome)
        self.rounds[what] = verdict
        exempted = exempt(evidence)
        self.hits["promises that a gate that went back broke, all named"] += len(exempted.promises)
        violations, doubts = unexplained(outcome.json(), outcome.code, exempted, evidence.lost_log)
        for sentence in violations:
            self.item.check(False, f"{what}: the audit says {verdict}: {sentence}: {self._findings(outcome)}")
        if doubts:
            raise Failure(f"{what}: the audit cannot tell: {'; '.join(doubts)}: {self._findings(outcome)}")

    @staticmethod
    def _findings(outcome):
        checks = outcome.json().get("checks", [])
        return "; ".join(f"{check['id']}: {finding['name']} ({', '.join(map(str, finding['users'][:5]))})"
                         for check in checks for finding in check["findings"]) or outcome.err[-300:]

    def _count(self, crew, faults, watch, before):
        """What the campaign ran into, whatever became of it."""
        self.hits.update(faults.hits)
        self.hits.update({name: count for name, count in crew.said.items() if count})
        self.hits["epochs"] = watch.epochs()
        self.hits["rounds judged"] = len(self.rounds)
        for name, line in self.sandbox.lines.items():
            counts = line.counts()
            self.hits.update({f"{what} on the line to {name}": counts[what] - before[name][what]
                              for what in ("dropped_replies", "resets", "refused", "swallowed") if counts[what] > before[name][what]})
        for path in crew.told():
            self.hits.update(Counter(f"told {application.answer}" for application in self._read(crew, path)[1]))
