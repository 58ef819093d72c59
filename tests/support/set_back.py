"""A gate that was set back while its server went on, and whom the contract exempts then (lib/README.md, "A gate that goes back"). Pure.

A slot can have two users only where the gate gave it before it went back and gives it once more before it is armed again.
"""

import math
import re
from dataclasses import dataclass, field

DEFINITE_NO = {"sold_out", "closed", "error"}
_SLOT_TAKEN = re.compile(r"slot (\d+) belongs to user \d+")
_USER_SERVED = re.compile(r"user \d+ has slot \d+ already")


@dataclass
class SetBack:
    """One time that a gate went back. Times are CLOCK_MONOTONIC nanoseconds, as in the histories."""
    round: int
    epoch: int                                  # the highest that the gate knew of, before or afterwards
    begin_ns: int                               # it had not gone back yet
    lost: dict = field(default_factory=dict)    # user -> slot: the claims it forgot
    again: set = field(default_factory=set)     # slots that it had given and gives once more
    end_ns: float = math.inf                    # from here on it was surely armed again, in a higher epoch

    def touches(self, application):
        """Whether the gate may have decided the application after it had gone back and before it was armed again."""
        is_open = application.answer_ns is None or application.answer == "unknown"
        return application.invoke_ns < self.end_ns and (is_open or application.answer_ns > self.begin_ns)


@dataclass
class Exempt:
    """Whom a round may fail, and nobody else. The audit has to name each of them."""
    promises: set = field(default_factory=set)   # (user, slot), told granted (I4)
    refusals: set = field(default_factory=set)   # users, told only no (I5)
    overtaken: set = field(default_factory=set)  # users, who may be found to have been overtaken (I8)
    totals: bool = False                         # fewer rows than slots though somebody was told sold out (I7)


def slots_given_again(before, after):
    """Of the slots claimed in `before`, those that the gate gives once more when it is as in `after`: its holes, then all above."""
    free = set()
    for first, _, last in (part.partition("-") for part in after.fields.get("free", "").split(",") if part):
        free.update(range(int(first), int(last) + 1))
    highest = int(after.fields["granted"]) + len(free)
    return {slot for slot in before.claims.values() if slot in free or slot > highest}


def exempt(evidence):
    """Whom this round may fail."""
    found = Exempt()
    if not evidence.set_backs or evidence.applications is None:
        return found
    applications, slots, holders = {}, {row.user: row.slot for row in evidence.rows}, {row.slot: row.user for row in evidence.rows}
    for application in evidence.applications:
        applications.setdefault(application.user, []).append(application)
    for back in evidence.set_backs:
        touched = {user for user, own in applications.items() if any(map(back.touches, own))}
        found.promises |= {(told.user, told.slot) for told in evidence.applications
                           if told.answer == "granted" and slots.get(told.user) != told.slot and _may_lose(back, told, holders, slots, touched)}
        found.refusals |= {user for user, own in applications.items()
                           if user in slots and user in touched and (slots[user] in back.again or back.lost.get(user) == slots[user])
                           and {one.answer for one in own} <= DEFINITE_NO}
        found.overtaken |= _overtaken(back, evidence.applications)
        found.totals |= back.end_ns == math.inf and bool(back.lost)
    if evidence.abandoned:
        found.promises, found.totals = set(), False
    return found


def _may_lose(back, told, holders, slots, touched):
    """Of two users of one slot, or two slots of one user, one of them decided while the gate stood back. The loser may have got another slot
    since."""
    if told.invoke_ns >= back.end_ns:
        return False
    if told.user in slots and told.user in touched and told.user in back.lost:
        return True
    other = holders.get(told.slot)
    return other not in (None, told.user) and told.slot in back.again and (other in touched or back.touches(told))


def _overtaken(back, applications):
    """Who had an answer before a request that the gate decided while it stood back, and which got a lower slot or any at all."""
    late = sorted((one for one in applications if one.answer == "granted" and back.touches(one)), key=lambda one: one.invoke_ns)
    lowest, least = [], math.inf  # of those asked from here on
    for one in reversed(late):
        least = min(least, one.slot)
        lowest.append((one.invoke_ns, least))
    lowest.reverse()
    found, at = set(), 0
    for told in sorted((one for one in applications if one.answer in ("granted", "sold_out")), key=lambda one: one.answer_ns):
        while at < len(lowest) and lowest[at][0] <= told.answer_ns:
            at += 1
        if at < len(lowest) and (told.answer == "sold_out" or lowest[at][1] < told.slot):
            found.add(told.user)
    return found


def is_rival(evidence, user, slot):
    """Whether a record of this claim may be left without its row, because a set back gave its slot, or its user, a second claim."""
    served = {row.user for row in evidence.rows}
    taken = {row.slot for row in evidence.rows}
    return any((slot in back.again and slot in taken) or (user in back.lost and user in served) for back in evidence.set_backs)


def is_of_a_rival(evidence, failed):
    """The same of a failed event: place, user, reason, whether it was resolved."""
    taken, served = _SLOT_TAKEN.fullmatch(failed[3]), _USER_SERVED.fullmatch(failed[3])
    return any((taken and int(taken[1]) in back.again) or (served and int(failed[2]) in back.lost) for back in evidence.all_set_backs)
