"""A program that reads its users from stdin, line by line, while it is watched."""

import subprocess
from contextlib import contextmanager

from waiting import wait_until


class Talk:
    """Says a line, and hears what the program says then."""

    def __init__(self, process):
        self._process = process

    def says(self, line, answer, seconds=20):
        """All that it said, once the answer begins one of its lines."""
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()
        wait_until(lambda: ("\n" + self._process.out_so_far()).find("\n" + answer) >= 0, seconds, f"no answer {answer!r}: {self._process.err_so_far()[-300:]}")
        return self._process.out_so_far() + self._process.err_so_far()


@contextmanager
def talking_to(event, program, *words, **more):
    """The program, for as long as the block runs; then its input ends, and it must end as well."""
    with event.start(program, *words, stdin=subprocess.PIPE, **more) as process:
        yield Talk(process)
        process.stdin.close()
        process.wait(30)
