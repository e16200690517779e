"""What a Python module calls while it is imported, by the full names of what it imports."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_REACHING: Final = (
    "_posixsubprocess aiohttp cloudpickle code codeop commands ctypes dill ftplib http httpx "
    "importlib joblib marshal nt os paramiko pexpect pickle pip popen2 posix pty requests runpy "
    "shelve shutil smtplib socket socketserver ssl subprocess telnetlib urllib urllib2 urllib3 "
    "webbrowser winreg xmlrpc zipimport"
)
"""Modules that reach processes, files, other machines or further code; all others compute."""

_ROOTS: Final = frozenset(_REACHING.split())
_HARMLESS: Final = (
    "importlib.metadata.",
    "importlib.resources.",
    "importlib.util.",
    "os.environ.",
    "os.fspath",
    "os.getcwd",
    "os.getenv",
    "os.linesep.",
    "os.path.",
    "os.pathsep.",
    "os.sep.",
    "urllib.parse.",
)
"""What of them computes, too, or only looks."""

_COMPUTED: Final = "getattr()"
"""What is called if that is put together first."""

_BUILTINS: Final = frozenset({"__import__", "breakpoint", "compile", "eval", "exec", "execfile"})
_DEEPEST: Final = 100
_MOST: Final = 1_000

_Functions = (ast.FunctionDef, ast.AsyncFunctionDef)


class Imported:
    """One module."""

    def __init__(self, tree: ast.Module) -> None:
        """Learn what the module imports and which functions it defines."""
        self._tree = tree
        self._names: dict[str, str] = {}
        self._functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        self._followed: set[str] = set()
        self._found: dict[tuple[str, str], tuple[int, int]] = {}
        self._within: tuple[int, int] | None = None
        self._learn(tree)

    def _learn(self, tree: ast.Module) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._import(node)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for name in node.names:
                    self._names[name.asname or name.name] = f"{node.module}.{name.name}"
        for statement in tree.body:
            if isinstance(statement, _Functions):
                self._functions[statement.name] = statement

    def calls(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return each name that is called with what it is given, and line and column of the first.

        What it is given is told only as far as it is a call itself, a constant, or a command.
        """
        self._run(self._tree.body, 0)
        return self._found

    def _import(self, node: ast.Import) -> None:
        for name in node.names:
            if name.asname:
                self._names[name.asname] = name.name
            else:
                root = name.name.partition(".")[0]
                self._names[root] = root

    def _run(self, statements: list[ast.stmt], depth: int) -> None:
        """Go through statements that are run."""
        for statement in statements:
            for expression in _run_at_once(statement):
                self._evaluate(expression, depth)

    def _evaluate(self, expression: ast.AST, depth: int) -> None:
        todo = [expression]
        while todo:
            node = todo.pop()
            if isinstance(node, ast.Lambda):
                continue
            if isinstance(node, ast.Call):
                self._call(node, depth)
            todo += reversed([*ast.iter_child_nodes(node)])

    def _call(self, node: ast.Call, depth: int) -> None:
        name = self._dotted(node.func)
        own = self._functions.get(name)
        if depth >= _DEEPEST:
            self._note("exec", "given more than can be followed", node)
        elif own is not None:
            if name not in self._followed:
                self._followed.add(name)
                self._run(own.body, depth + 1)
        elif name in ("exec", "eval") and (text := _constant(node)) is not None:
            self._execute(text, name, node, depth)
        elif self._is_noted(name):
            self._note(name, self._given(node), node)

    def _execute(self, text: str | bytes, name: str, node: ast.Call, depth: int) -> None:
        """Go through a constant that is run as Python."""
        tree = parsed(text)
        if tree is None:
            self._note(name, "given a constant that cannot be parsed", node)
            return
        outer, self._within = self._within, self._within or (node.lineno, node.col_offset)
        self._learn(tree)
        self._run(tree.body, depth + 1)
        self._within = outer

    def _note(self, name: str, given: str, node: ast.Call) -> None:
        if len(self._found) < _MOST:
            place = self._within or (node.lineno, node.col_offset)
            self._found.setdefault((name, given), place)

    def _is_noted(self, name: str) -> bool:
        reaches = "." in name and name.partition(".")[0] in _ROOTS
        computed = name.startswith(_COMPUTED)
        return computed or name in _BUILTINS or (reaches and not name.startswith(_HARMLESS))

    def _dotted(self, node: ast.expr, depth: int = 0) -> str:
        """Return the full name of what is called; empty if it is no name."""
        steps: list[str] = []
        while isinstance(node, ast.Attribute):
            steps.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            root = self._names.get(node.id, node.id)
        elif isinstance(node, ast.Call):
            root = self._module(node, depth)
        else:
            return ""
        if root.startswith("builtins."):
            root = root.removeprefix("builtins.")
        return ".".join([root, *reversed(steps)]).removeprefix("builtins.") if root else ""

    def _module(self, node: ast.Call, depth: int) -> str:
        """Return what `__import__("os")`, `import_module("os")` or `getattr(os, "system")` is."""
        if depth >= _DEEPEST:
            return _COMPUTED
        called = self._dotted(node.func, depth + 1)
        constants = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        if called in ("__import__", "importlib.import_module") and constants:
            return str(constants[0])
        if called == "getattr" and len(node.args) > 1 and constants:
            return f"{self._dotted(node.args[0], depth + 1)}.{constants[0]!s}"
        return _COMPUTED if called.startswith(_COMPUTED) else f"{called}()"

    def _given(self, node: ast.Call) -> str:
        """Say what a call is given: the calls inside, or that all of it is constant."""
        command = _command(node)
        if command:
            return f"given the command {command}"
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        inner = [
            name
            for value in values
            for part in ast.walk(value)
            if isinstance(part, ast.Call) and (name := self._dotted(part.func))
        ]
        if inner:
            return "given " + " ".join(dict.fromkeys(inner[:8]))
        if values and all(isinstance(value, ast.Constant) for value in values):
            return "given a constant"
        return ""


def parsed(text: str | bytes) -> ast.Module | None:
    """Parse Python; None if it is none, or nests too deeply to be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _command(node: ast.Call) -> str:
    """Return the program a list of arguments begins with, if it is a constant."""
    first = node.args[0] if node.args else None
    if not isinstance(first, ast.List | ast.Tuple) or not first.elts:
        return ""
    program = first.elts[0]
    return str(program.value) if isinstance(program, ast.Constant) else ""


def _constant(node: ast.Call) -> str | bytes | None:
    first = node.args[0] if node.args else None
    value = first.value if isinstance(first, ast.Constant) else None
    return value if isinstance(value, (str, bytes)) else None


def _run_at_once(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the expressions of a statement that are evaluated when it is run."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        if isinstance(node, _Functions):
            yield from node.decorator_list
            yield from node.args.defaults
            yield from (value for value in node.args.kw_defaults if value is not None)
        elif isinstance(node, ast.If) and _is_never(node.test):
            todo += reversed(node.orelse)
        elif isinstance(node, ast.expr):
            yield node
        else:
            todo += reversed([*ast.iter_child_nodes(node)])


def _is_never(test: ast.expr) -> bool:
    """Whether a condition does not hold on import: it is for scripts, or for type checkers."""
    if isinstance(test, ast.Compare) and isinstance(test.left, ast.Name):
        return test.left.id == "__name__" and isinstance(test.ops[0], ast.Eq)
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"
