"""Serves item hints_gate: hints about names, of options, events, topics, servers and accounts."""

from broker_cluster import BrokerCluster
from event import Event
from hint_shown import issue, shown, works
from hint_table import told, tries
from talk import talking_to
from redis_store import gate_key
from server_words import redis_with
from topic_admin import create_topic, delete_topic, has_topic
from waiting import wait_until


@tries("lib/cli/command_line.cpp", "did you mean …?", state="an option with two letters exchanged, on the command line and in the config file",
       command="the option as it is suggested", better="the program does what it says")
@tries("lib/cli/command_line.cpp", "see --help", state="an option that is like none", command="coupon-reset --help", better="it lists the options")
@tries("lib/cli/command_line.cpp", "expected the long name of an option that takes a value", state="a config file with a key that is like none",
       command="a key of --help", better="the round has this limit")
def options(item, sandbox):
    event = Event(item, sandbox, "named")
    config = item.folder / "named.conf"

    def configured(line):
        config.write_text(line + "\n")
        config.chmod(0o600)
        return "coupon-reset", "--yes", "--end-running", "--config", config

    shown(event, event.run("coupon-reset", "--yes", "--limti", 10), 2, "did you mean …?")
    works(event, "coupon-reset", "--yes", "--limit", 10)
    shown(event, event.run("coupon-reset", "--yes", "--qqqqqqqqqq"), 2, "see --help")
    item.check("--limit" in works(event, "coupon-reset", "--help").out, "--help does not list --limit")
    shown(event, event.run(*configured("[coupon-reset]\nlimti = 20")), 2, "did you mean …?")
    works(event, *configured("[coupon-reset]\nlimit = 20"))
    shown(event, event.run(*configured("[coupon-reset]\nqqqqqqqqqq = 20")), 2, "expected the long name of an option that takes a value")
    works(event, *configured("[coupon-reset]\nlimit = 30"))
    item.equal(event.gate().number("limit"), 30, "limit of the round")


@tries("lib/core/unknown_event.cpp", "did you mean --event …? If not, check --mysql; coupon-reset opens the first round", state="an event with a typo",
       command="--event as it is suggested", better="the worker works")
@tries("lib/core/unknown_event.cpp", "check --event and --mysql; coupon-reset opens the first round", state="an event without a round",
       command="coupon-reset", better="the worker works")
def events(item, sandbox):
    event = Event(item, sandbox, "springtime")
    event.reset("--limit", 10)
    mistyped = Event(item, sandbox, "sprngtime")
    shown(event, mistyped.run("coupon-consume", "--until-drained"), 3, "did you mean --event …? If not, check --mysql; coupon-reset opens the first round")
    issue(event)
    fresh = Event(item, sandbox, "quite-another-name")
    shown(event, fresh.run("coupon-consume", "--until-drained"), 3, "check --event and --mysql; coupon-reset opens the first round")
    works(fresh, "coupon-reset", "--yes", "--limit", 10)
    issue(fresh)


@tries("lib/core/topic_binding.cpp", "leave out …, or check --event", state="coupon-consume --topic and --group with other names than the round's",
       command="coupon-consume without them", better="the worker works")
@tries("lib/flow/dry_run.cpp", "run coupon-reset for a new round; coupon-reset --reopen goes on with the last one",
       state="the topic of a closed round is gone", command="coupon-reset --reopen; coupon-reset", better="users are granted coupons")
@tries("lib/flow/dry_run.cpp", "coupon-reset --reopen --yes makes it again, and a running coupon-consume publishes the claims again",
       state="the topic of an open round is gone with a record", command="coupon-reset --reopen --yes; coupon-consume", better="the user has a coupon")
def topics(item, sandbox):
    event = Event(item, sandbox, "topics")
    event.reset("--limit", 10)
    works(event, "coupon-apply", 1)
    for option in ("topic", "group"):
        other = Event(item, sandbox, "topics")
        setattr(other, option, "another")
        shown(event, other.run("coupon-consume", "--until-drained"), 2, "leave out …, or check --event")
        issue(event)
    _delete(event)
    shown(event, event.run("coupon-apply", "--dry-run", 2), 3,
          "coupon-reset --reopen --yes makes it again, and a running coupon-consume publishes the claims again")
    works(event, "coupon-reset", "--reopen", "--yes")
    with event.worker():
        event.wait_rows(1)
    for command in (("--reopen",), ()):
        event.reset("--close")
        _delete(event)
        shown(event, event.run("coupon-apply", "--dry-run", 2), 3,
              "run coupon-reset for a new round; coupon-reset --reopen goes on with the last one")
        works(event, "coupon-reset", "--yes", *command)
        works(event, "coupon-apply", "--dry-run", 2)


def _delete(event):
    delete_topic(event.sandbox.brokers, event.topic)
    wait_until(lambda: not has_topic(event.sandbox.brokers, event.topic), 20, "the topic does not go")


@tries("lib/flow/dry_run.cpp", "start the brokers that are down", state="the only broker that has the partitions of the topic is down",
       command="start it", better="the user could apply")
def leaders(item, sandbox):
    event = Event(item, sandbox, "leaders")
    with BrokerCluster(sandbox, item.folder / "brokers") as cluster:
        there = {"COUPON_BROKERS": cluster.brokers}
        create_topic(cluster.first, event.topic, 3)
        works(event, "coupon-reset", "--yes", "--limit", 10, "--accept-risk", "topic-replication", settings=there)
        with cluster.without(3):
            shown(event, event.run("coupon-apply", "--dry-run", 1, settings=there), 3, "start the brokers that are down")
        works(event, "coupon-apply", "--dry-run", 1, settings=there)


@tries("lib/core/round_change.cpp", "check --redis; to move the gate on purpose, run coupon-reset --reopen with the new --redis",
       state="coupon-consume --redis with a database that has no gate", command="coupon-consume with the right --redis; coupon-reset --reopen with the other",
       better="the worker works; then it works at the other database")
def moves(item, sandbox):
    event = Event(item, sandbox, "homes")
    event.reset("--limit", 10)
    works(event, "coupon-apply", 1)
    there = {"COUPON_REDIS": sandbox.environment["COUPON_REDIS"].rsplit("/", 1)[0] + "/1"}
    words = ("coupon-consume", "--until-drained", "-q")
    shown(event, event.run(*words, settings=there), 2, "check --redis; to move the gate on purpose, run coupon-reset --reopen with the new --redis")
    works(event, *words)
    works(event, "coupon-reset", "--reopen", "--yes", settings=there)
    works(event, *words, settings=there)
    works(event, "coupon-apply", 2, settings=there)


@tries("lib/gate/scripts/prologue.lua", 'allow it in the ACL of the account; README.md, "Least rights", has the rule of each program',
       state="the account of a running coupon-apply loses HSET", command="ACL SETUSER with it", better="the user is granted a coupon")
def rights(item, sandbox):
    event = Event(item, sandbox, "rights")
    event.reset("--limit", 10)
    secret = item.folder / "secret"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    at = f"redis://hints@127.0.0.1:{sandbox.port('redis')}/0"
    with event.redis() as redis:
        redis.ask("ACL", "SETUSER", "hints", "on", ">secret", "~coupon:*", "+@all")
        with talking_to(event, "coupon-apply", "--stdin", "--redis-password-file", secret, settings={"COUPON_REDIS": at}) as program:
            program.says("1", "1 granted")
            redis.ask("ACL", "SETUSER", "hints", "-hset")
            told(item, 'allow it in the ACL of the account; README.md, "Least rights", has the rule of each program', program.says("2", "2 "), "coupon-apply")
        redis.ask("ACL", "SETUSER", "hints", "+hset")
        works(event, "coupon-apply", 2, "--redis-password-file", secret, settings={"COUPON_REDIS": at})
        redis.ask("ACL", "DELUSER", "hints")


@tries("lib/gate/scripts/prologue.lua", "rename-command, or a proxy, hides a command that the gate needs; give it its name back",
       state="a Redis with rename-command HSET", command="a Redis without", better="the event is open")
def renamed(item, sandbox):
    event = Event(item, sandbox, "renamed")
    hint = "rename-command, or a proxy, hides a command that the gate needs; give it its name back"
    with redis_with(item, "renamed", "--rename-command", "HSET", "hidden") as port:
        shown(event, event.run("coupon-reset", "--yes", "--limit", 10, settings={"COUPON_REDIS": f"redis://127.0.0.1:{port}/0"}), 3, hint)
    with redis_with(item, "named", "--appendonly", "yes") as port:
        works(event, "coupon-reset", "--yes", "--limit", 10, settings={"COUPON_REDIS": f"redis://127.0.0.1:{port}/0"})
