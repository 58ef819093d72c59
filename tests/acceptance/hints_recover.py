"""The hints of coupon-consume --recover: each state is made, its hint is followed, and the next recovery has nothing to do."""

from hint_table import all_told
from hints_recover_person import given_up_gate, not_armed, of_two_users, old_gate, round_given_up, stranger_in_the_group, unread, without_a_gate
from hints_recover_plan import claim_forgotten, contested, failed_and_not_armed, not_granted, slot_taken, to_be_kept

TITLE = "the hints of a recovery help"
SECONDS = 400


def run(item):
    with item.sandbox() as sandbox:
        item.each(all_told(of_two_users, stranger_in_the_group, round_given_up, old_gate, not_armed, unread, without_a_gate, given_up_gate,
                           to_be_kept, slot_taken, failed_and_not_armed, not_granted, claim_forgotten, contested), sandbox)
