"""The cells of the matrix: every failpoint x what happens there x which winner it happens to."""

from dataclasses import dataclass

LIMIT = 10
ACTIONS = ("kill", "stop", "error")
WINNERS = {"first": 1, "middle": LIMIT // 2, "last": LIMIT}

# In the order of all_failpoints() in lib/failpoints, each with the scene that plays it.
SCENE_OF = {
    **dict.fromkeys(("after-claim", "after-enqueue", "after-delivery", "after-confirm"), "applying"),
    **dict.fromkeys(("before-commit", "after-commit", "after-offset-commit"), "issuing"),
    "on-revoke": "revoking",
    **dict.fromkeys(("arming-begin", "arming-end-offsets", "arming-store-epoch", "arming-read", "arming-restore", "arming-arm"), "arming"),
    **dict.fromkeys(("reset-close-ledger", "reset-close-gate", "reset-settle"), "resetting"),
    **dict.fromkeys(("reset-abandon", "reset-give-up", "reset-list-claims"), "forcing"),
    **dict.fromkeys(("reset-insert-round", "reset-purge", "reset-create-gate", "reset-open-ledger", "reset-open-gate"), "resetting"),
}


@dataclass(frozen=True)
class Cell:
    """One failpoint, what happens there, and to which winner."""
    failpoint: str
    action: str
    winner: str

    @property
    def name(self):
        return f"{self.failpoint}-{self.action}-{self.winner}"

    @property
    def scene(self):
        return SCENE_OF[self.failpoint]

    @property
    def position(self):
        """How many winners there are when it happens, this one included."""
        return WINNERS[self.winner]

    @property
    def order(self):
        """For COUPON_FAILPOINTS. A place that every winner comes past is counted there; the others are passed once, and the scene waits for
        the winner before it starts the program."""
        by_winner = self.scene in ("applying", "issuing")
        return f"{self.failpoint}={self.action}@{self.position if by_winner else 1}"


def all_cells(failpoints):
    return [Cell(failpoint, action, winner) for failpoint in failpoints for action in ACTIONS for winner in WINNERS]


def one_each(failpoints):
    """One cell per failpoint; every action and every winner comes in turn."""
    turns = [(action, winner) for winner in WINNERS for action in ACTIONS]
    numbers = {failpoint: number for number, failpoint in enumerate(SCENE_OF)}
    return [Cell(failpoint, *turns[numbers[failpoint] % len(turns)]) for failpoint in failpoints]
