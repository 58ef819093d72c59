"""Every fix of the preflight: the state that it is printed for is made, the fix is done as an operator would, and the line is better."""

import preflight_fixes_gate as gate
import preflight_fixes_ledger as ledger
import preflight_fixes_refused as refused
import preflight_fixes_rights as rights
import preflight_fixes_round as rounds
import preflight_fixes_topic as topic
from hint_table import all_told

TITLE = "every fix of the preflight helps, pasted as it is printed"
SECONDS = 900


def run(item):
    with item.sandbox("--mysql-binlog") as sandbox:
        item.each(all_told(
            gate.gate_settings, gate.gate_writes, gate.gate_replicas, gate.other_servers, gate.another_engine,
            topic.topic_settings, topic.long_event, topic.no_topic_yet, topic.topic_gone, topic.strangers, topic.three_brokers,
            ledger.variables, ledger.read_at_the_start, ledger.on_mysql, ledger.connections_of_the_account, ledger.through_a_proxy,
            ledger.clock, ledger.tables, ledger.missing_tables,
            rounds.rounds, rounds.plans, rounds.gates, rounds.other_gates, rounds.leftovers, rounds.foreign, rounds.outbox,
            rounds.given_up, rights.rights, refused.dangerous_reset, refused.accounts), sandbox)
    item.figure("fixes that helped", item.fixes_tried)
