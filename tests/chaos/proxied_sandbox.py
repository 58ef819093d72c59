"""A sandbox whose servers the programs reach through a fault proxy each. Whoever judges goes straight to the servers."""

import subprocess
from contextlib import ExitStack

from fault_proxy import FaultProxy
from plan import SERVERS
from sandbox import Sandbox
from waiting import Failure


class ProxiedSandbox(Sandbox):
    """`lines` are the proxies, by the name of the server behind."""

    def __init__(self, checkout, folder, proxy_program, seed, keep):
        super().__init__(checkout, folder, ("--kafka-proxied",), keep)
        self._program, self._seed = proxy_program, seed
        self.lines = {}

    def __enter__(self):
        super().__enter__()
        self._proxies = ExitStack()
        for name in SERVERS:
            behind, front = ("kafka_behind", self.port("kafka_front")) if name == "kafka" else (name, 0)
            self.lines[name] = self._proxies.enter_context(
                FaultProxy(self._program, self.port(behind), self.folder / f"{name}-proxy.log", front, self._seed))
        port = {name: line.port for name, line in self.lines.items()}
        self.environment |= {"COUPON_REDIS": f"redis://127.0.0.1:{port['redis']}/0", "COUPON_BROKERS": f"127.0.0.1:{port['kafka']}",
                             "COUPON_MYSQL": f"mysql://coupon@127.0.0.1:{port['mariadb']}/coupon"}
        return self

    def __exit__(self, *error):
        self._proxies.close()
        super().__exit__(*error)

    def cut_log_of_redis(self, size):
        """Takes so many bytes off the end of what a stopped Redis will read when it starts; returns how many there were to take.

        Where that cuts a script's MULTI in two, redis-server 7.0 keeps the half and runs it together with the next script when it starts
        once more: the gate then holds a claim it never counted, and stays shut. So the log is mended first, as its manual says.
        """
        last = max((self.folder / "redis" / "appendonlydir").glob("*.incr.aof"), key=lambda path: path.stat().st_mtime_ns)
        have = last.stat().st_size
        with open(last, "r+b") as log:
            log.truncate(max(0, have - size))
        done = subprocess.run(["redis-check-aof", "--fix", str(last)], input="y\n", capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise Failure(f"redis-check-aof cannot repair {last}: {(done.stdout + done.stderr).strip()[-200:]}")
        return min(have, size)
