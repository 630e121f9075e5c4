"""Our own code, read as text: modules, what they import, their functions."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    tree: ast.Module
    text: str

    @property
    def room(self) -> str:
        """crm.web.access lies in `web`, crm.app in `app`, crm itself in the empty one."""
        return ".".join(self.name.split(".")[1:2])

    def __str__(self) -> str:
        return self.name


@cache
def modules() -> tuple[Module, ...]:
    return tuple(_read(path) for path in sorted((ROOT / "crm").rglob("*.py")))


def inside(*rooms: str) -> list[Module]:
    return [module for module in modules() if module.room in rooms]


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def dotted(node: ast.AST) -> str:
    """`db.session.scalars` as it is written; empty where it is no plain name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        within = dotted(node.value)
        return f"{within}.{node.attr}" if within else ""
    return ""


def imported(module: Module) -> list[tuple[str, int]]:
    """Full names of everything that is imported, with the line: `from crm.db import db` is crm.db.db."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} imports by dots"
            found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
    return found


def ours(module: Module) -> list[tuple[str, int]]:
    """The modules of ours that it imports: of crm.db.db only crm.db."""
    known = {each.name for each in modules()}
    found = []
    for name, line in imported(module):
        if name.split(".")[0] == "crm":
            found.append((name if name in known else name.rpartition(".")[0], line))
    return found


def _read(path: Path) -> Module:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    text = path.read_text()
    return Module(name, path, ast.parse(text), text)
