"""Servers and tables that are not what they should be: a lying Redis, wrong cells in the ledger, a MySQL server that asks for the password."""

import time

from ledger_store import administer
from lying_redis import LIES, LyingRedis
from password_thief import PasswordThief, new_key

PASSWORD = "canary-9d17"
READERS = (["coupon-audit", "--wait", "1s"], ["coupon-audit", "--user", "1010"], ["coupon-consume", "--retry-failed"],
           ["coupon-consume", "--until-drained", "--timeout", "3s"], ["coupon-reset", "--dry-run", "--end-running"])


def peak_of(process, seconds):
    """The outcome of a process, and the most memory it held, in MiB."""
    end, peak = time.monotonic() + seconds, 0
    while not process.ended() and time.monotonic() < end:
        peak = max(peak, process.resident_peak_kb())
        time.sleep(0.005)
    return process.wait(5), peak / 1024


def lies(item, event):
    programs = (["coupon-apply", "1"], ["coupon-flood", "--requests", "5"], ["coupon-consume", "--until-drained"], ["coupon-audit", "--wait", "1s"],
                ["coupon-reset", "--yes"])
    worst = 0
    for lie in LIES:
        for program, *words in programs:
            with LyingRedis(lie) as liar:
                settings = {"COUPON_REDIS": f"redis://127.0.0.1:{liar.port}/0"}
                with event.start(program, "--timeout", "3s", *words, settings=settings) as process:
                    outcome, peak = peak_of(process, 30)
                what = f"{program} told {lie}"
                # A reset refuses with 1.
                item.check(outcome.code in ((1, 3) if program == "coupon-reset" else (3, 5)), f"{what}: exit {outcome.code} ({outcome.brief()})")
                item.check(peak < 64, f"{what}: {peak:.0f} MiB of memory, after {liar.sent} bytes")
                worst = max(worst, peak)
    item.figure("lies of Redis, 5 programs each", len(LIES))
    item.figure("most memory of a program that was lied to, MiB", worst)


def cells(item, event):
    """Each column of each table in turn is of another type, holds NULL, or a text of 17 MB: no program takes such a ledger for right."""
    ledger = event.ledger
    administer(event.sandbox, "SET GLOBAL max_allowed_packet = 67108864")
    ledger.query("DROP DATABASE IF EXISTS coupon_cells; CREATE DATABASE coupon_cells")
    columns = ledger.query("SELECT table_name, column_name, data_type FROM information_schema.COLUMNS WHERE table_schema = 'coupon' "
                           "ORDER BY table_name, ordinal_position")
    tables = sorted({table for table, _, _ in columns})
    settings = {"COUPON_MYSQL": event.sandbox.environment["COUPON_MYSQL"].rsplit("/", 1)[0] + "/coupon_cells"}

    def copy(table):
        ledger.query(f"DROP TABLE IF EXISTS coupon_cells.{table}; CREATE TABLE coupon_cells.{table} AS SELECT * FROM coupon.{table}")

    for table in tables:
        copy(table)
    told, runs = set(), 0
    for table, column, kind in columns:
        is_text = kind in ("varchar", "char", "text", "longblob", "blob", "varbinary", "binary")
        wrong = [f"MODIFY {column} DOUBLE" if not is_text else f"MODIFY {column} LONGTEXT", f"MODIFY {column} VARCHAR(300)" if not is_text else None]
        for change in filter(None, wrong):
            ledger.query(f"ALTER TABLE coupon_cells.{table} {change}")
            if is_text:
                ledger.query(f"SET SESSION sql_mode = ''; UPDATE coupon_cells.{table} SET {column} = REPEAT('x', 17000000) LIMIT 1")
            runs += _read(item, event, settings, f"{table}.{column} {change}", told)
            copy(table)
        ledger.query(f"ALTER TABLE coupon_cells.{table} MODIFY {column} {'LONGTEXT' if is_text else 'BIGINT'} NULL; "
                     f"UPDATE coupon_cells.{table} SET {column} = NULL")
        runs += _read(item, event, settings, f"{table}.{column} NULL", told)
        copy(table)
    item.check(len(told) >= 20, f"only {len(told)} wrong columns were told: {sorted(told)}")
    administer(event.sandbox, "SET GLOBAL max_allowed_packet = 16777216")
    item.figure("programs run over wrong cells", runs)


def _read(item, event, settings, what, told):
    for program, *words in READERS:
        outcome = event.run(program, *words, settings=settings)
        item.check(outcome.code in (0, 1, 2, 3, 5), f"{what}: {program} ended with {outcome.code}: {outcome.err[-300:]}")
        said = outcome.out + outcome.err
        if "gave a wrong answer" in said:
            told.add(what.split()[0])
            item.check(outcome.code in ((1, 3) if program == "coupon-reset" else (3, 5)), f"{what}: {program} goes on over a wrong cell: {outcome.brief()}")
    return len(READERS)


def thieves(item, event):
    """A server that asks for the password, on the loopback by an address that need not be this machine."""
    folder = item.folder / "keys"
    folder.mkdir(mode=0o700)
    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    own, other = folder / "thief.key", folder / "server.key"
    new_key(own)
    known = new_key(other)
    elsewhere, runs = "0.0.0.0", 0
    rows = [(plugin, elsewhere, [], own, False) for plugin in ("caching_sha2_password", "sha256_password", "mysql_clear_password", "dialog")]
    rows += [(plugin, "127.0.0.1", [], own, False) for plugin in ("mysql_clear_password", "dialog")]
    rows += [("caching_sha2_password", elsewhere, ["--mysql-server-key", known], own, False),
             ("sha256_password", elsewhere, ["--mysql-server-key", known], own, False),
             # The server whose key it is may know it, as may who listens on this machine: that the thief can read it at all.
             ("caching_sha2_password", elsewhere, ["--mysql-server-key", known], other, True),
             ("sha256_password", elsewhere, ["--mysql-server-key", known], other, True), ("caching_sha2_password", "127.0.0.1", [], own, True)]
    for plugin, host, words, key, is_told in rows:
        for program in ("coupon-consume", "coupon-reset", "coupon-audit"):
            more = {"coupon-reset": ["--yes"], "coupon-audit": ["--wait", "1s"]}.get(program, ["--until-drained"])
            with PasswordThief(plugin, key) as thief:
                settings = {"COUPON_MYSQL": f"mysql://coupon@{host}:{thief.port}/coupon"}
                outcome = event.run(program, "--mysql-password-file", secret, *words, *more, "--timeout", "3s", settings=settings)
            what = f"{program} asked by {plugin} at {host}{' with a key' if words else ''}"
            item.equal(outcome.code, 4, f"{what}: exit ({outcome.brief()})")
            item.check(thief.logins > 0, f"{what}: no client came")
            item.equal(PASSWORD.encode() in thief.passwords, is_told, f"{what}: the password was told")
            item.check(PASSWORD not in outcome.out + outcome.err, f"{what}: the output shows the password")
            runs += 1
    for name, text in (("missing", None), ("empty", ""), ("private", other.read_text())):
        path = folder / f"{name}.pem"
        if text is not None:
            path.write_text(text)
        outcome = event.run("coupon-audit", "--mysql-server-key", path, "--wait", "1s")
        item.equal(outcome.code, 2, f"a server key that is {name}: exit ({outcome.brief()})")
    item.figure("logins at a thief of passwords", runs)
    _warnings(item, event, secret)


def _warnings(item, event, secret):
    """A password that leaves the machine in clear text is told once."""
    redis = {"COUPON_REDIS": f"redis://0.0.0.0:{event.sandbox.port('redis')}/0"}
    outcome = event.run("coupon-apply", "--redis-password-file", secret, "--dry-run", 1, settings=redis)
    item.equal(outcome.err.count("in clear text"), 1, f"warnings of a Redis password: {outcome.err}")
    words = ["-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanisms=PLAIN", "-X", "sasl.username=x", "--kafka-password-file", secret]
    kafka = {"COUPON_BROKERS": "0.0.0.0:1"}
    outcome = event.run("coupon-apply", *words, "--timeout", "1s", "--dry-run", 1, settings=kafka)
    item.equal(outcome.err.count("in clear text"), 1, f"warnings of a Kafka password: {outcome.err}")
    local = event.run("coupon-apply", "--redis-password-file", secret, "--dry-run", 1)
    item.equal(local.err.count("in clear text"), 0, f"warnings of a password that stays on this machine: {local.err}")
    item.figure("warnings of passwords in clear text", 2)
