"""Programs started as a careless parent leaves them: descriptors, signals, limits, environment, working folder."""

import fcntl
import os
import resource
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from programs import Outcome
from waiting import Failure

GARBAGE = "not a configuration file\n"


@dataclass
class Inherited:
    """What a program finds at its start. `prepare` runs in the child before the program, with the folder of the run."""
    prepare: object = lambda folder: None
    environment: dict = field(default_factory=dict)
    without: tuple = ()  # variables
    hears: tuple = (1, 2)  # streams that reach us


def _close(*numbers):
    return lambda folder: [os.close(number) for number in numbers]


def _stray_descriptors(folder):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    for _ in range(1500):  # beyond what select() can tell of
        os.set_inheritable(os.open("/dev/null", os.O_RDONLY), True)


def _limit(kind, soft):
    return lambda folder: resource.setrlimit(kind, (soft, resource.getrlimit(kind)[1]))


def _signals(action, hold):
    def prepare(folder):
        numbers = set(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGHUP}
        for number in numbers if action is signal.SIG_IGN else ():
            signal.signal(number, signal.SIG_IGN)
        if hold:
            signal.pthread_sigmask(signal.SIG_SETMASK, numbers)
    return prepare


def _deleted_folder(folder):
    gone = folder / "gone"
    gone.mkdir(exist_ok=True)
    os.chdir(gone)
    gone.rmdir()


def _not_blocking(folder):
    for number in (0, 1, 2):
        fcntl.fcntl(number, fcntl.F_SETFL, fcntl.fcntl(number, fcntl.F_GETFL) | os.O_NONBLOCK)


def _full_stderr(folder):
    reader, end = os.pipe()
    os.set_inheritable(reader, True)
    os.set_blocking(end, False)
    try:
        while True:
            os.write(end, b"." * 4096)
    except BlockingIOError:
        os.set_blocking(end, True)
    os.dup2(end, 2)


def states(folder):
    """Every state by its name. Files that variables name lie in the folder."""
    garbage = folder / "garbage.cnf"
    garbage.write_text(GARBAGE)
    nonsense = str(garbage)
    return {
        "nothing unusual": Inherited(),
        "stdin closed": Inherited(_close(0)),
        "stderr closed": Inherited(_close(2), hears=(1,)),
        "stdin, stdout and stderr closed": Inherited(_close(0, 1, 2), hears=()),
        "1,500 stray descriptors": Inherited(_stray_descriptors),
        "20 descriptors allowed": Inherited(_limit(resource.RLIMIT_NOFILE, 20)),
        "a stack of 64 KiB": Inherited(_limit(resource.RLIMIT_STACK, 65536)),
        "an endless stack": Inherited(_limit(resource.RLIMIT_STACK, resource.RLIM_INFINITY)),
        "every signal held back": Inherited(_signals(signal.SIG_DFL, True)),
        "every signal ignored": Inherited(_signals(signal.SIG_IGN, False)),
        "every signal held back and ignored": Inherited(_signals(signal.SIG_IGN, True)),
        "variables of MySQL and MariaDB": Inherited(environment={
            "MYSQL_PWD": "wrong", "MYSQL_UNIX_PORT": "/nonexistent", "MYSQL_TCP_PORT": "1", "MYSQL_HOME": str(folder), "MARIADB_HOME": str(folder),
            "MARIADB_PLUGIN_DIR": "/nonexistent", "LIBMYSQL_PLUGINS": "dialog;nonsense", "LIBMYSQL_PLUGIN_DIR": "/nonexistent"}),
        "variables of OpenSSL, Kerberos and SASL": Inherited(environment={
            "OPENSSL_CONF": nonsense, "OPENSSL_MODULES": "/nonexistent", "OPENSSL_ENGINES": "/nonexistent", "KRB5_CONFIG": nonsense,
            "KRB5CCNAME": nonsense, "SASL_PATH": "/nonexistent", "SASL_CONF_PATH": "/nonexistent"}),
        "another language, place and terminal": Inherited(environment={
            "LANG": "tr_TR.UTF-8", "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "ko", "TZ": "Asia/Seoul", "NO_COLOR": "1", "TERM": "nonsense",
            "COLUMNS": "3", "TMPDIR": "/nonexistent", "HOSTALIASES": nonsense}),
        "malloc's checks": Inherited(environment={"MALLOC_CHECK_": "3", "MALLOC_PERTURB_": "165", "MALLOC_ARENA_MAX": "1",
                                                  "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}),
        "no HOME and no PATH": Inherited(without=("HOME", "PATH", "USER", "LOGNAME")),
        "a working folder that was deleted": Inherited(_deleted_folder),
        "a umask of 0777": Inherited(lambda folder: os.umask(0o777)),
        "streams that do not block": Inherited(_not_blocking),
        "a stderr that is not read": Inherited(_full_stderr, hears=(1,)),
        "core files allowed": Inherited(_limit(resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE)[1])),
    }


class InheritedProcess:
    """A program that was started in such a state, its streams being pipes. Killed when the `with` block ends before it."""

    def __init__(self, state, words, environment, folder, stdin=b""):
        self.command = " ".join(Path(word).name if i == 0 else word for i, word in enumerate(words))
        folder.mkdir(exist_ok=True)
        kept = {name: value for name, value in environment.items() if name not in state.without} | state.environment
        self._started = time.monotonic()
        self.process = subprocess.Popen(words, env=kept, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, close_fds=False,
                                        preexec_fn=lambda: state.prepare(folder))
        self._input = stdin

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=30)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    def signal(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self, seconds):
        try:
            out, err = self.process.communicate(self._input, timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failure(f"{self.command} did not end within {seconds} s") from None
        code = self.process.returncode
        return Outcome(self.command, code if code >= 0 else 128 - code, out.decode(errors="replace"), err.decode(errors="replace"),
                       time.monotonic() - self._started)
