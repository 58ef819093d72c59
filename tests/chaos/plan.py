"""What one campaign does, drawn from its seed before anything starts. Pure: the same seed gives the same plan."""

import random
from dataclasses import dataclass, field

from fault import FIRST_S, LAST_S, Fault
from outsiders_plan import draw_outsiders

SERVERS = ("redis", "kafka", "mariadb")
FORGETTING = ("cut the log of", "empty")  # the faults of Redis that cost it claims
SESSION_S = 6       # a worker that is silent for longer has lost its partitions


@dataclass(frozen=True)
class Flood:
    """One coupon-flood, started so many seconds after the campaign."""
    at: float
    words: tuple


@dataclass
class Plan:
    seed: int
    limit: int
    floods: list = field(default_factory=list)
    workers: list = field(default_factory=list)   # options of each
    faults: list = field(default_factory=list)
    late: int = 0                                 # users who apply when all is healed, beside those who were left in doubt

    def lines(self):
        """For people."""
        yield f"limit {self.limit}, {self.late} late users"
        yield from (f"{flood.at:4.1f} s  coupon-flood {' '.join(flood.words)}" for flood in self.floods)
        yield from (f"        coupon-consume {' '.join(words)}" for words in self.workers)
        yield from map(str, self.faults)


def draw(seed):
    """The plan of this seed."""
    chance = random.Random(seed)
    plan = Plan(seed, 0)
    applications = _draw_floods(plan, chance)
    plan.limit = max(5, int(applications * chance.choice((0.03, 0.2, 0.5, 0.7, 0.9, 1.2))))
    plan.late = chance.choice((0, 20, plan.limit + 50)) if plan.limit < 3000 else 20
    for _ in range(2):
        plan.workers.append(("--batch", str(chance.choice((1, 7, 100, 500))), "--linger", chance.choice(("0ms", "20ms", "200ms")),
                             "--redrive-interval", chance.choice(("1s", "2s")), "--redrive-grace", chance.choice(("500ms", "2s")),
                             *(("--max-rate", f"{chance.choice((200, 1000))}/s") if chance.random() < 0.2 and plan.limit < 2000 else ())))
    kinds, weights = zip(*_KINDS)
    for draw_fault in chance.choices(kinds, weights, k=chance.randint(5, 9)):
        plan.faults.append(draw_fault(round(chance.uniform(FIRST_S, LAST_S), 1), chance, plan))
    plan.faults += [_in_the_midst(fault, chance, plan) for fault in plan.faults if _is_slow(fault) and chance.random() < 0.5]
    if chance.random() < 0.5:
        plan.faults.append(_reset(round(chance.uniform(2, LAST_S), 1), chance, plan))
    plan.faults += draw_outsiders(chance, any(fault.kind in FORGETTING for fault in plan.faults))
    plan.faults.sort(key=lambda fault: fault.at)
    return plan


def _draw_floods(plan, chance):
    """One to three floods, so slow that they last as long as the faults come; some share users. How many apply in all."""
    applications = 0
    for number in range(chance.randint(1, 3)):
        rate = chance.choice((100, 300, 600))
        seconds = chance.randint(6, 9)
        applications += rate * seconds
        words = ["--requests", str(rate * seconds), "--rate", f"{rate}/s", "--concurrency", str(chance.choice((8, 32, 200))),
                 "--timeout", chance.choice(("2s", "5s", "10s")), "--seed", str(plan.seed * 10 + number),
                 "--first-user", str(1 + number * chance.choice((0, 500, 100_000)))]
        if chance.random() < 0.4:
            words += ["--repeats", "10%"]
        plan.floods.append(Flood(round(number * chance.uniform(0, 2), 1), tuple(words)))
    return applications


def _seconds(chance, low, high):
    return round(chance.uniform(low, high), 1)


def _program(at, chance, plan):
    kind = chance.choice(("kill", "kill", "pause", "pause past its session", "end"))
    seconds = {"pause": _seconds(chance, 0.5, 4), "pause past its session": _seconds(chance, SESSION_S + 1, SESSION_S + 3)}
    return Fault(at, kind, f"worker {chance.randint(1, 2)}", seconds.get(kind, _seconds(chance, 0.1, 2)))


def _flood(at, chance, plan):
    kind = chance.choice(("kill", "pause"))
    return Fault(at, kind, f"flood {chance.randint(1, len(plan.floods))}", _seconds(chance, 1, 6) if kind == "pause" else 0)


def _server(at, chance, plan):
    return Fault(at, chance.choice(("kill", "restart", "pause")), chance.choice(SERVERS), _seconds(chance, 0.3, 4))


def _redis(at, chance, plan):
    kind = chance.choice(("flush scripts of", "kill clients of", "cut the log of", "cut the log of", "empty"))
    return Fault(at, kind, "redis", words=(chance.choice((30, 300, 3000, 30_000)),) if kind == "cut the log of" else ())


def _line(at, chance, plan):
    """Something between the programs and one of the servers."""
    target = f"line to {chance.choice(SERVERS)}"
    kind = chance.choice(("delay", "blackhole", "refuse", "reset-after", "half-close", "slice", "cut"))
    words = {"delay": (chance.choice((5, 100, 500)), 5), "reset-after": (chance.choice((100, 3000, 50_000)),)}.get(kind, ())
    at_once = kind in ("half-close", "cut")
    return Fault(at, kind, target, 0 if at_once else _seconds(chance, 0.3, 4), words)


def _lost_reply(at, chance, plan):
    """The request is served and its answer is lost. A record is known by one of its headers; logins are left alone."""
    target, request = chance.choice((("redis", "claim"), ("redis", "confirm"), ("redis", "EVALSHA"), ("kafka", "granted_at"),
                                     ("mariadb", "COMMIT"), ("mariadb", "INSERT")))
    return Fault(at, "drop-reply", f"line to {target}", _seconds(chance, 1, 4), (chance.choice((1, 3, 20)), request))


def _stranger(at, chance, plan):
    """A worker at another Redis database, empty or with a copy of the gate, or somebody who puts records on the topic that nobody signed."""
    kind = chance.choice(("run", "run on a copy", "forge"))
    if kind == "forge":
        return Fault(at, kind, "records", words=(plan.seed * 1000 + int(at * 10), chance.randint(1, max(1, plan.limit)), chance.choice((1, 2, 9))))
    return Fault(at, kind, "stray worker", _seconds(chance, 2, 6), (chance.choice((1, 2)),))


def _is_slow(fault):
    """While it lasts, much is on its way that has come half through."""
    of_server = fault.target.split()[-1] in SERVERS and fault.kind in ("delay", "blackhole", "pause", "kill", "restart", "slice")
    return of_server or (fault.target.startswith("flood") and fault.kind == "pause")


def _in_the_midst(slow, chance, plan):
    """What hurts most while another fault holds things up: a worker dies behind a slow ledger, Redis forgets claims before a slow topic,
    or those of a flood that stands still and will go on as if nothing had been."""
    at = round(min(LAST_S, slow.at + slow.seconds * chance.uniform(0.1, 0.6)), 1)
    worker = Fault(at, "kill", f"worker {chance.randint(1, 2)}", _seconds(chance, 0.1, 2))
    forgets = Fault(at, "cut the log of", "redis", words=(chance.choice((300, 3000, 30_000)),))
    flood = Fault(at, "kill", f"flood {chance.randint(1, len(plan.floods))}")
    likely = {"mariadb": (worker, worker, worker, flood), "kafka": (forgets, forgets, worker, flood), "redis": (worker, flood)}
    return chance.choice(likely.get(slow.target.split()[-1], (forgets,)))


def _reset(at, chance, plan):
    how = chance.choice(("plain", "forced", "killed", "switch"))
    words = {"plain": ("--wait", "10s"), "forced": ("--force", "--wait", "1s"), "killed": ("--wait", "5s"), "switch": ("--close",)}
    return Fault(at, {"killed": "kill", "switch": "close and open"}.get(how, "run"), "reset",
                 _seconds(chance, 0.02, 1.5) if how in ("killed", "switch") else 0, words[how])


_KINDS = ((_program, 4), (_flood, 2), (_server, 4), (_redis, 3), (_line, 6), (_lost_reply, 4), (_stranger, 4))
