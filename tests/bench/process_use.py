"""What a running process uses, by its files under /proc (see proc(5))."""

import os
from pathlib import Path


def cpu_seconds(pid):
    """Of all its threads, in user and kernel mode, since its start."""
    # utime and stime are the 14th and 15th field; the second, the name in brackets, may hold blanks.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    """The most memory that it ever held."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024
