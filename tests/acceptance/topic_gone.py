"""A topic that is gone while its round is open: every program tells it, with the command that makes it again, and every claim gets its coupon."""

from event import Event
from topic_admin import create_topic, delete_topic, has_topic
from topic_store import partitions_of
from waiting import wait_until

TITLE = "a topic that is gone in an open round"
SECONDS = 300
COMMAND = "coupon-reset --reopen --yes"


def _delete(event):
    delete_topic(event.sandbox.brokers, event.topic)
    wait_until(lambda: not has_topic(event.sandbox.brokers, event.topic), 20, "the topic does not go")


def _says(event, outcome, code, what):
    said = outcome.out + outcome.err
    event.item.equal(outcome.code, code, f"{what}: exit ({outcome.brief()})")
    event.item.check("is gone" in said and COMMAND in said, f"{what} does not tell it with the command: {said[-400:]}")


def _every_program_tells(event):
    """None of them changes anything, and none sends the operator to a reset, which would end the event."""
    for what, code, words in (("an application", 3, ("coupon-apply", 99)), ("its rehearsal", 3, ("coupon-apply", "--dry-run", 99)),
                              ("a flood", 3, ("coupon-flood", "--requests", 5)), ("an audit", 5, ("coupon-audit", "--wait", "1s")),
                              ("the preflight", 1, ("coupon-audit", "--preflight")), ("a worker that starts", 3, ("coupon-consume",)),
                              ("a drain", 3, ("coupon-consume", "--until-drained", "--timeout", "5s")),
                              ("a recovery", 3, ("coupon-consume", "--recover", "--yes", "--wait", "1s"))):
        _says(event, event.run(*words), code, what)


def _five_more(event, first):
    """Five users apply, of whom `first` is the first, and everybody has a coupon in the end."""
    event.item.equal(event.run("coupon-apply", *range(first, first + 5)).out.count("granted"), 5, "granted afterwards")
    event.wait_rows(first + 4, 90)


def claims_on_their_way(item, sandbox):
    """The topic goes with all records of claims that have no coupon yet. It is made again, and a worker publishes the claims again."""
    event = Event(item, sandbox, "gone-early")
    event.reset("--limit", 20)
    history = event.history("gone-early")
    item.equal(event.run("coupon-apply", "--history", history, *range(1, 11)).out.count("granted"), 10, "granted before")
    _delete(event)
    _every_program_tells(event)
    item.equal(event.gate_number("granted"), 10, "claims after every program was asked")
    reopened = event.run("coupon-reset", "--reopen", "--yes")
    item.equal(reopened.code, 0, f"--reopen ({reopened.brief()})")
    item.equal(len(partitions_of(sandbox.brokers, event.topic)), 4, "partitions of the topic")
    later = event.history("gone-early-later")
    item.equal(event.run("coupon-apply", "--history", later, *range(11, 31)).out.count("granted"), 10, "granted afterwards")
    with event.worker():
        event.wait_rows(20, 30)
    event.must_be_exact("made again with claims on their way", 20, [history, later], expected=20)
    item.figure("claims whose records went with the topic", "10 of 10 have their coupon")


def under_a_worker(item, sandbox):
    """A worker runs all the time: it waits for the topic, and goes on once it is there. It holds records and positions of the old log, which mean
    nothing in the new one. Applications in between end with 3: nothing was claimed."""
    event = Event(item, sandbox, "gone-late")
    event.reset("--limit", 20)
    with event.worker("--max-rate", "60/m") as worker:
        event.run("coupon-apply", *range(1, 11))
        event.wait_rows(2)
        _delete(event)
        wait_until(lambda: "is gone" in worker.err_so_far() and COMMAND in worker.err_so_far(), 40, "the worker does not tell it")
        _says(event, event.run("coupon-apply", 11), 3, "an application")
        before = event.row_count()
        item.check(before < 10, "every claim had its coupon before the topic was gone")
        event.reset("--reopen")
        _five_more(event, 11)
    item.equal(event.row_count(), 15, "coupons after the topic was made again under a worker")
    item.figure("coupons under a worker", f"{before} before the topic was gone, {event.row_count()} afterwards")


def made_again_at_once(item, sandbox):
    """An operator deletes the topic and makes it again at once, while a worker has records of it in hand. No user waits for more than the redrive."""
    event = Event(item, sandbox, "gone-short")
    event.reset("--limit", 40)
    with event.worker("--max-rate", "60/m"):
        event.run("coupon-apply", *range(1, 21))
        event.wait_rows(2)
        delete_topic(sandbox.brokers, event.topic)
        wait_until(lambda: not has_topic(sandbox.brokers, event.topic), 20, "the topic does not go")
        create_topic(sandbox.brokers, event.topic, 4)
        before = event.row_count()
        item.check(before < 20, "every claim had its coupon before the topic was made again")
        _five_more(event, 21)
    item.equal(event.row_count(), 25, "coupons after the topic was made again at once")
    item.figure("coupons where the topic was made again at once", f"{before} before, {event.row_count()} afterwards")


def partitions_and_cluster(item, sandbox):
    """It is made with the partitions that the ledger knows of, and on no other cluster."""
    event = Event(item, sandbox, "gone-six")
    event.reset("--limit", 5, "--partitions", 6)
    event.run("coupon-apply", 1)
    item.equal(event.run("coupon-consume", "--until-drained", "-q").code, 0, "drained")
    event.reset("--limit", 5)
    _delete(event)
    with item.sandbox("--only", "kafka", name="other") as other:
        there = {"COUPON_BROKERS": other.brokers}
        refused = event.run("coupon-reset", "--reopen", "--yes", settings=there)
        item.equal(refused.code, 2, f"--reopen at another cluster ({refused.brief()})")
        item.check(not has_topic(other.brokers, event.topic), "the topic was made on another cluster")
    event.reset("--reopen")
    item.equal(len(partitions_of(sandbox.brokers, event.topic)), 6, "partitions of the topic")
    item.figure("partitions of the topic that was made again", 6)


def run(item):
    with item.sandbox() as sandbox:
        item.each((claims_on_their_way, under_a_worker, made_again_at_once, partitions_and_cluster), sandbox)
