"""The texts that a C++ expression can have, followed through constants, locals and functions."""

import itertools
import re

from declarations import NAMES
from tokens import branches, closing, is_sign, split, statement

COMPUTED = "…"   # in a text: what is computed
UNKNOWN = "\0"   # instead of a text: nothing is known of it
DEEPEST = 12     # functions and constants that an expression is followed through
WRAPPERS = ("string", "move", "c_str", "string_view")


def _as_part(texts):
    """Of a sum, where what is unknown is computed. That may be empty as well."""
    texts = [COMPUTED if text == UNKNOWN else text for text in texts]
    return [text for text in texts if text] if COMPUTED in texts else texts


def put_together(parts):
    """Every text that a sum of these can have."""
    return [re.sub(COMPUTED + "+", COMPUTED, "".join(chosen)) for chosen in itertools.product(*map(_as_part, parts))]


class Expressions:
    """Expressions of these files."""

    def __init__(self, files):
        self._files = files

    def texts(self, file, index, words, known=None, depth=DEEPEST):
        """Every text of the expression that stands at this token. `known`: the texts that parameters stand for."""
        known = known or {}
        if depth == 0:
            return [UNKNOWN]
        if not words or (len(words) == 2 and is_sign(words[0], "{")):
            return [""]
        chosen = branches(words)
        if len(chosen) > 1:
            return [text for branch in chosen for text in self.texts(file, index, branch, known, depth)]
        sums = split(words, "+")
        if len(sums) > 1:
            return put_together([self.texts(file, index, part, known, depth) for part in sums])
        return self._atom(file, index, words, known, depth - 1)

    def _atom(self, file, index, words, known, depth):
        first, last = words[0], words[-1]
        if len(words) == 1 and first.kind == "string":
            return [first.text]
        if first.kind in ("char", "number"):
            return [COMPUTED]
        if is_sign(first, "(") and closing(words, 0) == len(words) - 1:
            return self.texts(file, index, words[1:-1], known, depth)
        if len(words) > 2 and last.text in NAMES and is_sign(words[-2], ".", "->"):
            return [COMPUTED]  # handed on from where it was made
        if len(words) == 1 and first.kind == "id":
            return self._named(file, index, first.text, known, depth)
        if is_sign(last, ")"):
            return self._called(file, index, words, known, depth)
        if is_sign(last, "}") and first.text == "std":
            start = next(at for at, word in enumerate(words) if is_sign(word, "{"))
            return self.texts(file, index, words[start + 1:-1], known, depth)
        return [UNKNOWN]

    def _named(self, file, index, name, known, depth):
        """Of a parameter, a local or a constant."""
        if name in known:
            return known[name]
        for function in file.enclosing(index):
            if name in function.parameters:
                return [COMPUTED if name in NAMES else UNKNOWN]  # the callers of a hint are scanned
            local = self._assigned(file, function.body, name, known, depth)
            if local:
                return local
        for one in [file, *self._files]:
            constant = self._assigned(one, (0, len(one.tokens) - 1), name, known, depth, is_constant=True)
            if constant:
                return constant
        return [UNKNOWN]

    def _assigned(self, file, body, name, known, depth, is_constant=False):
        """The texts of every value that the name gets in these tokens, and of everything that is added to it, behind what it has already."""
        tokens, values, added = file.tokens, [], []
        for at in file.places.get(name, ()):
            if not body[0] < at < body[1] or is_sign(tokens[at - 1], ".", "->", "::"):
                continue
            if is_sign(tokens[at + 1], "=", "+=") and (not is_constant or self._is_constant(file, at)):
                value = statement(tokens, at + 2)
            elif is_sign(tokens[at + 1], "{", "(") and tokens[at - 1].text in ("string", "auto", "string_view"):
                value = tokens[at + 2:closing(tokens, at + 1)]
            else:
                continue
            if [token.text for token in value] == [name]:
                continue
            texts = self.texts(file, at, value, known, depth)
            if is_sign(tokens[at + 1], "+="):
                added += put_together([[COMPUTED], texts] if any(values) else [texts])
            else:
                values += texts
        return values + added

    @staticmethod
    def _is_constant(file, at):
        return any(file.tokens[before].text == "constexpr" for before in range(max(0, at - 5), at)) and not file.enclosing(at)

    def _called(self, file, index, words, known, depth):
        start = next(at for at, word in enumerate(words) if is_sign(word, "(") and closing(words, at) == len(words) - 1)
        if start == 0:
            return [UNKNOWN]
        name, arguments = words[start - 1].text, split(words[start + 1:-1])
        if name in WRAPPERS and len(arguments) == 1:
            return self.texts(file, index, arguments[0], known, depth)
        if name == "format" and arguments and arguments[0] and arguments[0][0].kind == "string":
            return self._formatted(file, index, arguments, known, depth)
        if start >= 2 and is_sign(words[start - 2], ".", "->"):
            return [UNKNOWN]
        where, function = self._function(file, index, name, len(arguments))
        if function is None:
            return [UNKNOWN]
        bound = {parameter: self.texts(file, index, argument, known, depth) for parameter, argument in zip(function.parameters, arguments)}
        bound |= {parameter: [COMPUTED] for parameter in function.parameters[len(arguments):]}
        return self.returned(where, function, bound, depth)

    def _formatted(self, file, index, arguments, known, depth):
        """The words of fmt::format, each {} replaced by the texts of its argument."""
        words = re.split(r"\{[^{}]*\}", arguments[0][0].text)
        filled = [self.texts(file, index, argument, known, depth) for argument in arguments[1:]]
        filled += [[COMPUTED]] * (len(words) - 1 - len(filled))
        return put_together([part for word, texts in zip(words, [*filled, [""]]) for part in ([word], texts)])

    def _function(self, file, index, name, count):
        """The function that a call at this token means, and its file: the last one before it in the file, or the only one there is."""
        found = [(one, function) for one in self._files for function in one.functions if function.name == name and function.body and function.takes(count)]
        here = [pair for pair in found if pair[0] is file] or found
        before = [pair for pair in here if pair[0] is file and pair[1].body[1] < index]
        if len(here) > 1 and before:
            return max(before, key=lambda pair: pair[1].body[1])
        return here[0] if len(here) == 1 else (None, None)

    def returned(self, file, function, bound, depth=DEEPEST):
        """What a function returns, its parameters being bound to these texts."""
        texts = []
        for at in range(*function.body):
            if file.tokens[at].text == "return" and file.tokens[at].kind == "id" and file.enclosing(at)[0] is function:
                texts += self.texts(file, at, statement(file.tokens, at + 1), bound, depth)
        return texts or [UNKNOWN]
