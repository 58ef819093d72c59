"""The cells of the matrix: every failpoint, in every program that comes past it, x what happens there x which winner it happens to."""

from dataclasses import dataclass

LIMIT = 10
ACTIONS = ("kill", "stop", "error")
WINNERS = {"first": 1, "middle": LIMIT // 2, "last": LIMIT}

_ARMING = ("arming-begin", "arming-end-offsets", "arming-store-epoch", "arming-read", "arming-restore", "arming-arm")

# (failpoint, the scene that plays it); first each failpoint where it belongs, in the order of all_failpoints() in lib/failpoints, then the
# other programs that come past it.
ROWS = (
    *((failpoint, "applying") for failpoint in ("after-claim", "after-enqueue", "after-delivery", "after-confirm")),
    *((failpoint, "issuing") for failpoint in ("before-commit", "after-commit", "after-offset-commit")),
    ("on-revoke", "revoking"),
    *((failpoint, "arming") for failpoint in _ARMING),
    *((failpoint, "closing") for failpoint in ("close-shut-gate", "close-mark-told")),
    *((failpoint, "resetting") for failpoint in ("reset-close-ledger", "reset-close-gate", "reset-settle")),
    *((failpoint, "forcing") for failpoint in ("reset-abandon", "reset-give-up", "reset-list-claims")),
    *((failpoint, "resetting") for failpoint in ("reset-insert-round", "reset-purge", "reset-create-gate", "reset-open-ledger",
                                                 "reset-open-gate")),
    *((failpoint, "redriving") for failpoint in ("after-enqueue", "after-delivery", "after-confirm")),
    *((failpoint, "recovering") for failpoint in ("after-enqueue", "after-delivery", "after-confirm")),
    *((failpoint, "arming_in_reset") for failpoint in _ARMING),
    ("reset-close-ledger", "closing"),
    *((failpoint, "reopening") for failpoint in ("reset-open-ledger", "reset-open-gate")),
)
FAILPOINTS = tuple(dict.fromkeys(failpoint for failpoint, _ in ROWS))


@dataclass(frozen=True)
class Cell:
    """One row, what happens at its failpoint, and to which winner."""
    row: int
    action: str
    winner: str

    @property
    def failpoint(self):
        return ROWS[self.row][0]

    @property
    def scene(self):
        return ROWS[self.row][1]

    @property
    def name(self):
        return f"{self.failpoint}-{self.scene}-{self.action}-{self.winner}"

    @property
    def position(self):
        """How many winners there are when it happens, this one included."""
        return WINNERS[self.winner]

    @property
    def order(self):
        """For COUPON_FAILPOINTS. A place that every winner comes past is counted there; the others are passed once, and the scene waits for
        the winner before it starts the program."""
        by_winner = self.scene in ("applying", "issuing", "redriving", "recovering")
        return f"{self.failpoint}={self.action}@{self.position if by_winner else 1}"


def all_cells(failpoints):
    return [Cell(row, action, winner) for row, (failpoint, _) in enumerate(ROWS) if failpoint in failpoints
            for action in ACTIONS for winner in WINNERS]


def one_each(failpoints):
    """One cell per failpoint, where it belongs; every action and every winner comes in turn."""
    turns = [(action, winner) for winner in WINNERS for action in ACTIONS]
    return [Cell(row, *turns[row % len(turns)]) for row, failpoint in enumerate(FAILPOINTS) if failpoint in failpoints]
