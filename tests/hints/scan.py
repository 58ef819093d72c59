"""Finds every hint in the sources: of a fault, a finding or a story, the fix of a preflight line, and advice within a sentence.

usage: scan.py CHECKOUT   one line per hint: file, tab, text. Exit 1 where a hint is made in a way that is not understood.

A hint is what a parameter, a member or a local of one of declarations.NAMES receives: as an argument of a function with such a parameter, as an
element of a braced list of a struct with such a member, or assigned; and the third argument of a fault of the gate's scripts.
"""

import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import sentences
from declarations import KEYWORDS, NAMES, File, parameter_name
from expressions import COMPUTED, UNKNOWN, Expressions
from lua_hints import LuaHints
from structs_made import StructsMade
from tokens import branches, closing, is_sign, split, statement, written

LOCAL_NAMES = ("hint", "fix")
# Expressions that hand on a hint which is made elsewhere, by file, and where.
ELSEWHERE = {
    ("lib/core/result.cpp", "hint"): "the fault's own",
    ("lib/audit/story.cpp", "std::move(next)"): "story_ending.cpp",
    ("lib/gate/redis/reply_words.cpp", "escape(word_at(reply,3))"): "the gate's scripts",
    ("lib/topic/kafka/kafka_topic_admin.cpp", "escape(why)"): "the broker's words",
}


@dataclass(frozen=True, order=True)
class Hint:
    file: str
    text: str


class Scan:
    """The hints in these sources, and the problems: hints that are not understood."""

    def __init__(self, texts):
        """texts: the source of each file by its name."""
        self._files = [File(name, text) for name, text in sorted(texts.items()) if not name.endswith(".lua")]
        self._expressions, self._made = Expressions(self._files), StructsMade(self._files)
        self._takers = defaultdict(list)  # by name: the functions with a parameter that is a hint, and its position
        for file in self._files:
            for function in file.functions:
                self._takers[function.name] += [(function, position) for position, name in enumerate(function.parameters)
                                                if name in NAMES and function.texts[position]]
        self._takers = {name: takers for name, takers in self._takers.items() if takers and name}
        self._hints, self._elsewhere = set(), set()
        self.problems = []
        for file in self._files:
            self._scan(file)
        for file, line, found in LuaHints({name: text for name, text in texts.items() if name.endswith(".lua")}).each():
            self._add(file, line, found, "the third argument of fault")
        for file in self._files:
            self._read_sentences(file)
        self.problems += [f"{name}: nothing has the hint {text}, which ELSEWHERE lists"
                          for name, text in sorted(set(ELSEWHERE) - self._elsewhere) if name in texts]

    @property
    def hints(self):
        return sorted(self._hints)

    def _scan(self, file):
        tokens = file.tokens
        for index, token in enumerate(tokens[:-1]):
            if is_sign(token, "{"):
                self._braces(file, index)
            elif is_sign(token, "(") and index:
                self._parentheses(file, index)
            elif token.kind == "id" and token.text in NAMES and index and is_sign(tokens[index + 1], "=", "+="):
                self._assignment(file, index)

    def _braces(self, file, index):
        elements = split(file.tokens[index + 1:closing(file.tokens, index)])
        struct = self._made.by_braces(file, index, elements)
        if struct is None or any(is_sign(token, ";") for element in elements[:1] for token in element):
            return
        for position, element in enumerate(elements):
            if is_sign(element[0], "."):
                if element[1].text in NAMES:
                    self._take(file, index, element[3:])  # .hint = text
            elif position == struct.position:
                self._take(file, index, element)

    def _parentheses(self, file, index):
        """A call of a function that takes a hint; or something made with parentheses that may have one, which is not understood."""
        name = file.tokens[index - 1]
        arguments = split(file.tokens[index + 1:closing(file.tokens, index)])
        if name.kind != "id" or name.text in KEYWORDS:
            return
        if name.text not in self._takers:
            self._unknown_taker(file, name, arguments)
            return
        declared = [parameter_name(argument) for argument in arguments]
        if any(declared) and any(one.name == name.text and one.parameters == declared for one in file.functions):
            return
        for position in {position for function, position in self._takers[name.text] if function.takes(len(arguments)) and position < len(arguments)}:
            self._take(file, index, arguments[position])

    def _unknown_taker(self, file, name, arguments):
        if any(parameter_name(argument) for argument in arguments):
            return  # a declaration
        for struct in self._made.structs.values():
            if struct.position >= len(arguments):
                continue
            has_kind = any(position < len(arguments) and [token.text for token in arguments[position]][-3:-1] == [kind, "::"]
                           for position, kind in struct.kinds.items())
            if has_kind or name.text == struct.name:
                self._problem(file.name, name.line, f"{name.text}(...) may take a hint; name its parameter so, or use braces")

    def _assignment(self, file, index):
        before, value = file.tokens[index - 1], statement(file.tokens, index + 2)
        is_member = is_sign(before, ".", "->")
        if is_member and is_sign(file.tokens[index - 2], "{", ","):
            return  # an element of a braced list
        if not is_member and not (before.kind == "id" and file.tokens[index].text in LOCAL_NAMES):
            return
        of_parameter = [function.texts[function.parameters.index(value[0].text)] for function in file.enclosing(index)
                        if len(value) == 1 and value[0].text in function.parameters]
        is_lambda = is_sign(value[0], "[")  # its callers are scanned
        if not is_lambda and of_parameter[:1] != [False]:  # a number, such as an offset
            self._take(file, index, value)

    def _take(self, file, index, expression):
        for branch in branches(expression):
            if branch is not expression:
                self._take(file, index, branch)
            elif (file.name, written(branch)) in ELSEWHERE:
                self._elsewhere.add((file.name, written(branch)))
            else:
                self._add(file.name, file.tokens[index].line, self._expressions.texts(file, index, branch), written(branch))

    def _add(self, file, line, texts, expression):
        if UNKNOWN in texts:
            self._problem(file, line, f"nothing is known of the hint {expression}")
        stripped = (text.strip("; ") for text in texts if text != UNKNOWN)
        self._hints |= {Hint(file, text) for text in stripped if text.strip(COMPUTED + " ;")}

    def _read_sentences(self, file):
        """Advice in literals that belong to no hint."""
        if sentences.HELP.fullmatch(file.name):
            return
        known = "\n".join(hint.text for hint in self._hints)
        for token in file.tokens:
            if token.kind != "string" or token.text.strip("; ") in known:
                continue
            advice = sentences.advice_behind(token.text)
            if advice is not None:
                self._hints.add(Hint(file.name, re.sub(r"\{[^{}]*\}", COMPUTED, advice)))
            elif sentences.is_like_advice(token.text):
                self._problem(file.name, token.line, f"{token.text!r} reads like a hint, and belongs to none")

    def _problem(self, file, line, sentence):
        self.problems.append(f"{file}:{line}: {sentence}")


def read_sources(checkout):
    """The sources of the suite, by their names."""
    return {str(path.relative_to(checkout)): path.read_text(encoding="utf-8")
            for folder in ("lib", "tools") for path in (Path(checkout) / folder).rglob("*") if path.suffix in (".cpp", ".hpp", ".lua")}


def main(checkout):
    found = Scan(read_sources(checkout))
    for hint in found.hints:
        print(f"{hint.file}\t{hint.text}")
    for problem in found.problems:
        print(problem, file=sys.stderr)
    return 1 if found.problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
