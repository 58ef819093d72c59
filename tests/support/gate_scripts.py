"""The names by which the programs call the gate's scripts: EVALSHA takes the SHA1 of the text that lib/gate/scripts.cmake embeds."""

import hashlib


READING = {"rights", "summary"}


def script_sha(checkout, name):
    """Of a script: claim, confirm, ..."""
    folder = checkout / "lib" / "gate" / "scripts"
    shebang = b"#!lua flags=no-writes\n" if name in READING else b"#!lua\n"
    text = shebang + (folder / "prologue.lua").read_bytes() + (folder / f"{name}.lua").read_bytes()
    return hashlib.sha1(text).hexdigest()
