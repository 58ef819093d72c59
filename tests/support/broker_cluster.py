"""Three Kafka brokers of one cluster, each a controller as well, run with the jars of a sandbox that is up."""

import base64
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager

from waiting import Failure, wait_until

_JAVA = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
_COUNT = 3

_PROPERTIES = """\
process.roles=broker,controller
node.id={id}
controller.quorum.voters={voters}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners=PLAINTEXT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{client}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=data
auto.create.topics.enable=false
default.replication.factor={count}
min.insync.replicas=2
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=2097152
num.network.threads=1
num.io.threads=2
offsets.topic.num.partitions=1
offsets.topic.replication.factor={count}
transaction.state.log.replication.factor={count}
"""


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class BrokerCluster:
    """Use it with `with`."""

    def __init__(self, sandbox, folder):
        self._libs = sandbox.folder / "kafka" / "libs"
        self._folder = folder
        self._processes = {}
        ports = _free_ports(2 * _COUNT)
        self._clients, self._controllers = ports[:_COUNT], ports[_COUNT:]

    @property
    def brokers(self):
        return ",".join(f"127.0.0.1:{port}" for port in self._clients)

    def _java(self, *words):
        home = os.environ.get("JAVA_HOME")
        return [f"{home}/bin/java" if home else "java", *_JAVA, "-cp", f"{self._libs}/*", *words]

    def __enter__(self):
        cluster_id = base64.b64encode(os.urandom(16)).decode()[:22].translate(str.maketrans("+/", "ab"))
        voters = ",".join(f"{number}@127.0.0.1:{port}" for number, port in enumerate(self._controllers, 1))
        shutil.rmtree(self._folder, ignore_errors=True)
        try:
            for number in range(1, _COUNT + 1):
                self._format(number, voters, cluster_id)
                self._launch(number)
            wait_until(self._are_all_there, 90, "the three brokers do not come up")
        except BaseException:
            self.__exit__()
            raise
        return self

    @property
    def first(self):
        """The address of the first one alone."""
        return f"127.0.0.1:{self._clients[0]}"

    def start(self, number):
        self._launch(number)
        wait_until(self._are_all_there, 60, f"broker {number} does not come back")

    @contextmanager
    def without(self, number):
        """The broker is down until the block ends, or until it is started within."""
        self._processes[number].terminate()
        self._processes[number].wait(30)
        wait_until(lambda: not self._is_there(number), 60, f"broker {number} is still known")
        try:
            yield
        finally:
            if self._processes[number].poll() is not None:
                self.start(number)

    def _format(self, number, voters, cluster_id):
        folder = self._folder / str(number)
        folder.mkdir(parents=True)
        (folder / "server.properties").write_text(_PROPERTIES.format(
            id=number, voters=voters, client=self._clients[number - 1], controller=self._controllers[number - 1], count=_COUNT))
        with open(folder / "log", "ab") as log:
            done = subprocess.run(self._java("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", "server.properties"), cwd=folder,
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=120)
            if done.returncode != 0:
                raise Failure(f"broker {number} cannot be formatted: {folder}/log")

    def _launch(self, number):
        folder = self._folder / str(number)
        with open(folder / "log", "ab") as log:
            self._processes[number] = subprocess.Popen(self._java("kafka.Kafka", "server.properties"), cwd=folder, stdin=subprocess.DEVNULL,
                                                       stdout=log, stderr=log, start_new_session=True)

    def _are_all_there(self):
        return all(self._is_there(number) for number in range(1, _COUNT + 1))

    def _is_there(self, number):
        try:
            done = subprocess.run(["kcat", "-b", self.brokers, "-L", "-m", "3"], capture_output=True, text=True, timeout=10,
                                  stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return False
        return f"broker {number} at " in done.stdout

    def __exit__(self, *_):
        for process in self._processes.values():
            process.terminate()
        end = time.monotonic() + 20
        for process in self._processes.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
