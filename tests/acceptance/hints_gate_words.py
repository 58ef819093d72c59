"""Serves item hints_gate: hints about options, files and failpoints, and about a Redis behind something that changes its replies."""

import os
import re
import shutil
import signal
import time

from event import Event
from hint_shown import issue, shown, works
from hint_table import tries
from redis_store import gate_key
from rewriting_proxy import RewritingProxy
from waiting import wait_until


@tries("lib/cli/history_file.cpp", "choose a new name, or a folder",
       state="coupon-apply --history names a file that exists", command="coupon-apply --history with another name; coupon-apply --history FOLDER/",
       better="the application is made, and its history is there")
@tries("lib/cli/history_reading.cpp", "give the file, or its folder",
       state="coupon-audit --history names a pipe", command="coupon-audit --history with the file; with its folder", better="it is exact")
@tries("lib/cli/history_reading.cpp", "give each folder by itself", state="coupon-audit --history names a folder with a folder in it",
       command="coupon-audit --history FOLDER --history FOLDER/OTHER", better="it is exact, with the histories of both")
def histories(item, sandbox):
    event = Event(item, sandbox, "histories")
    event.reset("--limit", 10)
    folder = item.folder / "histories"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    first = item.folder / "first.history"
    first.unlink(missing_ok=True)
    works(event, "coupon-apply", 1, "--history", first)
    shown(event, event.run("coupon-apply", 2, "--history", first), 2, "choose a new name, or a folder")
    works(event, "coupon-apply", 2, "--history", folder / "second.history")
    works(event, "coupon-apply", 3, "--history", f"{folder}/")
    item.equal(len(list(folder.iterdir())), 2, "histories in the folder")
    issue(event)
    first.rename(folder / "first.history")
    pipe = item.folder / "pipe"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    shown(event, event.run("coupon-audit", "--history", pipe), 2, "give the file, or its folder")
    partial = event.run("coupon-audit", "--histories-are-partial", "--history", folder / "first.history")
    item.equal(partial.code, 0, f"an audit with the file ({partial.brief()})")
    works(event, "coupon-audit", "--history", folder)
    inner = folder / "inner"
    inner.mkdir()
    (folder / "first.history").rename(inner / "first.history")
    shown(event, event.run("coupon-audit", "--history", folder), 2, "give each folder by itself")
    inner.rename(item.folder / "inner")
    both = event.run("coupon-audit", "--json", "--history", folder, "--history", item.folder / "inner")
    item.equal((both.code, event.verdict_of(both)), (0, "exact"), "an audit with both folders")
    shutil.rmtree(item.folder / "inner")


@tries("lib/cli/history_file.cpp", "mount /proc, or leave --history out", state="coupon-apply --history where /proc has no boot_id",
       command="coupon-apply without --history; with it, where /proc is mounted", better="the application is made")
def without_proc(item, sandbox):
    event = Event(item, sandbox, "proc")
    event.reset("--limit", 10)
    history = event.history("proc")
    bare = item.folder / "coupon-apply-without-proc"
    bare.write_text(f"#!/bin/sh\nexec unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /proc/sys/kernel/random && exec {item.program('coupon-apply')} \"$@\"' sh \"$@\"\n")
    bare.chmod(0o755)
    shown(event, event.run(bare, 1, "--history", history), 2, "mount /proc, or leave --history out")
    works(event, bare, 1)
    works(event, "coupon-apply", 2, "--history", history)


@tries("lib/cli/options/reset_options.cpp", "expected a time in the future", state="coupon-reset --closes-at a minute ago", command="--closes-at in an hour",
       better="the round is open")
@tries("lib/cli/options/reset_options.cpp", "for a round that opens at once give --opens-at now", state="coupon-reset --opens-at a day ago",
       command="--opens-at now", better="the round is open")
def options(item, sandbox):
    event = Event(item, sandbox, "options")
    past = "2020-01-01T00:00:00Z"
    shown(event, event.run("coupon-reset", "--yes", "--closes-at", past), 2, "expected a time in the future")
    event.reset("--closes-at", "+1h")
    works(event, "coupon-apply", 1)
    issue(event)
    shown(event, event.run("coupon-reset", "--yes", "--end-running", "--opens-at", past), 2, "for a round that opens at once give --opens-at now")
    event.reset("--opens-at", "now")
    works(event, "coupon-apply", 1)


@tries("lib/failpoints/absent.cpp", "unset it, or take the program of a build that has them (scripts/build --with-failpoints)",
       state="COUPON_FAILPOINTS is set for a program of bin/", command="coupon-apply without it", better="the application is made")
def no_failpoints(item, sandbox):
    event = Event(item, sandbox, "failpoints")
    event.reset("--limit", 10)
    shown(event, event.run("coupon-apply", 1, settings={"COUPON_FAILPOINTS": "after-claim=kill"}), 2,
           "unset it, or take the program of a build that has them (scripts/build --with-failpoints)")
    works(event, "coupon-apply", 1)


def _ended(event, program, *words):
    """What a program says that is sent SIGTERM in the middle of its work."""
    with event.start(program, *words) as process:
        time.sleep(1.5)
        process.signal(signal.SIGTERM)
        return process.wait(20)


@tries("lib/cli/interruptible.cpp", "run it again; nothing was changed", state="coupon-audit gets SIGTERM while Redis does not answer",
       command="coupon-audit, once Redis answers", better="it is exact")
@tries("lib/flow/audit/audit.cpp", "run it again; nothing was changed", state="coupon-audit gets SIGTERM while it waits for a gate that is not armed",
       command="coupon-audit, once a worker has armed it", better="it is exact")
@tries("lib/flow/recover/still_picture.cpp", "run it again; nothing was changed", state="coupon-consume --recover gets SIGTERM while it waits for a worker",
       command="coupon-consume --recover, once the worker is through", better="nothing is left to do")
def interrupted(item, sandbox):
    event = Event(item, sandbox, "interrupted")
    event.reset("--limit", 10)
    item.equal(event.run("coupon-apply", 1, 2).out.count("granted"), 2, "granted")
    shown(event, _ended(event, "coupon-consume", "--recover", "--wait", "30s"), 143, "run it again; nothing was changed")
    issue(event)
    works(event, "coupon-consume", "--recover")
    with event.redis() as redis:
        redis.ask("HSET", gate_key(event.name), "run_id", "another")
    shown(event, _ended(event, "coupon-audit", "--wait", "30s"), 143, "run it again; nothing was changed")
    with event.worker():
        wait_until(lambda: event.gate().is_armed, 20, "the gate is not armed again")
    works(event, "coupon-audit")
    sandbox.pause("redis")
    try:
        shown(event, _ended(event, "coupon-audit", "--timeout", "20s"), 143, "run it again; nothing was changed")
    finally:
        sandbox.resume("redis")
    works(event, "coupon-audit")


ODD = "point --redis at the Redis server itself: something in between changes its replies"


@tries("lib/gate/redis/reply_words.cpp", ODD, state="a proxy changes the gate's word for granted, and its summary", command="--redis with the server's own address",
       better="the user has the claim that was in doubt; the rehearsal tells it")
@tries("lib/gate/redis/redis_gate_reader.cpp", ODD, state="a proxy shortens the replies to HSCAN", command="--redis with the server's own address",
       better="the audit is exact")
@tries("lib/gate/redis/redis_clock.cpp", ODD, state="a proxy changes the reply to TIME", command="--redis with the server's own address",
       better="the round is open")
def changed_replies(item, sandbox):
    event, fresh = Event(item, sandbox, "changed"), Event(item, sandbox, "unchanged")
    event.reset("--limit", 10)
    works(event, "coupon-apply", 1)
    issue(event)
    for own, words, pattern, changed, code, after in (
            (event, ("coupon-audit",), rb"(?s)^\*2\r\n\$1\r\n0\r\n\*.*", b"*0\r\n", 5, 0),
            (event, ("coupon-apply", 2, "--timeout", "2s"), rb"\r\ngranted (?=2 )", b"\r\nGRANTED ", 5, 11),
            (event, ("coupon-apply", "--dry-run", 3), rb"\$7\r\nsummary\r\n", b"$7\r\nSUMMARY\r\n", 3, 0),
            (fresh, ("coupon-reset", "--yes", "--opens-at", "+1h"), rb"^\*2\r\n\$10\r\n\d{10}\r\n", b"*2\r\n$10\r\nyesterday!\r\n", 3, 0)):
        with RewritingProxy(sandbox.port("redis"), down=lambda data, old=pattern, new=changed: re.sub(old, new, data)) as proxy:
            outcome = own.run(*words, settings={"COUPON_REDIS": f"redis://127.0.0.1:{proxy.port}/0"})
        shown(own, outcome, code, ODD)
        works(own, *words, code=after)
