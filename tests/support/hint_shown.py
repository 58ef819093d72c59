"""What a trial of hints asks of a program's words."""

from hint_table import told


def shown(event, outcome, code, *texts):
    """The program ended with this code and told these hints."""
    event.item.equal(outcome.code, code, f"exit ({outcome.brief()})")
    for text in texts:
        told(event.item, text, outcome, outcome.command)


def works(event, program, *words, code=0, settings=None):
    """The program ends with this code now. Its outcome."""
    outcome = event.run(program, *words, settings=settings)
    event.item.equal(outcome.code, code, f"afterwards: exit ({outcome.brief()})")
    return outcome


def issue(event):
    """A worker gives every claim its coupon."""
    works(event, "coupon-consume", "--until-drained", "-q")
