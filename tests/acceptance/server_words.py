"""What servers say of themselves, told as that: each with its own sentence, and what is not known without a guess."""

import subprocess
from contextlib import contextmanager

from event import Event
from ledger_store import administer, global_variable
from redis_store import Redis, RedisError
from sandbox import dead_port
from waiting import Failure, wait_until

TITLE = "words of servers: renamed commands, accounts and variables, each named, and no guess at what is not known"
SECONDS = 300
LIMIT = 10


@contextmanager
def redis_with(item, name, *settings, port=None, any_answer=False):
    """The port of a redis-server with these settings; it is ended by its own process id. `any_answer`: an error will do as a sign of life."""
    folder = item.folder / name
    folder.mkdir()
    port = port or dead_port()
    words = ["setpriv", "--pdeathsig", "KILL", "--", "redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", *settings]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_until(lambda: _answers(port, any_answer), 20, f"redis does not answer; see {folder / 'log'}")
        yield port
    finally:
        process.kill()
        process.wait(timeout=30)


def _answers(port, any_answer):
    try:
        with Redis(port) as redis:
            return redis.ask("PING") == b"PONG"
    except RedisError:
        return any_answer
    except (OSError, Failure):
        return False


def _says(item, what, outcome, code, words, never=()):
    """The program ends with `code`, and says each of the words and none of those that are a wrong guess."""
    said = outcome.out + outcome.err
    item.equal(outcome.code, code, f"{what}: exit ({outcome.brief()})")
    for word in words:
        item.check(word in said, f"{what}: it does not say {word!r}: {said[-300:]!r}")
    for word in ("refused the login", "MySQL 8.0.16", *never):
        item.check(word not in said, f"{what}: it says {word!r}: {said[-300:]!r}")


def renamed_commands(item, sandbox):
    """Each program that meets one names the command; none calls it a matter of the login."""
    event = Event(item, sandbox)
    event.reset("--limit", LIMIT)
    for command in ("INFO", "EVALSHA", "HMGET"):
        with redis_with(item, command.lower(), "--rename-command", command, "hidden") as port:
            elsewhere = {"COUPON_REDIS": f"redis://127.0.0.1:{port}"}
            applied = event.run("coupon-apply", "7", settings=elsewhere)
            _says(item, f"{command}, apply", applied, 3, ["rename-command"])
            item.check(command in applied.err.upper(), f"{command}, apply: it is not named: {applied.err!r}")
    with redis_with(item, "info-for-all", "--rename-command", "INFO", "hidden") as port:
        elsewhere = {"COUPON_REDIS": f"redis://127.0.0.1:{port}"}
        before = event.gate(), event.round()
        _says(item, "INFO, reset", event.run("coupon-reset", "--yes", "--limit", LIMIT, settings=elsewhere), 3, ["'INFO'", "rename-command"])
        _says(item, "INFO, worker", event.run("coupon-consume", "--until-drained", "--timeout", "4s", settings=elsewhere), 3, ["rename-command"])
        item.equal((event.gate(), event.round()), before, "gate and round after a reset at a Redis without INFO")
    item.figure("renamed commands", "INFO, EVALSHA and HMGET named, by apply, worker and reset")


def accounts(item, sandbox):
    """A right that is missing is told as a right, and a wrong password as a login."""
    with redis_with(item, "accounts") as port:
        with Redis(port) as redis:
            redis.ask("ACL", "SETUSER", "narrow", "on", ">secret", "~coupon:*", "+@all", "-info")
        event = Event(item, sandbox)
        for password, words in (("secret", ["lacks info", "ACL SETUSER narrow"]), ("mistyped", ["WRONGPASS", "check --redis-password-file"])):
            secret = item.folder / f"password-{password}"
            secret.write_text(password + "\n")
            secret.chmod(0o600)
            outcome = event.run("coupon-apply", "7", "--redis-password-file", secret, settings={"COUPON_REDIS": f"redis://narrow@127.0.0.1:{port}"})
            _says(item, f"Redis account, {password}", outcome, 4, words, never=("rename-command",))
    item.figure("accounts", "a missing right and a wrong password told apart")


def words_of_the_database(item, sandbox):
    """Error 1184 of a broken init_connect, 4151 of a locked account, and the words of a trigger, which no list has."""
    event = Event(item, sandbox)
    event.reset("--limit", LIMIT)
    with global_variable(sandbox, "init_connect", "'no statement'"):
        _says(item, "init_connect", event.run("coupon-audit", "--wait", "0s"), 5, ["init_connect"])
    account = "'coupon'@'127.0.0.1'"
    administer(sandbox, f"ALTER USER {account} ACCOUNT LOCK")
    try:
        outcome = event.run("coupon-reset", "--yes", "--end-running", "--limit", LIMIT)
        item.check("locked" in outcome.err and outcome.code == 4, f"a locked account: {outcome.brief()}")
    finally:
        administer(sandbox, f"ALTER USER {account} ACCOUNT UNLOCK")
    administer(sandbox, "USE coupon; CREATE TRIGGER house BEFORE INSERT ON coupon_round FOR EACH ROW SIGNAL SQLSTATE '45000' "
                        "SET MESSAGE_TEXT = 'the house is closed'")
    try:
        outcome = event.run("coupon-reset", "--yes", "--end-running", "--limit", LIMIT)
        item.check(outcome.code != 0, f"a trigger that refuses the round: {outcome.brief()}")
        _says(item, "a trigger on the rounds", outcome, outcome.code, ["the house is closed"])
    finally:
        administer(sandbox, "USE coupon; DROP TRIGGER house")
    event.reset("--limit", LIMIT)
    history = event.history("words")
    event.flood("--requests", 2 * LIMIT, history=history)
    drained = event.run("coupon-consume", "--until-drained", "--timeout", "20s")
    item.equal(drained.code, 0, f"the worker afterwards ({drained.brief()})")
    event.must_be_exact("afterwards", LIMIT, [history], expected=LIMIT)
    item.figure("the database", "a broken init_connect, a locked account and a trigger told in its words; exact afterwards")


def run(item):
    with item.sandbox() as sandbox:
        item.each((renamed_commands, accounts, words_of_the_database), sandbox)
