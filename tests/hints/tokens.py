"""C++ and Lua text as tokens, and the parts of a list, a sum or a choice in them."""

import re
from dataclasses import dataclass

CPP_COMMENT = r"//[^\n]*|/\*.*?\*/|\#(?:[^\n\\]|\\.)*"  # preprocessor lines are left out as well
LUA_COMMENT = r"--[^\n]*"
TOKEN = r"""
    (?P<space>\s+|{comment})
  | (?P<raw>(?:u8|L)?R"(?P<delimiter>[^(\s]*)\((?P<content>.*?)\)(?P=delimiter)")
  | (?P<string>(?:u8|L)?"(?:[^"\\\n]|\\.)*")
  | (?P<quoted>'(?:[^'\\\n]|\\.)*')
  | (?P<id>[A-Za-z_]\w*)
  | (?P<number>\d(?:'?\w|\.)*)
  | (?P<sign>->|::|\+=|==|!=|<=|>=|&&|\|\||\.\.|.)
"""
OPEN, CLOSE = "([{", ")]}"
ESCAPES = {"n": "\n", "t": "\t"}
LONGEST_TEMPLATE = 60  # tokens


class NotUnderstood(Exception):
    """Source text that the scanner cannot read."""


@dataclass(frozen=True)
class Token:
    kind: str  # string, char, id, number or sign
    text: str  # of a string or char what is between the quotes
    line: int


def _unquoted(quoted):
    return re.sub(r"\\(.)", lambda one: ESCAPES.get(one[1], one[1]), quoted[quoted.index(quoted[-1]) + 1:-1])


def _tokens(source, comment, quoted_kind):
    line = 1
    for match in re.compile(TOKEN.replace("{comment}", comment), re.X | re.S).finditer(source):
        kind, text = match.lastgroup, match.group()
        if match["raw"] is not None:
            yield Token("string", match["content"], line)
        elif kind in ("string", "quoted"):
            yield Token("string" if kind == "string" else quoted_kind, _unquoted(text), line)
        elif kind != "space":
            yield Token(kind, text, line)
        line += text.count("\n")


def cpp_tokens(source):
    """Without comments and preprocessor lines. Adjacent literals become one."""
    found = []
    for token in _tokens(source, CPP_COMMENT, "char"):
        if token.kind == "string" and found and found[-1].kind == "string":
            found[-1] = Token("string", found[-1].text + token.text, found[-1].line)
        else:
            found.append(token)
    return found


def lua_tokens(source):
    """Without comments. A literal in single quotes is a string."""
    return list(_tokens(source, LUA_COMMENT, "string"))


def is_sign(token, *signs):
    return token.kind == "sign" and token.text in signs


def opens(token):
    return token.kind == "sign" and token.text in OPEN


def closing(tokens, at):
    """The index of the bracket that closes the one at `at`."""
    depth = 0
    for index in range(at, len(tokens)):
        if opens(tokens[index]):
            depth += 1
        elif tokens[index].kind == "sign" and tokens[index].text in CLOSE:
            depth -= 1
            if depth == 0:
                return index
    raise NotUnderstood(f"line {tokens[at].line}: a bracket is not closed")


def _template_end(tokens, at):
    """The index of the > that closes the < at `at`; None where it is a comparison."""
    depth = 0
    for index in range(at, min(at + LONGEST_TEMPLATE, len(tokens))):
        token = tokens[index]
        if is_sign(token, "<"):
            depth += 1
        elif is_sign(token, ">"):
            depth -= 1
            if depth == 0:
                return index
        elif token.kind == "string" or is_sign(token, ";", "&&", "||", "{", "+", "?", "=="):
            return None
    return None


def split(tokens, sign=","):
    """The parts between the signs of the outermost level; no parts where there are no tokens."""
    parts, current, index = [], [], 0
    while index < len(tokens):
        token, end = tokens[index], None
        if opens(token):
            end = closing(tokens, index)
        elif is_sign(token, "<") and index > 0 and tokens[index - 1].kind == "id":
            end = _template_end(tokens, index)
        if end is not None:
            current += tokens[index:end + 1]
            index = end + 1
            continue
        if is_sign(token, sign):
            parts.append(current)
            current = []
        else:
            current.append(token)
        index += 1
    return [*parts, current] if current or parts else []


def branches(words):
    """The branches of a choice, which may be choices; the expression alone where it is none."""
    condition = split(words, "?")[:1]
    if not condition or len(condition[0]) == len(words):
        return [words]
    start = at = len(condition[0]) + 1
    depth = 0
    while at < len(words):
        if opens(words[at]):
            at = closing(words, at)
        elif is_sign(words[at], "?"):
            depth += 1
        elif is_sign(words[at], ":"):
            if depth == 0:
                return [words[start:at], words[at + 1:]]
            depth -= 1
        at += 1
    raise NotUnderstood(f"line {words[0].line}: a choice without its second branch")


def statement(tokens, start):
    """The tokens from `start` up to the semicolon."""
    end = start
    while not is_sign(tokens[end], ";"):
        end = closing(tokens, end) + 1 if opens(tokens[end]) else end + 1
    return tokens[start:end]


def written(words):
    """The tokens as they are written, without blanks."""
    return "".join(f'"{token.text}"' if token.kind == "string" else token.text for token in words)
