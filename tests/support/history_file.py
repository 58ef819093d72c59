"""History files, read line by line and strictly: a line that is not spelled as lib/README.md ("History") says is a failure.

A file must end with its closing line, whose counts and digest are computed here once more. Only a history of a program that was killed may
lack it, and end with a torn line, where the reader says partial=True.
"""

import hashlib
import json
import re
from dataclasses import dataclass

from waiting import Failure

_MOMENT = r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"'
_HEAD = re.compile(r'\{"schema":"coupon\.history/1","boot_id":"[^"]+","pid":\d+,"event":"[a-z0-9_-]+","round":\d+,"seed":-?\d+,'
                   r'"started_at":' + _MOMENT + r',"started_ns":\d+\}')
_CLOSING = re.compile(r'\{"applications":\d+,"answers":\d+,"started_at":' + _MOMENT + r',"finished_at":' + _MOMENT + r',"sha256":"[0-9a-f]{64}"\}')
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


def read_history(path, partial=False):
    """The head of the file and its applications."""
    applications, head, closing, digest = {}, None, None, hashlib.sha256()
    with open(path, "rb") as lines:
        for number, raw in enumerate(lines, 1):
            if closing is not None:
                raise Failure(f"{path}:{number} stands behind the closing line")
            if not raw.endswith(b"\n"):
                break
            line = raw[:-1].decode("ascii")
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
            elif _CLOSING.fullmatch(line):
                closing = json.loads(line)
                _must_close(closing, head, applications.values(), digest.hexdigest(), path)
            else:
                raise Failure(f"{path}:{number} is spelled wrong: {line[:160]}")
            digest.update(raw)
    if head is None:
        raise Failure(f"{path} has no head line")
    if closing is None and not partial:
        raise Failure(f"{path} has no closing line")
    return head, list(applications.values())


def _must_close(closing, head, applications, digest, path):
    """The closing line says what stands before it, and the program ended after it had begun."""
    answers = sum(application.answer_ns is not None for application in applications)
    wanted = {"applications": len(applications), "answers": answers, "started_at": head["started_at"], "sha256": digest}
    if any(closing[key] != value for key, value in wanted.items()) or closing["finished_at"] < closing["started_at"]:
        raise Failure(f"{path} is not what its closing line says: {closing}, not {wanted}")


def close_again(text):
    """The text of a history that was changed, with the closing line that belongs to it now: a forgery that no digest shows."""
    lines = text.splitlines(keepends=True)
    closing = json.loads(lines.pop())
    closing["applications"] = sum('"invoke_ns"' in line for line in lines)
    closing["answers"] = sum('"answer_ns"' in line for line in lines)
    closing["sha256"] = hashlib.sha256("".join(lines).encode("ascii")).hexdigest()
    return "".join(lines) + json.dumps(closing, separators=(",", ":")) + "\n"


def _take_answer(applications, match, place):
    identity, when, user, answer, slot = int(match[1]), int(match[2]), int(match[3]), match[4], match[5]
    application = applications.get(identity)
    if application is None or application.user != user or application.answer_ns is not None or when < application.invoke_ns:
        raise Failure(f"{place} answers what was not asked: {match[0][:160]}")
    if answer not in _ANSWERS or (answer in _WITH_SLOT and slot is None) or (answer in _WITHOUT_SLOT and slot is not None):
        raise Failure(f"{place} has an impossible answer: {match[0][:160]}")
    application.answer, application.answer_ns = answer, when
    application.slot = int(slot) if slot is not None else None


def read_histories(paths, partial=False):
    """All applications of several files, whose clocks must be comparable."""
    everything, boots = [], set()
    for path in paths:
        head, applications = read_history(path, partial)
        boots.add(head["boot_id"])
        everything += applications
    if len(boots) > 1:
        raise Failure(f"the histories come from different boots: {sorted(boots)}")
    return everything
