"""Serves item hints_audit: records that are gone, and a topic that was made again."""

from audited import AuditedEvent
from hint_table import tries
from topic_admin import alter_settings, commit_offsets, create_topic, delete_records, delete_topic, has_topic
from waiting import wait_until

NO_HARM = "no user is harmed, for gate and ledger agree on these coupons: the broker lost records, or they were deleted; coupon-audit --preflight…"
ANOTHER_LOG = "the broker lost its data, or the topic was deleted and created again: coupon-audit --preflight names the settings…"
GOES_ON = "the broker lost records, or the topic was deleted and created again; run coupon-consume, which goes on at the end of the new log"
DELETED = "records were deleted before a worker read them, and no reset did that: run coupon-consume --recover, which publishes their claims again; …"


@tries("lib/audit/check_topic.cpp", DELETED, state="two records are deleted from the topic before a worker has read them",
       command="coupon-consume --recover --yes, then coupon-consume", better="every claim has its coupon, and the audit is exact")
def deleted_unread(item, sandbox):
    event = AuditedEvent(item, sandbox, "deleted", users=(1, 2, 3))
    event.apply(11, 12)  # on partitions that were read before
    delete_records(sandbox.brokers, event.topic, event.ends())
    event.audited_with_histories(1, DELETED)
    event.run("coupon-consume", "--recover", "--yes", "--wait", "1s")
    event.drain()
    item.equal(event.row_count(), 5, "coupons of five claims")
    event.is_exact()


@tries("lib/audit/check_topic.cpp", GOES_ON, state="the group has committed above the ends, as after a broker that lost its newest records",
       command="coupon-consume", better="the next user has a coupon, and the audit is exact")
def committed_above_the_end(item, sandbox):
    event = AuditedEvent(item, sandbox, "above", users=(1, 2, 3))
    commit_offsets(sandbox.brokers, event.group, event.topic, {partition: end + 5 for partition, end in event.ends().items()})
    event.audited_with_histories(5, GOES_ON)
    with event.worker():
        event.apply(4, 5)
        event.wait_rows(5)
        event.audited_with_histories(0, (), wait="20s")


def _retention(event):
    """The preflight's line of it."""
    lines = event.run("coupon-audit", "--preflight", "--json").json()["checks"]
    return next(line for line in lines if line["name"] == "topic-retention")


@tries("lib/audit/check_origins.cpp", NO_HARM, state="the topic was deleted and made again by hand, with a retention of a minute",
       command="coupon-audit --preflight",
       better="it names retention.ms; set as it says, the line is ok, and the next round is exact")
@tries("lib/audit/check_topic.cpp", ANOTHER_LOG, state="the same, after a round whose opening purged the topic", command="coupon-audit --preflight",
       better="it names retention.ms; set as it says, the line is ok, and the next round is exact")
def made_again(item, sandbox):
    event = AuditedEvent(item, sandbox, "made-again", users=(1, 2, 3))
    event.new_round()
    event.apply(11, 12)
    event.drain()
    delete_topic(sandbox.brokers, event.topic)
    wait_until(lambda: not has_topic(sandbox.brokers, event.topic), 20, "the topic is still there")
    create_topic(sandbox.brokers, event.topic, 4, {"retention.ms": "60000"})
    event.audited_with_histories(5, (NO_HARM, ANOTHER_LOG))
    item.check("--add-config retention.ms=604800000" in _retention(event)["fix"], f"the preflight does not name it: {_retention(event)}")
    alter_settings(sandbox.brokers, event.topic, {"retention.ms": "604800000"})
    item.equal(_retention(event)["status"], "ok", "the preflight's line of the retention afterwards")
    event.new_round()
    event.apply(21)
    event.drain()
    event.is_exact()
