"""What a C++ source declares: its functions, and its structs with a member that is a hint."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from tokens import closing, cpp_tokens, is_sign, split

NAMES = ("hint", "fix", "next")  # of a parameter or member that is advice to an operator
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "catch", "static_cast", "decltype", "noexcept", "alignas", "operator"}
QUALIFIERS = ("const", "noexcept", "override", "final", "mutable")
TEXT_TYPES = ("string", "string_view", "char", "auto")
NO_TYPE = ("return", ".", "->", "+", "?", "!", "&&", "||", "co_return", "throw", "<<")  # before a name that is called, not declared
LONGEST_TYPE = 12  # tokens


@dataclass
class Function:
    """A function or lambda with a body, or a declaration of one. A lambda without a name has none."""
    name: str
    parameters: list  # names; None for one without a name
    optional: int     # parameters with a default
    texts: list       # whether each may hold text
    returns: str      # the last name of what it returns
    body: tuple       # first and last index of its tokens; empty for a declaration

    def takes(self, count):
        return len(self.parameters) - self.optional <= count <= len(self.parameters)


@dataclass
class Struct:
    """A struct with a member that is a hint."""
    name: str
    members: list
    position: int                              # of the hint
    kinds: dict = field(default_factory=dict)  # the type of each member that has one of the suite, by position


def parameter_name(words):
    """The name that these tokens declare; None where they declare none."""
    words = split(words, "=")[0] if words else []
    if len(words) < 2 or words[-1].kind != "id" or not (words[-2].kind == "id" or is_sign(words[-2], "&", "*", ">", "&&")):
        return None
    return words[-1].text


def _is_text(words):
    return any(word.text in TEXT_TYPES for word in words)


def _without_bodies(words):
    """A member's declaration without the functions in front of it and without the braces of its default."""
    at, kept = 0, []
    while at < len(words):
        if not is_sign(words[at], "{"):
            kept.append(words[at])
            at += 1
            continue
        at = closing(words, at) + 1
        if at < len(words):
            kept = []
    return kept


class File:
    """One source file and what it declares."""

    def __init__(self, name, source):
        self.name, self.tokens = name, cpp_tokens(source)
        self.places = defaultdict(list)  # of each name: the indices of its tokens
        for index, token in enumerate(self.tokens):
            if token.kind == "id":
                self.places[token.text].append(index)
        self.functions = [one for one in map(self._function, range(1, len(self.tokens))) if one is not None]
        self.structs = [one for one in map(self._struct, range(len(self.tokens) - 2)) if one is not None]

    def enclosing(self, index):
        """The functions and lambdas around a token, the innermost first."""
        around = [one for one in self.functions if one.body and one.body[0] < index < one.body[1]]
        return sorted(around, key=lambda one: one.body[1] - one.body[0])

    def _function(self, index):
        """The function whose parameters begin at this bracket."""
        tokens = self.tokens
        if not is_sign(tokens[index], "("):
            return None
        name, returns = self._lambda_name(index) if is_sign(tokens[index - 1], "]") else self._name_and_type(index)
        if name is None:
            return None
        end = closing(tokens, index)
        parts = split(tokens[index + 1:end])
        names = [parameter_name(part) for part in parts]
        body, is_declared = self._after_parameters(end + 1)
        if not is_declared or (body is None and parts and not any(names) and not returns):
            return None
        optional = sum(1 for part in parts if len(split(part, "=")) > 1)
        return Function(name, names, optional, [_is_text(part) for part in parts], returns, (body, closing(tokens, body)) if body is not None else ())

    def _lambda_name(self, index):
        """Of `name = [...](`; a lambda that is handed on has no name."""
        start = index - 1
        while not is_sign(self.tokens[start], "["):
            start -= 1
        has_name = start >= 2 and is_sign(self.tokens[start - 1], "=") and self.tokens[start - 2].kind == "id"
        return (self.tokens[start - 2].text if has_name else "") if start else None, ""

    def _name_and_type(self, index):
        """The name before the bracket, and the type before that. The name is None where it is called."""
        tokens, name = self.tokens, self.tokens[index - 1]
        if name.kind != "id" or name.text in KEYWORDS:
            return None, ""
        before = index - 2
        while before >= 1 and is_sign(tokens[before], "::"):
            before -= 2
        words = []
        while before >= 0 and not is_sign(tokens[before], ";", "{", "}", "(", ")", ",", "=") and len(words) < LONGEST_TYPE:
            words.append(tokens[before].text)
            before -= 1
        if not words or words[0] in NO_TYPE:
            is_constructor = index >= 2 and is_sign(tokens[index - 2], "{", "}", ";", "::")
            return name.text if is_constructor else None, ""
        return name.text, next((word for word in words if re.match(r"[A-Za-z_]", word)), "")

    def _after_parameters(self, index):
        """The index of the { of the body, and whether these are parameters of a declaration at least."""
        tokens = self.tokens
        while index < len(tokens):
            token = tokens[index]
            if is_sign(token, "{"):
                return index, True
            if is_sign(token, ":"):
                return self._after_initialisers(index + 1), True
            if is_sign(token, "->"):
                while index < len(tokens) and not is_sign(tokens[index], "{", ";"):
                    index += 1
            elif token.kind == "id" and token.text in QUALIFIERS:
                index += 1
            else:
                is_pure = is_sign(token, "=") and index + 1 < len(tokens) and tokens[index + 1].text in ("0", "default", "delete")
                return None, is_pure or is_sign(token, ";")
        return None, False

    def _after_initialisers(self, index):
        """The index of the { of a constructor's body."""
        tokens = self.tokens
        while index < len(tokens):
            while not is_sign(tokens[index], "(", "{"):
                if is_sign(tokens[index], ";") or index + 1 == len(tokens):
                    return None
                index += 1
            index = closing(tokens, index) + 1
            if index >= len(tokens) or not is_sign(tokens[index], ","):
                return index if index < len(tokens) and is_sign(tokens[index], "{") else None
        return None

    def _struct(self, index):
        """The struct that begins at this word, where a member of it is a hint."""
        tokens = self.tokens
        if tokens[index].text != "struct" or not is_sign(tokens[index + 2], "{"):
            return None
        members, kinds = [], {}
        for declaration in split(tokens[index + 3:closing(tokens, index + 2)], ";"):
            words = _without_bodies(split(declaration, "=")[0] if declaration else [])
            member = parameter_name(words)
            if member is None or any(is_sign(word, "(") for word in words) or words[0].text in ("static", "friend", "using", "enum"):
                continue
            if words[-2].kind == "id" and words[-2].text[0].isupper():
                kinds[len(members)] = words[-2].text
            members.append("" if member in NAMES and not _is_text(words) else member)
        hints = [position for position, member in enumerate(members) if member in NAMES]
        return Struct(tokens[index + 1].text, members, hints[0], kinds) if hints else None
