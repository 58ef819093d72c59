"""A fix of the preflight, tried as an operator tries it: the line is read, its command is pasted into a shell, and the preflight looks again."""

import re
import subprocess
from collections import defaultdict

from hint_table import note_fix
from ledger_store import administer
from programs import clean_environment
from waiting import Failure

# Kafka's own scripts of these names call these classes.
KAFKA_SCRIPTS = {"kafka-acls": "org.apache.kafka.tools.AclCommand", "kafka-configs": "kafka.admin.ConfigCommand",
                 "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
                 "kafka-reassign-partitions": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
                 "kafka-topics": "org.apache.kafka.tools.TopicCommand"}
_JAVA = "java -Xmx96m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error"


def _no_line():
    return {"status": "no line", "found": "", "fix": ""}


def command_in(fix, start):
    """The command of a fix that begins with these words, up to where the sentence goes on."""
    found = re.search(re.escape(start) + r".*?(?=; |, and |, or | creates it| makes it|$)", fix)
    if not found:
        raise Failure(f"the fix has no command {start!r}: {fix!r}")
    return found[0]


def config_line_in(fix):
    """The line that a fix wants in a server's configuration."""
    found = re.search(r'the line "([^"]+)"', fix)
    if not found:
        raise Failure(f"the fix has no line of a configuration: {fix!r}")
    return found[1]


class Operator:
    """Reads the preflight of one event, and does what it says. `tried` counts the lines that were better afterwards."""

    def __init__(self, event):
        self.item, self.event, self.sandbox = event.item, event, event.sandbox
        self._scripts = self.item.folder / "kafka-scripts"
        self._write_scripts()

    def _write_scripts(self):
        self._scripts.mkdir(exist_ok=True)
        for name, java_class in KAFKA_SCRIPTS.items():
            path = self._scripts / f"{name}.sh"
            path.write_text(f"#!/bin/sh\nexec {_JAVA} -cp '{self.sandbox.folder}/kafka/libs/*' {java_class} \"$@\"\n")
            path.chmod(0o755)

    def lines(self, *words, settings=None):
        """The lines of a preflight, by name."""
        outcome = self.event.run("coupon-audit", "--preflight", "--json", *words, settings=settings)
        return defaultdict(_no_line, {line["name"]: line for line in outcome.json()["checks"]})

    def _start(self, command):
        environment = clean_environment(self.sandbox.environment)
        environment["PATH"] = f"{self.item.program('')}:{self._scripts}:{environment['PATH']}"
        return subprocess.Popen(["bash", "-c", command], env=environment, cwd=self.item.folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def paste(self, *commands, seconds=60, codes=(0,)):
        """Runs the commands in a shell, side by side, with the addresses of the sandbox and no other setting; each must end with one of `codes`.
        What they said."""
        said = []
        for command, process in [(command, self._start(command)) for command in commands]:
            said.append(process.communicate(timeout=seconds)[0])
            self.item.check(process.returncode in codes and "ERR" not in said[-1],
                            f"pasted, {command!r} ended with {process.returncode}: {said[-1][-300:]}")
        return "\n".join(said)

    def paste_sql(self, statement):
        """As the administrator of the database, in his client."""
        return administer(self.sandbox, statement)

    def tried(self, planted, repair, *words, after="ok", after_words=None, settings=None, after_settings=None, by=None):
        """Each planted line has its status; `repair` is given the lines and does what their fixes say; then each line is `after`. The look
        afterwards is the same as before, unless there are words or settings of its own, or an operator `by` whom it is done: a fix may be to call
        the program otherwise."""
        before = self.lines(*words, settings=settings)
        for name, status in planted.items():
            self.item.equal(before[name]["status"], status, f"{name}, planted ({before[name]['found']})")
        repair({name: before[name]["fix"] for name in planted})
        found = (by or self).lines(*(words if after_words is None else after_words), settings=settings if after_settings is None else after_settings)
        for name in planted:
            line = found[name]
            fixed = self.item.equal(line["status"], after, f"{name} after {before[name]['fix']!r} ({line['found']})")
            if fixed:
                self.item.fixes_tried = getattr(self.item, "fixes_tried", 0) + 1
                note_fix(self.item, before[name]["fix"])
        return before
