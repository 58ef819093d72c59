"""The items of the acceptance: numbered ones in item_NN_*.py, named ones in NAME.py. A file without a TITLE serves the items.

usage: items.py help           the lines of --help about the named items
       items.py choose [WORD...]   the words of the items to run, one a line; exit 2 for an unknown word
"""

import ast
import difflib
import importlib.util
import re
import sys
from dataclasses import dataclass
from pathlib import Path

NUMBERED = re.compile(r"item_(\d+)_\w+")


class UnknownItem(Exception):
    """A word that stands for no item. Its text says which word, and what was probably meant."""


@dataclass(frozen=True)
class Listed:
    """One item: its number or name, its title and its file."""
    name: int | str
    title: str
    path: Path

    @property
    def word(self):
        return str(self.name)

    @property
    def folder(self):
        """The name of the folder that is the item's own."""
        return f"{self.name:02}" if isinstance(self.name, int) else self.name

    def module(self):
        spec = importlib.util.spec_from_file_location(self.path.stem, self.path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.path.stem] = module
        spec.loader.exec_module(module)
        return module


def title_of(path):
    """The TITLE of a file, which is read and not run; None where it has none."""
    for statement in ast.parse(path.read_text(encoding="utf-8"), path).body:
        if isinstance(statement, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "TITLE" for target in statement.targets):
            return ast.literal_eval(statement.value)
    return None


def find(folder=Path(__file__).resolve().parent):
    """All items of the folder: the numbered ones by number, then the named ones by name."""
    found = []
    for path in folder.glob("*.py"):
        title = title_of(path)
        if title is not None:
            numbered = NUMBERED.fullmatch(path.stem)
            found.append(Listed(int(numbered[1]) if numbered else path.stem, title, path))
    return sorted(found, key=lambda item: (isinstance(item.name, str), item.name))


def choose(words, found):
    """The items that the words stand for, in the order of the words; all of them for no word."""
    by_word = {item.word: item for item in found}
    for word in words:
        if word not in by_word:
            nearest = difflib.get_close_matches(word, [name for name in by_word if not name.isdigit()], n=1)
            raise UnknownItem(f"there is no item '{word}'" + (f"; did you mean {nearest[0]}?" if nearest else f" (there are {' '.join(by_word)})"))
    return [by_word[word] for word in words] or found


def named_lines(found):
    """One line for each named item, with its title."""
    named = [item for item in found if isinstance(item.name, str)]
    width = max((len(item.name) for item in named), default=0)
    return [f"   {item.name:<{width}}  {item.title}" for item in named]


def main(what, *words):
    if what == "help":
        print("\n".join(named_lines(find())) or "   none")
        return 0
    try:
        print("\n".join(item.word for item in choose(words, find())))
    except UnknownItem as unknown:
        print(f"accept: {unknown}; see --help", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
