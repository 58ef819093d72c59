"""Which struct with a hint a braced list of C++ makes."""

from tokens import is_sign

GROWING = ("push_back", "emplace_back", "emplace", "insert")


class StructsMade:
    """Of these files."""

    def __init__(self, files):
        self.structs = {one.name: one for file in files for one in file.structs}
        self._of_container = {}
        for file in files:
            for token, end, name, further in zip(file.tokens, file.tokens[1:], file.tokens[2:], file.tokens[3:]):
                if token.text in self.structs and is_sign(end, ">"):
                    self._of_container[further.text if is_sign(name, "&") else name.text] = self.structs[token.text]

    def by_braces(self, file, index, elements):
        """The struct that the braces at `index` make of these elements; None where it has no hint."""
        tokens = file.tokens
        before, earlier = (tokens[index - 1], tokens[index - 2]) if index > 1 else (None, None)
        if before is not None and before.kind == "id":
            if before.text in self.structs:
                return None if earlier.text == "struct" else self.structs[before.text]
            if earlier.text in self.structs and before.text not in ("const", "override"):
                return self.structs[earlier.text]
        for struct in self.structs.values():
            if self._has_kind_of(struct, tokens, index, elements):
                return struct
        if before is not None and before.text == "return":
            around = file.enclosing(index)
            return self.structs.get(around[0].returns) if around else None
        return self._element_of_list(tokens, index)

    @staticmethod
    def _has_kind_of(struct, tokens, index, elements):
        """An element is an enumerator of the struct's own kind, or the kind of another fault."""
        if struct.position < len(elements) and [token.text for token in elements[struct.position]][-2:-1] == ["::"]:
            return False  # a list of enumerators
        for position, kind in struct.kinds.items():
            if not position < len(elements) <= len(struct.members):
                continue
            texts = [token.text for token in elements[position]]
            if texts[-3:-1] == [kind, "::"]:
                return True
            if struct.name == "Fault" and texts[-1:] == ["kind"] and texts[-2:-1] in (["."], ["->"]) and not is_sign(tokens[index - 1], "["):
                return True
        return False

    def _element_of_list(self, tokens, index):
        """Of container.push_back({...}): the struct that a declaration of a container of this name has."""
        if index < 4 or not is_sign(tokens[index - 1], "(") or tokens[index - 2].text not in GROWING:
            return None
        return self._of_container.get(tokens[index - 4].text)
