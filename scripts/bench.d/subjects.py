"""The suite at work, each on an event of its own. Each returns how many per second."""

import json

from command import Failure, run

CONCURRENCY, CONNECTIONS = 256, 50


def _options(event):
    return ["--event", event, "--topic", event.replace("-", "_"), "--group", event]


def _flood(event, requests, first_user, answer):
    out, _ = run("coupon-flood", *_options(event)[:4], "--requests", requests, "--first-user", first_user, "--concurrency", CONCURRENCY,
                 "--connections", CONNECTIONS, "--timeout", "30s", "--json", seconds=180)
    report = json.loads(out)
    if report["counts"][answer] != requests:
        raise Failure(f"the flood on {event} was to be told {answer} {requests} times, got {report['counts']}")
    return report["per_second"]


def open_round(event, limit):
    run("coupon-reset", *_options(event), "--limit", limit, "--yes", "-q")


def sold_out(event, requests):
    open_round(event, 1)
    _flood(event, 1, 1, "granted")
    return _flood(event, requests, 2, "sold_out")


def winners(event, requests):
    """Leaves their records on the topic, for issued_rows."""
    open_round(event, requests)
    return _flood(event, requests, 1, "granted")


def issued_rows(event, rows, batch):
    """From the start of a worker to its end, once everything has its row."""
    out, seconds = run("coupon-consume", *_options(event), "--until-drained", "--batch", batch, "--json", seconds=180)
    issued = json.loads(out)["issued"]
    if issued != rows:
        raise Failure(f"the worker was to issue {rows} rows on {event}, issued {issued}")
    return rows / seconds
