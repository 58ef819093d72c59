"""The signature of a record, as lib/README.md, "Topic record", describes it. Nothing of the suite is used."""

import hashlib
import hmac


def mac_of(key, event, round_number, epoch, slot, user, granted_at):
    """The header `mac` under a round's key, which is 32 hexadecimal digits."""
    text = "".join(f"{part}\n" for part in (event, round_number, epoch, slot, user, granted_at))
    return hmac.new(bytes.fromhex(key), text.encode(), hashlib.sha256).hexdigest()[:32]


def is_signed(record, key):
    """Whether the holder of the key signed the record as it stands."""
    values = [record.header(name) for name in ("event", "round", "epoch", "slot")]
    if None in values or record.header("granted_at") is None:
        return False
    return record.header("mac") == mac_of(key, *values, record.user, record.header("granted_at"))
