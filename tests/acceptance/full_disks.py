"""The part of single_faults where a server's disk is full: its data folder is moved to a small one in memory, which takes an administrator."""

import shutil
import subprocess
from pathlib import Path

from under_load import UnderLoad
from waiting import Failure, wait_until


class SmallDisk:
    """A server whose data folder has `spare_mb` of room left. Use it with `with`; the server runs within the block."""

    def __init__(self, sandbox, name, folder, spare_mb):
        self._sandbox, self._name, self._folder, self._spare_mb = sandbox, name, sandbox.folder / folder, spare_mb
        self._filler = self._folder / "filler"

    def __enter__(self):
        self._sandbox.stop(self._name)
        self._aside = self._folder.with_name(self._folder.name + ".aside")
        used_mb = int(subprocess.run(["du", "-sm", self._folder], capture_output=True, text=True, check=True).stdout.split()[0])
        self._folder.rename(self._aside)
        self._folder.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={used_mb + self._spare_mb}m,mode=700", "none", self._folder],
                              capture_output=True, text=True)
        if done.returncode != 0:
            self._put_back()
            raise Failure(f"no small disk can be made here (it takes an administrator): {done.stderr.strip()}")
        try:
            self._copy(self._aside, self._folder)
            self._sandbox.start(self._name)
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(self, kind, *_):
        self.free()
        self._sandbox.stop(self._name)
        if kind is None:
            shutil.rmtree(self._aside)
            self._aside.mkdir()
            self._copy(self._folder, self._aside)
        self._leave()

    @staticmethod
    def _copy(source, target):
        # Kafka's index files are mostly holes.
        subprocess.run(["cp", "-a", "--sparse=always", f"{source}/.", target], check=True, capture_output=True)

    def _leave(self):
        subprocess.run(["umount", self._folder], check=True)
        self._put_back()

    def _put_back(self):
        self._folder.rmdir()
        self._aside.rename(self._folder)
        self._sandbox.start(self._name)

    def fill(self):
        """Not one byte is left."""
        with open(self._filler, "ab", buffering=0) as filler:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while filler.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue

    def free(self):
        self._filler.unlink(missing_ok=True)


def broker_full(item, sandbox):
    """Kafka halts when its folder is full; it is started again once there is room."""
    with SmallDisk(sandbox, "kafka", "kafka/data", spare_mb=64) as disk, UnderLoad(item, sandbox, "Kafka's disk full") as load:
        disk.fill()
        wait_until(lambda: not is_running(sandbox, "kafka"), 20, "Kafka runs on with a full disk")
        item.figure("Kafka with a full disk", "halts")
        load.hold(0.1)
        disk.free()
        sandbox.start("kafka")


def is_running(sandbox, name):
    """Whether the server's process is still there, and no zombie."""
    pid = (sandbox.folder / f"{name}.pid").read_text().strip()
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return False
