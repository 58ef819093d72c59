"""Every hint of a reset: the state that it is given for is made, its command is run, and the state is better."""

import hints_reset_races as races
import hints_reset_refusals as refusals
from hint_table import all_told

TITLE = "every hint of a reset helps"
SECONDS = 400


def run(item):
    with item.sandbox() as sandbox:
        item.each(all_told(refusals.running, refusals.settled_by_a_worker, refusals.settled_by_a_recovery, refusals.settled_by_a_rebuild,
                           refusals.foreign_records, refusals.topics, refusals.other_cluster, refusals.purge, refusals.interrupted,
                           races.changed_gate, races.gate_with_claims, races.another_reset, races.while_it_settles, races.again_and_again,
                           races.one_topic, races.given_up, races.while_it_arms), sandbox)
