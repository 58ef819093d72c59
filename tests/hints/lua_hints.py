"""The hints of the gate's scripts: the third argument of every fault(kind, message, hint)."""

from expressions import UNKNOWN, put_together
from tokens import closing, is_sign, lua_tokens, split


class LuaHints:
    """Of these scripts, by their names; a constant may be another script's, as they are put together before they run."""

    def __init__(self, texts):
        self._tokens = {name: lua_tokens(text) for name, text in texts.items()}
        self._constants = {}
        for tokens in self._tokens.values():
            for local, name, sign, value in zip(tokens, tokens[1:], tokens[2:], tokens[3:]):
                if local.text == "local" and is_sign(sign, "=") and value.kind == "string":
                    self._constants[name.text] = value.text

    def each(self):
        """The file, the line and the texts of every hint; UNKNOWN among the texts where one is not understood."""
        for name, tokens in sorted(self._tokens.items()):
            for index, token in enumerate(tokens[1:-1], 1):
                if token.text == "fault" and token.kind == "id" and is_sign(tokens[index + 1], "(") and tokens[index - 1].text != "function":
                    arguments = split(tokens[index + 2:closing(tokens, index + 1)])
                    yield name, token.line, self._texts(arguments[2]) if len(arguments) == 3 else [UNKNOWN]

    def _texts(self, words):
        parts = [[self._text(part)] for part in split(words, "..")]
        return put_together(parts) if len(parts) > 1 else parts[0]

    def _text(self, words):
        if len(words) != 1:
            return UNKNOWN
        return words[0].text if words[0].kind == "string" else self._constants.get(words[0].text, UNKNOWN)
