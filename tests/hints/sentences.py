"""Advice that stands in a sentence of a program, and not in a hint of its own."""

import re

# Behind a semicolon, a program of the suite by its name: "the gate was lost; a running coupon-consume rebuilds it".
BEHIND = re.compile(r"(?:; |: (?=a running ))(.*\bcoupon-(?:apply|audit|consume|flood|reset)\b.*)", re.S)
# A literal that begins as advice does, and belongs to no hint that was found, is a hint that was overlooked.
LIKE_ADVICE = re.compile(r"(?:run|check|see|start|restart|give|repeat|use|audit again|ask again|wait|raise|look|find out|name(?! does)|choose|correct) \S+ ")
HELP = re.compile(r"lib/cli/(?:options/\w+_options|command_line\w*)\.cpp")  # the texts of --help
PLANNED = ("reprocess: ", "give up gate")  # what a plan is going to do, not the operator


def advice_behind(literal):
    """What a sentence advises; None where it does not."""
    found = BEHIND.search(literal)
    return found and found[1]


def is_like_advice(literal):
    return LIKE_ADVICE.match(literal) is not None and not literal.startswith(PLANNED)
