"""Files that other systems wrote: lists of users, config files, password files, option files and histories."""

from event import Event

TITLE = "files from other systems"
SECONDS = 240
BOM = b"\xef\xbb\xbf"
BAD_LINES = 300_000


def _apply(event, name, content):
    path = event.item.folder / f"{name}.txt"
    path.write_bytes(content)
    with open(path, "rb") as stdin:
        return event.run("coupon-apply", "--stdin", stdin=stdin)


def lists(item, sandbox):
    """Each list names three users, however it is written."""
    event = Event(item, sandbox, "lists")
    event.reset("--limit", 1000)
    first = 1
    for name, form in (("crlf", b"%d\r\n%d\r\n%d\r\n"), ("mark", BOM + b"%d\n%d\n%d\n"), ("mark-crlf-no-end", BOM + b"%d\r\n%d\r\n%d"),
                       ("blank-lines", b"\n%d\n\n  \r\n%d\n%d\n\n\n")):
        outcome = _apply(event, name, form % (first, first + 1, first + 2))
        item.equal(outcome.code, 0, f"a list with {name}: exit ({outcome.brief()})")
        item.equal(outcome.err.strip(), "", f"a list with {name}: stderr")
        item.check({first, first + 1, first + 2} <= set(event.gate().claims), f"a list with {name}: users who were not claimed for")
        first += 3
    before = event.gate()
    for name, content in (("utf-16-le", "\ufeff91\r\n92\r\n".encode("utf-16-le")), ("utf-16-be", "\ufeff91\n92\n".encode("utf-16-be")),
                          ("utf-16 without mark", "91\n92\n".encode("utf-16-le"))):
        outcome = _apply(event, name, content)
        item.equal(outcome.code, 2, f"a list in {name}: exit ({outcome.brief()})")
        item.check("it is UTF-16; convert it with iconv" in outcome.err, f"a list in {name} is not named: {outcome.err[:200]}")
    for name, content in (("empty", b""), ("blank", b"\n\r\n  \n"), ("mark alone", BOM)):
        outcome = _apply(event, name, content)
        item.equal(outcome.code, 5, f"a list that is {name}: exit ({outcome.brief()})")
        item.check("stdin held no user id" in outcome.err, f"a list that is {name}: stderr says {outcome.err[:200]!r}")
    outcome = _apply(event, "bad", b"nobody@example.org\n" * BAD_LINES)
    item.equal(outcome.code, 1, f"a list of bad lines: exit ({outcome.brief()})")
    item.equal(len(outcome.err.splitlines()), 11, "lines on stderr about bad lines")
    item.check(f"and {BAD_LINES - 10} more invalid lines" in outcome.err, f"the other bad lines are not counted: {outcome.err[-200:]}")
    after = event.gate()
    item.equal((after.fields, after.claims), (before.fields, before.claims), "the gate after lists without users")
    item.figure("bad lines, told in 11", BAD_LINES)


def settings(item, sandbox):
    """What is read before a server is asked."""
    event = Event(item, sandbox, "settings")
    event.reset("--limit", 10)
    config = item.folder / "coupon.conf"
    for name, content, code in (("mark and CR LF", BOM + b"[coupon-apply]\r\ntimeout = 9s\r\n", 0), ("UTF-16", "timeout = 9s\n".encode("utf-16"), 2)):
        config.write_bytes(content)
        config.chmod(0o600)
        outcome = event.run("coupon-apply", "--config", config, 7 if code == 0 else 8)
        item.equal(outcome.code, code, f"a config file with {name}: exit ({outcome.brief()})")
        item.check(code == 0 or "UTF-16" in outcome.err, f"a config file with {name} is not named: {outcome.err[:200]}")
    secret = item.folder / "secret"
    for name, content, code in (("mark", BOM + b"wrong\r\n", 4), ("UTF-16", "wrong\n".encode("utf-16"), 2)):
        secret.write_bytes(content)
        secret.chmod(0o600)
        outcome = event.run("coupon-audit", "--mysql-password-file", secret)
        item.equal(outcome.code, code, f"a password file with {name}: exit ({outcome.brief()})")
        item.check(code != 2 or "UTF-16" in outcome.err, f"a password file with {name} is not named: {outcome.err[:200]}")


def histories(item, sandbox):
    """A history that was converted is not judged as if it said nothing: the audit names what was done to it."""
    event = Event(item, sandbox, "histories")
    event.reset("--limit", 3)
    history = event.history("crowd")
    with event.worker():
        event.run("coupon-apply", 1, 2, 3, "--history", history)
        event.wait_rows(3)
    event.must_be_exact("the history as it is", 3, [history], expected=3)
    plain = history.read_bytes()
    for name, content, named in (("crlf", plain.replace(b"\n", b"\r\n"), "ends with CR LF"), ("mark", BOM + plain, "begins with a byte order mark"),
                                 ("utf-16", plain.decode().encode("utf-16"), "is UTF-16")):
        copy = item.folder / f"copy-{name}.jsonl"
        copy.write_bytes(content)
        outcome = event.run("coupon-audit", "--history", copy)
        item.equal(outcome.code, 5, f"a history with {name}: exit ({outcome.brief()})")
        item.check(named in outcome.out + outcome.err, f"a history with {name} is not named: {(outcome.out + outcome.err)[:400]}")


def run(item):
    with item.sandbox() as sandbox:
        item.each((lists, settings, histories), sandbox)
