"""The hints of an audit: each state is made, the audit names it, its hint is followed, and the next audit is content."""

from hint_table import all_told
from hints_audit_gate import gates, order, two_records
from hints_audit_histories import given_twice, killed_or_running, missing
from hints_audit_rows import fenced_or_given_up, keys, moved, of_another_round, rows_and_claims, told_no
from hints_audit_rounds import empty, gate_of_another_round, opening, purged, unknown_round
from hints_audit_stores import away, gate_lost, not_armed, waiting
from hints_audit_topic import committed_above_the_end, deleted_unread, made_again
from hints_audit_totals import expected, failed, given_up, lagging, refused, rows_deleted, void

TITLE = "the hints of an audit help"
SECONDS = 600


def run(item):
    with item.sandbox("--mysql-binlog") as sandbox:
        item.each(all_told(gates, order, two_records, rows_and_claims, moved, told_no, fenced_or_given_up, of_another_round, keys, missing,
                           killed_or_running, given_twice, empty, unknown_round, opening, gate_of_another_round, purged, away, gate_lost, not_armed,
                           waiting, deleted_unread, committed_above_the_end, made_again, refused, expected, given_up, failed, rows_deleted, lagging,
                           void), sandbox)
