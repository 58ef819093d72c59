"""Serves item hints_audit: servers that are away, a gate that is lost or not armed, records that no worker reads."""

from audited import ARM, START, UNREAD, AuditedEvent
from hint_table import tried_by, tries
from redis_store import gate_key, outbox_key

FOLLOW_STORES = 'follow the hint of "stores", then audit again'
LOST_GATE = 'follow the hint of "stores"; where the gate is lost, run coupon-consume, which makes it again'
READ_LOG = "run coupon-consume, or read in the log of the running one why it does not issue; then audit again, and --wait TIME waits longer"
LEAVE_RUNNING = "leave coupon-consume running and audit again; --wait TIME waits longer"
WAIT_AT_REST = "run coupon-consume, and audit again once nothing is on its way: --wait TIME waits for it"

tried_by("tests/audit/reconcile_undecided_test.cpp", "a store that was not read is told with what to do, and judged once it is read",
         "lib/audit/check_readings.cpp", START, state="a store was not read, and its fault has no hint of its own", command="the store is read",
         better="the verdict is exact")

tried_by("tests/flow/audit_test.cpp", "a gate that is armed again whenever it is read cannot be told, and is judged once that ends",
         "lib/flow/audit/audit_reading.cpp", "audit again when no reset and no arming runs", state="the gate gets another epoch each time that it is read",
         command="the audit runs again", better="the verdict is exact")


@tries("lib/audit/check_readings.cpp", FOLLOW_STORES, state="Redis, the broker and the database, each stopped",
       command="the server is started, as `stores` says",
       better="the audit with all histories is exact")
@tries("lib/audit/check_gate.cpp", UNREAD, state="Redis or the database is stopped", command="the server is started", better="exact")
@tries("lib/audit/check_order.cpp", UNREAD, state="the database is stopped", command="the server is started", better="exact")
@tries("lib/audit/check_origins.cpp", UNREAD, state="Redis is stopped", command="the server is started", better="exact")
@tries("lib/audit/check_promises.cpp", UNREAD, state="the database is stopped", command="the server is started", better="exact")
@tries("lib/audit/check_records.cpp", UNREAD, state="the broker or the database is stopped", command="the server is started", better="exact")
@tries("lib/audit/check_topic.cpp", UNREAD, state="the broker is stopped", command="the server is started", better="exact")
@tries("lib/audit/check_totals.cpp", UNREAD, state="Redis is stopped", command="the server is started", better="exact")
def away(item, sandbox):
    event = AuditedEvent(item, sandbox, "away", users=(1, 2))
    sees = {"redis": ("gate memory", "I6", "I7"), "kafka": ("topic", "I9"), "mariadb": ("I4", "I5", "I8", "I9", "gate memory")}
    for server, checks in sees.items():
        sandbox.stop(server)
        said = event.audited_with_histories(5, (FOLLOW_STORES, UNREAD), "--timeout", "1s", "--json")
        of_unread = {one["id"] for one in said.json()["checks"] if any(finding["hint"] == UNREAD for finding in one["findings"])}
        item.check(of_unread >= set(checks), f"{server} stopped: only {sorted(of_unread)} have the hint")
        sandbox.start(server)
        if server == "redis":
            event.work_until_armed()
        event.is_exact()


@tries("lib/audit/check_gate.cpp", LOST_GATE, state="both keys of the gate are deleted", command="coupon-consume",
       better="the gate is made again, and the audit exact")
def gate_lost(item, sandbox):
    event = AuditedEvent(item, sandbox, "lost-gate", users=(1, 2))
    event.redis_says("DEL", gate_key(event.name), outbox_key(event.name))
    event.audited_with_histories(5, LOST_GATE)
    event.work_until_armed()
    event.is_exact()


@tries("lib/audit/check_gate.cpp", ARM, state="Redis was restarted", command="coupon-consume", better="the gate is armed, and the audit exact")
@tries("lib/audit/check_origins.cpp", ARM, state="Redis was restarted", command="coupon-consume", better="the gate is armed, and the audit exact")
@tries("lib/audit/check_readings.cpp", ARM, state="the ledger knows of a later epoch than the gate", command="coupon-consume",
       better="the gate is armed, and the audit exact")
@tries("lib/audit/check_totals.cpp", WAIT_AT_REST, state="a user was told sold_out, the coupons are not issued yet, and Redis was restarted",
       command="coupon-consume, then coupon-audit", better="exact")
def not_armed(item, sandbox):
    event = AuditedEvent(item, sandbox, "restarted", users=(1, 2), limit=2, drained=False)
    event.apply(3, code=10)
    event.restart_redis()
    said = event.audited_with_histories(5, (ARM, WAIT_AT_REST), "--json")
    of_arm = {one["id"] for one in said.json()["checks"] if any(finding["hint"] == ARM for finding in one["findings"])}
    item.equal(of_arm, {"gate memory", "I6"}, "checks that wait for the arming")
    event.drain()
    event.is_exact()
    event.ledger.query(f"UPDATE coupon_round SET epoch = epoch + 1 WHERE event = '{event.name}'")
    event.audited_with_histories(5, ARM)
    event.work_until(lambda: event.epoch() > 2 and event.is_armed(), "the gate is not armed again")
    event.is_exact()


@tries("lib/audit/check_readings.cpp", READ_LOG, state="records that no worker reads", command="coupon-consume", better="exact")
@tries("lib/audit/checking.cpp", LEAVE_RUNNING, state="the same", command="coupon-consume runs, and coupon-audit --wait 20s", better="exact")
def waiting(item, sandbox):
    event = AuditedEvent(item, sandbox, "waiting", users=(1, 2), drained=False)
    event.audited_with_histories(5, (READ_LOG, LEAVE_RUNNING))
    with event.worker():
        event.audited_with_histories(0, (), wait="20s")
