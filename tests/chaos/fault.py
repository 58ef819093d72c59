"""One fault of a campaign."""

from dataclasses import dataclass

FIRST_S, LAST_S = 0.5, 8.0  # faults begin between these moments


@dataclass(frozen=True)
class Fault:
    """From `at` on, for `seconds` where it lasts, on `target`; `words` is what the kind needs beyond that."""
    at: float
    kind: str
    target: str
    seconds: float = 0
    words: tuple = ()

    def __str__(self):
        lasts = f" for {self.seconds:.1f} s" if self.seconds else ""
        words = f" ({' '.join(map(str, self.words))})" if self.words else ""
        return f"{self.at:4.1f} s  {self.kind} {self.target}{lasts}{words}"
