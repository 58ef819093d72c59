"""Every hint about the gate: the state that it is given for is made, its command is run, and the state is better."""

import hints_gate_doors as doors
import hints_gate_names as names
import hints_gate_states as states
import hints_gate_words as words
from hint_table import all_told, tried_by

TITLE = "every hint about the gate helps"
SECONDS = 400


tried_by("tests/failpoints/failpoint_set_test.cpp", "after a name of no failpoint the suggested name is accepted, and so is each that --version names",
         "lib/failpoints/failpoint_set.cpp", "did you mean …?", "--version lists them", state="COUPON_FAILPOINTS with a name of no failpoint",
         command="the suggested name; a name that --version names", better="the order is accepted")


def run(item):
    with item.sandbox() as sandbox:
        item.each(all_told(words.histories, words.without_proc, words.options, words.no_failpoints, words.interrupted, words.changed_replies,
                           states.missing_or_not_armed, states.contradictions, states.went_back, states.other_ledgers, states.lost_arming,
                           names.options, names.events, names.topics, names.leaders, names.moves, names.rights, names.renamed, states.rearmed, doors.closes, doors.reply_lost, doors.windows, doors.lost_round, doors.no_round, doors.rebuilt,
                           doors.raced, doors.moved), sandbox)
