"""Which functions of tests/acceptance the items run: those that run(item) names, itself or through what it calls."""

import ast


class Module:
    """One file: what each of its names refers to, as (module, name)."""

    def __init__(self, name, source):
        self.name = name
        self._imported = {}
        self._refers = {}
        self.is_item = False
        for statement in ast.parse(source).body:
            self._read(statement)

    def _read(self, statement):
        if isinstance(statement, ast.Import):
            self._imported |= {(one.asname or one.name): (one.name, None) for one in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            self._imported |= {(one.asname or one.name): (statement.module, one.name) for one in statement.names}
        elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            self._refers[statement.name] = statement
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    self._refers[target.id] = statement.value
                    self.is_item |= target.id == "TITLE"

    def has(self, name):
        return name in self._refers

    def refers(self, name):
        """What the definition of this name refers to."""
        for node in ast.walk(self._refers[name]):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self._imported:
                yield self._imported[node.value.id][0], node.attr
            elif isinstance(node, ast.Name):
                module, own = self._imported.get(node.id, (self.name, node.id))
                yield module, own


def scenarios_run(sources):
    """`sources`: the text of each module by its name. The functions, as in Entry.trial."""
    modules = {name: Module(name, source) for name, source in sources.items()}
    waiting = [(name, "run") for name, module in modules.items() if module.is_item and module.has("run")]
    reached = set()
    while waiting:
        at = waiting.pop()
        if at in reached or at[0] not in modules or not modules[at[0]].has(at[1]):
            continue
        reached.add(at)
        waiting += modules[at[0]].refers(at[1])
    return {f"tests/acceptance/{module}.py: {name}" for module, name in reached}
