"""The items of the acceptance, each in NAME.py. A file without a TITLE serves the items.

usage: items.py help           the lines of --help about the items
       items.py choose [WORD...]   the words of the items to run, one a line; exit 2 for an unknown word
"""

import ast
import difflib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path


class UnknownItem(Exception):
    """A word that stands for no item. Its text says which word, and what was probably meant."""


@dataclass(frozen=True)
class Listed:
    """One item: its name, its title and its file."""
    name: str
    title: str
    path: Path

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
    """All items of the folder, by name."""
    found = []
    for path in folder.glob("*.py"):
        title = title_of(path)
        if title is not None:
            found.append(Listed(path.stem, title, path))
    return sorted(found, key=lambda item: item.name)


def choose(words, found):
    """The items that the words stand for, in the order of the words; all of them for no word."""
    by_name = {item.name: item for item in found}
    for word in words:
        if word not in by_name:
            nearest = difflib.get_close_matches(word, by_name, n=1)
            raise UnknownItem(f"there is no item '{word}'" + (f"; did you mean {nearest[0]}?" if nearest else f" (there are {' '.join(by_name)})"))
    return [by_name[word] for word in words] or found


def lines(found):
    """One line for each item, with its title."""
    width = max((len(item.name) for item in found), default=0)
    return [f"   {item.name:<{width}}  {item.title}" for item in found]


def main(what, *words):
    if what == "help":
        print("\n".join(lines(find())) or "   none")
        return 0
    try:
        print("\n".join(item.name for item in choose(words, find())))
    except UnknownItem as unknown:
        print(f"accept: {unknown}; see --help", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
