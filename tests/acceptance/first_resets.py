"""Three brokers learn of a new topic one after the other: a first reset, what follows it at once, a move to another topic, a topic made again."""

import time

from broker_cluster import BrokerCluster
from event import Event
from topic_admin import delete_topic, has_topic
from waiting import wait_until

TITLE = "first resets on three brokers"
SECONDS = 600
RESETS = 100


def _reset(event, settings, *words):
    """Seconds that it took, or its outcome where it failed."""
    started = time.monotonic()
    outcome = event.run("coupon-reset", "--yes", "-q", *words, settings=settings)
    return time.monotonic() - started if outcome.code == 0 else outcome.brief()


def _works_at_once(event, settings, rows):
    """An application and a worker right after the topic was made."""
    granted = event.run("coupon-apply", rows, settings=settings)
    event.item.equal(granted.code, 0, f"{event.name}: an application right after the reset ({granted.brief()})")
    drained = event.run("coupon-consume", "--until-drained", "--timeout", "20s", "-q", settings=settings)
    event.item.equal(drained.code, 0, f"{event.name}: a worker right after the reset ({drained.brief()})")
    event.item.equal(event.row_count(), rows, f"{event.name}: coupons")


def _first_resets(item, sandbox, cluster, count):
    settings = {"COUPON_BROKERS": cluster.brokers}
    answers = []
    for number in range(count):
        event = Event(item, sandbox, f"first-{count}-{number}")
        answers.append(_reset(event, settings, "--limit", 5))
        if number % 10 == 0:
            _works_at_once(event, settings, 1)
    failed = [one for one in answers if isinstance(one, str)]
    item.check(not failed, f"{len(failed)} of {count} first resets failed: {failed[:1]}")
    slowest = max((one for one in answers if not isinstance(one, str)), default=0.0)
    item.figure(f"{count} first resets on three brokers", f"{count - len(failed)} succeeded, the slowest {slowest:.1f} s")


def many_resets(item, sandbox):
    """The example: the first reset of an event makes its topic, and each of its clients may ask a broker that does not know it yet."""
    with BrokerCluster(sandbox, item.folder / "many") as cluster:
        _first_resets(item, sandbox, cluster, RESETS)


def _moves(item, sandbox, cluster, count):
    settings = {"COUPON_BROKERS": cluster.brokers}
    failed = []
    for number in range(count):
        event = Event(item, sandbox, "moving", topic=f"moving-{number}")
        if number > 0:
            event.run("coupon-reset", "--close", "--yes", settings=settings)
        answer = _reset(event, settings, "--limit", 5)
        if isinstance(answer, str):
            failed.append(answer)
    item.check(not failed, f"{len(failed)} of {count} moves to another topic failed: {failed[:1]}")
    item.figure("moves to a topic that does not exist", f"{count - len(failed)} of {count}")


def _made_again(item, sandbox, cluster, count):
    settings = {"COUPON_BROKERS": cluster.brokers}
    event = Event(item, sandbox, "again")
    item.check(not isinstance(_reset(event, settings, "--limit", 5), str), "the reset failed")
    failed = []
    for _ in range(count):
        delete_topic(cluster.brokers.split(",")[0], event.topic)
        wait_until(lambda: not has_topic(cluster.brokers, event.topic), 20, "the topic does not go")
        answer = _reset(event, settings, "--reopen")
        if isinstance(answer, str):
            failed.append(answer)
    item.check(not failed, f"{len(failed)} of {count} times the topic was not made again: {failed[:1]}")
    _works_at_once(event, settings, 1)
    item.figure("topics made again on three brokers", f"{count - len(failed)} of {count}")


def three_brokers(item, sandbox):
    """Fewer of each, in seconds."""
    with BrokerCluster(sandbox, item.folder / "few") as cluster:
        _first_resets(item, sandbox, cluster, 5)
        _moves(item, sandbox, cluster, 2)
        _made_again(item, sandbox, cluster, 2)


def run(item):
    with item.sandbox() as sandbox:
        item.each((many_resets, three_brokers), sandbox)
