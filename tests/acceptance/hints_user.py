"""The next step that coupon-audit --user tells: each ending of a story is made, the step is taken, and the story ends well."""

from hint_table import all_told
from hints_user_open import apply_now, closed, first_round, later, not_armed, old_gate, opens_later, over, purged, sold_out, unknown
from hints_user_promised import dismissed, failed, lagging, lost_everywhere, on_the_way, older_round, rebuilt, row_deleted, void

TITLE = "the next step of a user's story helps"
SECONDS = 400


def run(item):
    with item.sandbox() as sandbox:
        item.each(all_told(apply_now, first_round, opens_later, closed, over, sold_out, unknown, later, purged, not_armed, old_gate, on_the_way, row_deleted,
                           failed, dismissed, void, rebuilt, lost_everywhere, older_round, lagging), sandbox)
