"""What "exact" means, judged over the stores and the histories alone, without coupon-audit and without any code of the suite.

Pure: evidence in, sentences out. An empty list is the only good answer. Everything is compared as sets of (user, slot).
"""

from dataclasses import dataclass, field

from redis_store import Gate
from set_back import DEFINITE_NO, exempt, is_of_a_rival, is_rival
from topic_store import Topic


@dataclass
class Evidence:
    """All that was read of one round."""
    event: str
    round: int
    limit: int
    rows: list
    gate: Gate | None = None           # None: not judged, the round is not the gate's any more
    topic: Topic | None = None         # None: not judged
    applications: list | None = None   # None: no histories
    expected: int | None = None        # how many rows there must be
    failed: list = field(default_factory=list)  # of this round, unresolved
    epoch: int = 1                     # the last one, by the ledger; above 1 the gate may have lost claims nobody was told "granted" for
    fences: list = field(default_factory=list)  # of this round
    armed: dict = field(default_factory=dict)   # epoch -> (first_ns, last_ns): surely armed in it from then until then
    abandoned: bool = False            # by force, which releases I4 and I7
    all_set_backs: list = field(default_factory=list)  # each SetBack of the event's gate, of whatever round
    lost_log: bool = False             # the topic was deleted and made again in this round: rows may lack their records

    @property
    def set_backs(self):
        return [back for back in self.all_set_backs if back.round == self.round]

    @property
    def forgot_nothing(self):
        return self.epoch == 1 and not self.set_backs


def judge(evidence):
    """Everything that contradicts "exact", one sentence each."""
    wrong = [*_rows(evidence), *_failed(evidence)]
    if evidence.gate is not None:
        wrong += _gate(evidence)
    if evidence.topic is not None:
        wrong += _topic(evidence)
    if evidence.applications is not None:
        wrong += _told(evidence)
        wrong += _order(evidence)
    return wrong


def some(things):
    """The first few of a set, for a sentence."""
    things = sorted(things)
    return ", ".join(map(str, things[:5])) + (f" and {len(things) - 5} more" if len(things) > 5 else "")


def _rows(evidence):
    rows = evidence.rows
    slots, users = [row.slot for row in rows], [row.user for row in rows]
    if evidence.expected is not None and len(rows) != evidence.expected:
        yield f"{len(rows)} rows instead of {evidence.expected}"
    if len(rows) > evidence.limit:
        yield f"{len(rows)} rows with limit {evidence.limit} (I1)"
    if len(set(slots)) != len(slots) or any(not 1 <= slot <= evidence.limit for slot in slots):
        yield f"the slots are not among 1..{evidence.limit}, once each (I3)"
    if evidence.forgot_nothing and not evidence.abandoned and sorted(slots) != list(range(1, len(rows) + 1)):
        yield f"the slots are not 1..{len(rows)} once each, and the gate lost nothing (I3)"
    if len(set(users)) != len(users):
        yield f"{len(users) - len(set(users))} users have more than one row (I2)"
    if any(row.limit != evidence.limit for row in rows):
        yield f"rows carry another limit than {evidence.limit}"


def _failed(evidence):
    failed = [one for one in evidence.failed if not is_of_a_rival(evidence, one)]
    if failed:
        yield f"{len(failed)} unresolved failed events: {failed[0]}"


def _gate(evidence):
    gate, held = evidence.gate, {(row.user, row.slot) for row in evidence.rows}
    claims = set(gate.claims.items())
    if gate.number("round") != evidence.round:
        yield f"the gate holds round {gate.fields['round']}, not {evidence.round}"
    if gate.number("limit") != evidence.limit:
        yield f"the gate's limit is {gate.fields['limit']}, not {evidence.limit}"
    if not gate.is_armed:
        yield "the gate is not armed"
    if gate.number("granted") != len(claims) or gate.length != len(claims) + len(gate.fields):
        yield f"the gate says {gate.fields['granted']} granted, holds {len(claims)} claims, and HLEN is {gate.length}"
    if gate.number("published") != gate.number("granted") or gate.outbox or gate.outbox_length:
        yield f"{gate.outbox_length} claims are in the outbox, published is {gate.fields['published']} of {gate.fields['granted']}"
    if claims - held:
        yield f"claims without a row: {some(claims - held)}"
    if held - claims:
        yield f"rows without a claim: {some(held - claims)}"


def _is_fenced(evidence, record):
    """Of an epoch that had ended before it reached the topic: it must never be issued."""
    epoch = int(record.header("epoch") or 0)
    return any(fence.epoch > epoch and fence.partition == record.partition and record.offset >= fence.end_offset for fence in evidence.fences)


def _topic(evidence):
    held = {(row.user, row.slot) for row in evidence.rows}
    records, fenced = set(), set()
    for record in evidence.topic.records:
        if record.header("event") == evidence.event and record.header("round") == str(evidence.round):
            (fenced if _is_fenced(evidence, record) else records).add((record.user, int(record.header("slot") or 0)))
    # One that came between the end offsets and the fence was issued by right, and then arming put its claim back.
    issued_before = fenced & set(evidence.gate.claims.items()) if evidence.gate else set()
    rowless = {claim for claim in records - held if not is_rival(evidence, *claim)}
    if rowless:
        yield f"records without a row: {some(rowless)}"
    if held - records - issued_before and not evidence.lost_log:
        yield f"rows without a record: {some(held - records - issued_before)}"
    for partition, (low, high) in evidence.topic.ends.items():
        if evidence.topic.committed.get(partition, low) < high:
            yield f"partition {partition} ends at {high}, the group stands at {evidence.topic.committed.get(partition)}"


def _told(evidence):
    held = {(row.user, row.slot) for row in evidence.rows}
    holders = {user for user, _ in held}
    answers = {}
    for application in evidence.applications:
        answers.setdefault(application.user, set()).add(application.answer)
    exempted = exempt(evidence)
    refused = {user for user, kinds in answers.items() if kinds <= DEFINITE_NO} & holders - exempted.refusals
    if refused:
        yield f"told only no, with a row (I5): {some(refused)}"
    if holders - answers.keys():
        yield f"rows of users who never applied (I6): {some(holders - answers.keys())}"
    if evidence.forgot_nothing:
        # A gate that was armed again no longer knows whose application a claim was.
        orphans = {user for user, kinds in answers.items() if "duplicate" in kinds and not kinds & {"granted", "pending", "unknown"}}
        if orphans:
            yield f"told duplicate, though no other application of theirs can have got the slot: {some(orphans)}"
    if not evidence.abandoned:
        yield from _promises(evidence, held, exempted)
        yield from _totals(evidence, holders, answers, exempted)


def _is_lasting(evidence, application):
    """Whether what it was told about a slot cannot have been forgotten since: it was made after the last epoch had surely begun."""
    if evidence.forgot_nothing:
        return True
    if any(application.invoke_ns < back.end_ns for back in evidence.set_backs):
        return False
    last = evidence.armed.get(evidence.epoch)
    return last is not None and application.invoke_ns > last[0]


def _promises(evidence, held, exempted):
    """Granted is a promise that lasts; pending and duplicate tell of a claim, which a gate may lose with its epoch."""
    told = {}
    for application in evidence.applications:
        if application.slot is not None and (application.answer == "granted" or _is_lasting(evidence, application)):
            told.setdefault(application.answer, set()).add((application.user, application.slot))
    for answer in sorted(told):
        broken = told[answer] - held - (exempted.promises if answer == "granted" else set())
        if broken:
            yield f"told {answer} without that row (I4): {some(broken)}"


def _totals(evidence, holders, answers, exempted):
    if any(a.answer == "sold_out" and _is_lasting(evidence, a) for a in evidence.applications):
        if len(evidence.rows) != evidence.limit:
            yield f"somebody was told sold out, but there are {len(evidence.rows)} of {evidence.limit} rows (I7)"
        return
    claimed = {"granted", "pending", "duplicate"}
    promised = {a.user for a in evidence.applications if a.answer in claimed and (a.answer == "granted" or _is_lasting(evidence, a))
                and (a.user, a.slot) not in exempted.promises}
    possible = {user for user, kinds in answers.items() if kinds & (claimed | {"unknown"})}
    if not promised <= holders <= possible:
        yield f"users promised and users with a row differ (I7): {some((promised - holders) | (holders - possible))}"


def _order(evidence):
    """I8 within each epoch: of the applications that were surely decided in it."""
    if evidence.forgot_nothing:
        yield from first_come(evidence.applications)
        return
    for first_ns, last_ns in evidence.armed.values():
        yield from first_come([a for a in evidence.applications
                               if a.invoke_ns > first_ns and a.answer_ns is not None and a.answer_ns < last_ns])


def first_come(applications):
    """I8: who was answered before another one even asked has the lower slot, and is not sold out while the other is granted."""
    asked = sorted((a.invoke_ns, a.slot, a.user) for a in applications if a.answer == "granted")
    answered = sorted((a.answer_ns, a.slot, a.user) for a in applications if a.answer == "granted")
    refusals = [a.answer_ns for a in applications if a.answer == "sold_out"]
    first_refusal = min(refusals) if refusals else None
    highest, at = (0, None), 0
    for invoke_ns, slot, user in asked:
        while at < len(answered) and answered[at][0] < invoke_ns:
            highest = max(highest, (answered[at][1], answered[at][2]))
            at += 1
        if highest[0] >= slot:
            yield f"user {user} got slot {slot} after user {highest[1]} had been told slot {highest[0]} (I8)"
        if first_refusal is not None and first_refusal < invoke_ns:
            yield f"user {user} was granted slot {slot} though somebody had been told sold out before he asked (I8)"
