"""The names by which the programs call the gate's scripts: EVALSHA takes the SHA1 of the text that lib/gate/scripts.cmake embeds."""

import hashlib


def script_sha(checkout, name):
    """Of a script that writes: claim, confirm, ..."""
    folder = checkout / "lib" / "gate"
    text = b"#!lua\n" + (folder / "prologue.lua").read_bytes() + (folder / f"{name}.lua").read_bytes()
    return hashlib.sha1(text).hexdigest()
