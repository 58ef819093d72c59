"""What is kept of a campaign that was not exact, so that it can be looked into when its servers are gone."""

import json

from waiting import Failure

_TABLES = ("coupon_round", "coupon_fence", "coupon_purge", "coupon_position", "coupon", "failed_event", "abandoned_claim", "void_claim")


def keep(event, folder):
    """Writes gate, topic and ledger as they are now, each as far as it can be read."""
    for name, read in (("gate", _gate), ("topic", _topic), ("ledger", _ledger)):
        try:
            found = read(event)
        except (Failure, OSError) as failure:
            found = f"cannot be read: {failure}"
        text = json.dumps(found, indent=1, default=str) + "\n"
        for key in _keys(event):
            text = text.replace(key, "(the round's key)")
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


def _keys(event):
    """The keys of the event's rounds, wherever they can be read: whoever has one can sign coupons."""
    keys = set()
    for read in (lambda: [event.gate().fields.get("key", "")],
                 lambda: [key for (key,) in event.ledger.query(f"SELECT round_key FROM coupon_round WHERE event = '{event.name}'")]):
        try:
            keys.update(read())
        except (Failure, OSError, AttributeError):
            continue
    return keys - {""}


def _gate(event):
    return vars(event.gate() or object)


def _topic(event):
    topic = event.records()
    records = [{"partition": record.partition, "offset": record.offset, "user": record.user, "headers": dict(record.headers)} for record in topic.records]
    return {"records": records, "ends": topic.ends, "committed": topic.committed}


def _ledger(event):
    columns = {"failed_event": "source_partition, source_offset, event, round, user_id, reason, attempts, failed_at, resolved_at"}
    return {table: event.ledger.query(f"SELECT {columns.get(table, '*')} FROM {table} WHERE event = '{event.name}'") for table in _TABLES}
