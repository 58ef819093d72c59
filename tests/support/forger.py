"""Records that a producer without the round's key puts on the topic. None of them may become a coupon, or keep anybody from one."""

import struct

from signature import mac_of
from topic_store import produce


def forge(brokers, event, user, slot, mac=None, epoch=1):
    """One record of the event's round for that user and slot, with this signature or none."""
    headers = [("event", event.name), ("round", event.round()), ("epoch", epoch), ("slot", slot), ("granted_at", 1), ("v", 1)]
    headers += [("mac", mac)] if mac else []
    produce(brokers, event.topic, key=str(user), value=struct.pack(">q", user), headers=[(name, str(text)) for name, text in headers])


def forge_each(brokers, event, first_user, first_slot, epoch=1):
    """One of each kind, for these slots: unsigned, signed with a key of nobody's, and an honest signature on another slot. How many."""
    forge(brokers, event, first_user, first_slot, epoch=epoch)
    own = mac_of("00" * 16, event.name, event.round(), epoch, first_slot + 1, first_user + 1, 1)
    forge(brokers, event, first_user + 1, first_slot + 1, own, epoch)
    honest = next((record for record in event.records().records if dict(record.headers).get("mac")), None)
    if honest is None:
        return 2
    key = honest.key.decode() if isinstance(honest.key, bytes) else honest.key
    headers = [(name, str(first_slot + 2) if name == "slot" else text) for name, text in dict(honest.headers).items()]
    produce(brokers, event.topic, key=key, value=honest.value, headers=headers)
    return 3
