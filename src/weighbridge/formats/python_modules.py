"""Which modules a Python file imports, by their first names. Parses, and never compiles.

Functions count: what they import is needed once they are called. What only a type checker imports
does not count, nor does what is relative to the file's own package.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.python_imports import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

IMPORTS: Final = "imports"
OPTIONAL: Final = "optional-imports"
UNREAD: Final = "?"
"""Stands for the imports of a text that seems to be Python and cannot be parsed."""

_MAY_IMPORT: Final = re.compile(r"(?m:^[ \t]*(?:import[ \t]+\w|from[ \t]+[\w.]+[ \t]+import\b))")
_FORGIVES: Final = frozenset(
    {"ImportError", "ModuleNotFoundError", "Exception", "BaseException", ""}
)
_DEPENDS_ON: Final = frozenset({"version_info", "platform"})
_MOST: Final = 500


def note_imports(text: str) -> list[tuple[str, str]]:
    """Say what a text imports, if it is Python: needed modules, and those it can do without."""
    if _MAY_IMPORT.search(text) is None:
        return []
    tree = parsed(text)
    if tree is None:
        return [(IMPORTS, UNREAD)]
    needed: set[str] = set()
    optional: set[str] = set()
    for name, is_optional in _walk(tree):
        if len(needed) + len(optional) >= _MOST:
            return [(IMPORTS, UNREAD)]
        (optional if is_optional else needed).add(name)
    found = ((IMPORTS, needed), (OPTIONAL, optional - needed))
    return [(key, " ".join(sorted(names))) for key, names in found if names]


def _walk(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Yield each import, and whether the file can do without it."""
    todo: list[tuple[ast.AST, bool]] = [(tree, False)]
    while todo:
        node, optional = todo.pop()
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name.partition(".")[0], optional
        elif isinstance(node, ast.ImportFrom):
            if node.module and not node.level:
                yield node.module.partition(".")[0], optional
        elif isinstance(node, ast.Try):
            forgiven = optional or _forgives(node)
            todo += [(part, forgiven) for part in (*node.body, *node.handlers, *node.orelse)]
            todo += [(part, optional) for part in node.finalbody]
        elif isinstance(node, ast.If):
            names = {_name(part) for part in ast.walk(node.test)}
            inside = optional or bool(names & _DEPENDS_ON)
            todo += [(part, inside) for part in node.body if "TYPE_CHECKING" not in names]
            todo += [(part, inside) for part in node.orelse]
        elif not isinstance(node, ast.expr):
            todo += [(part, optional) for part in ast.iter_child_nodes(node)]


def _forgives(node: ast.Try) -> bool:
    """Tell whether a failed import is caught."""
    return any(
        _name(kind) in _FORGIVES
        for handler in node.handlers
        for kind in (handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type])
    )


def _name(node: ast.AST | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if node is None:
        return ""
    return node.id if isinstance(node, ast.Name) else type(node).__name__
