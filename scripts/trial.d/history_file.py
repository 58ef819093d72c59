"""History files, read line by line and strictly: a line that is not spelled as lib/README.md ("History") says is a failure.

Only a torn last line is let pass: the program died while it wrote it.
"""

import json
import re
from dataclasses import dataclass

from waiting import Failure

_HEAD = re.compile(r'\{"schema":"coupon\.history/1","boot_id":"[^"]+","pid":\d+,"event":"[a-z0-9_-]+","round":\d+,"seed":-?\d+\}')
_INVOKE = re.compile(r'\{"id":(\d+),"invoke_ns":(\d+),"user":"(\d+)"\}')
_ANSWER = re.compile(r'\{"id":(\d+),"answer_ns":(\d+),"user":"(\d+)","answer":"([a-z_]+)"'
                     r'(?:,"slot":(\d+),"level":"(claimed|published|issued)")?\}')
_ANSWERS = {"granted", "pending", "duplicate", "sold_out", "closed", "error", "unknown"}
_WITH_SLOT = {"granted", "duplicate"}
_WITHOUT_SLOT = {"sold_out", "closed", "error", "unknown"}


@dataclass(slots=True)
class Application:
    """One application and what its user was told; answer `unknown` where nothing was written."""
    user: int
    invoke_ns: int
    answer: str = "unknown"
    answer_ns: int | None = None
    slot: int | None = None


def read_history(path):
    """The head of the file and its applications."""
    applications, head = {}, None
    with open(path, encoding="ascii") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith("\n"):
                break
            line = line[:-1]
            if number == 1:
                if not _HEAD.fullmatch(line):
                    raise Failure(f"{path}:1 is no head line: {line[:120]}")
                head = json.loads(line)
            elif match := _INVOKE.fullmatch(line):
                identity, when, user = map(int, match.groups())
                if identity in applications:
                    raise Failure(f"{path}:{number} uses id {identity} twice")
                applications[identity] = Application(user, when)
            elif match := _ANSWER.fullmatch(line):
                _take_answer(applications, match, f"{path}:{number}")
            else:
                raise Failure(f"{path}:{number} is spelled wrong: {line[:160]}")
    if head is None:
        raise Failure(f"{path} has no head line")
    return head, list(applications.values())


def _take_answer(applications, match, place):
    identity, when, user, answer, slot = int(match[1]), int(match[2]), int(match[3]), match[4], match[5]
    application = applications.get(identity)
    if application is None or application.user != user or application.answer_ns is not None or when < application.invoke_ns:
        raise Failure(f"{place} answers what was not asked: {match[0][:160]}")
    if answer not in _ANSWERS or (answer in _WITH_SLOT and slot is None) or (answer in _WITHOUT_SLOT and slot is not None):
        raise Failure(f"{place} has an impossible answer: {match[0][:160]}")
    application.answer, application.answer_ns = answer, when
    application.slot = int(slot) if slot is not None else None


def read_histories(paths):
    """All applications of several files, whose clocks must be comparable."""
    everything, boots = [], set()
    for path in paths:
        head, applications = read_history(path)
        boots.add(head["boot_id"])
        everything += applications
    if len(boots) > 1:
        raise Failure(f"the histories come from different boots: {sorted(boots)}")
    return everything
