"""Change one thing at a time in a module and see whether its tests notice.

    python -m scripts.mutants src/weighbridge/gate/X.py [--limit N] [--jobs N] -- PYTEST_ARGS...

What is changed: comparison and boolean operators, operands of `and` and `or`, negations, constants,
`any` and `all`, filters, what is returned, `continue` and `break`, whole statements. Left as they
are: docstrings, annotations, decorators, wording (a text with a space), what is for typing alone.

No file is touched: a process that has imported all but what depends on the module forks once a
mutant, and an import hook gives it to the child. Tests that start processes hence do not see it.
Prints the survivors and exits 1 if there are any; tests/gate/SURVIVORS.md accounts for the gate's.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib.abc
import importlib.util
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_PAIRS: tuple[tuple[type[ast.AST], type[ast.AST]], ...] = (
    (ast.Eq, ast.NotEq),
    (ast.Lt, ast.LtE),
    (ast.Gt, ast.GtE),
    (ast.In, ast.NotIn),
    (ast.Is, ast.IsNot),
    (ast.And, ast.Or),
    (ast.Continue, ast.Break),
)
_TURNED = dict(_PAIRS) | {other: one for one, other in _PAIRS}
_UNREAD = {"annotation", "bases", "decorator_list", "format_spec", "returns", "type_params"}
_KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Pass, ast.Break)
_OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of a syntax tree: what stands in a field of a node, or in one place of a list."""

    line: int
    told: str
    parent: ast.AST
    field: str
    index: int | None
    node: ast.AST

    def apply(self) -> None:
        """Change the tree, for good."""
        if self.index is None:
            setattr(self.parent, self.field, self.node)
        else:
            getattr(self.parent, self.field)[self.index] = self.node


def mutants(tree: ast.AST) -> Iterator[Mutant]:
    """List what can be changed in a syntax tree, in the order of its text."""
    for field, value in ast.iter_fields(tree):
        if field in _UNREAD:
            continue
        for index, node in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(node, ast.AST) or _is_unread(node):
                continue
            at = index if isinstance(value, list) else None
            line = getattr(node, "lineno", getattr(tree, "lineno", 0))
            for told, other in (*_changed(node), *_judged(tree, field, node), *_lost(tree, node)):
                yield Mutant(line=line, told=told, parent=tree, field=field, index=at, node=other)
            yield from mutants(node)


def _is_unread(node: ast.AST) -> bool:
    """Tell whether a node is a docstring, wording, or for typing alone."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.JoinedStr):
        parts = (part.value for part in node.values if isinstance(part, ast.Constant))
        return any(" " in str(part) for part in parts)
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _changed(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """List what else a node could be."""
    if type(node) in _TURNED:
        other = _TURNED[type(node)]
        yield f"{type(node).__name__} becomes {other.__name__}", other()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"`{_text(node)}`: not is dropped", node.operand
    elif isinstance(node, ast.Name) and node.id in {"any", "all"}:
        swapped = ast.Name("all" if node.id == "any" else "any", ast.Load())
        yield f"{node.id} becomes {swapped.id}", swapped
    elif isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            yield f"{value} becomes {not value}", ast.Constant(not value)
        elif isinstance(value, int):
            yield f"{value} becomes {value + 1}", ast.Constant(value + 1)
        elif isinstance(value, str) and " " not in value:
            yield f"{value!r} becomes {value + 'x'!r}", ast.Constant(value + "x")


def _judged(parent: ast.AST, field: str, node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """List how an expression that decides something could decide otherwise."""
    told = f"`{_text(node)}`"
    if isinstance(parent, ast.BoolOp) and field == "values":
        neutral = ast.Constant(isinstance(parent.op, ast.And))
        yield f"{told} is dropped from `{_text(parent)}`", neutral
    if field == "ifs":
        yield f"filter {told} is dropped", ast.Constant(value=True)
    if field in {"ifs", "test"} and isinstance(node, ast.Name | ast.Attribute | ast.Call):
        yield f"{told} is turned", ast.UnaryOp(ast.Not(), node)
    if isinstance(parent, ast.Return) and told != "`None`":
        yield f"return {told} becomes return None", ast.Constant(value=None)


def _lost(parent: ast.AST, node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """List the statement that could be removed."""
    bare = isinstance(node, ast.AnnAssign) and node.value is None
    # Where a function returns last, losing that is to return None.
    last = isinstance(parent, ast.FunctionDef) and isinstance(node, ast.Return)
    if isinstance(node, ast.stmt) and not (isinstance(node, _KEPT) or bare or last):
        yield f"`{_text(node)}` is removed", ast.Pass()


def _text(node: ast.AST) -> str:
    first, *rest = ast.unparse(node).splitlines() or [""]
    return first + " ..." if rest else first


class _Hook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module from a syntax tree."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self._name, self._path, self._tree = name, path, tree

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        tree = ast.fix_missing_locations(self._tree)
        exec(compile(tree, str(self._path), "exec"), vars(module))  # noqa: S102 - our own text


def _fork(arguments: Sequence[str], seconds: float, mutant: Mutant | None, report: int = 0) -> int:
    """Start the tests, on a mutant if there is one; when its time is up the child is killed."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        if mutant is not None:
            mutant.apply()
            nowhere = os.open(os.devnull, os.O_RDWR)
            for descriptor in range(3):
                os.dup2(nowhere, descriptor)
        code = int(pytest.main([*_OPTIONS, *arguments]))
        if report:
            os.write(report, "\n".join(sys.modules).encode())
        sys.stdout.flush()
    finally:
        os._exit(code)


def _warm(name: str, arguments: Sequence[str]) -> float:
    """Import what tests want, but nothing that depends on the module; return their seconds."""
    reader, writer = os.pipe()
    started = time.monotonic()
    child = _fork(arguments, 600, None, writer)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        loaded = pipe.read().split()
    if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        sys.exit(f"the tests fail (pytest's {code}) with nothing changed: mend them first")
    seconds = time.monotonic() - started
    for one in loaded:
        before = set(sys.modules)
        if not one.startswith(("tests", "scripts")):
            with contextlib.suppress(Exception):
                importlib.import_module(one)
        # What came with the module may depend on it. Reversed: a package goes after what is in it.
        came = sorted(set(sys.modules) - before, reverse=True) if name in sys.modules else ()
        for other in (module for module in came if module.startswith("weighbridge.")):
            package, _, last = other.rpartition(".")
            delattr(sys.modules[package], last)
            del sys.modules[other]
    return seconds


def survivors(
    tried: Sequence[Mutant], arguments: Sequence[str], jobs: int, seconds: float
) -> Iterator[Mutant]:
    """Yield the mutants on which tests pass; one that takes longer than its seconds is noticed."""
    running: dict[int, Mutant] = {}
    for number, mutant in enumerate(tried, start=1):
        running[_fork(arguments, seconds, mutant)] = mutant
        while running and (len(running) >= jobs or number == len(tried)):
            child, status = os.wait()
            ended = running.pop(child)
            if os.waitstatus_to_exitcode(status) == 0:
                yield ended


def main(words: Sequence[str]) -> int:
    """Try the mutants of a module and return the exit code."""
    split, parser = words.index("--"), argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--limit", type=int, help="try this many, evenly spread")
    parser.add_argument("--jobs", type=int, default=1)
    asked, arguments = parser.parse_args(words[:split]), words[split + 1 :]
    path: Path = asked.path
    name = ".".join(path.with_suffix("").parts[path.parts.index("src") + 1 :])
    tree = ast.parse(path.read_text(encoding="utf-8"))
    every = list(mutants(tree))
    count = min(asked.limit or len(every), len(every))
    tried = [every[index * len(every) // count] for index in range(count)]
    phases = [Phase.explicit, Phase.generate]  # what conftest.py does not set, it takes from here
    settings.register_profile("mutants", derandomize=True, database=None, phases=phases)
    settings.load_profile("mutants")
    with tempfile.TemporaryDirectory() as scratch:
        sys.dont_write_bytecode, sys.pycache_prefix = False, scratch
        seconds = 10 + 5 * _warm(name, arguments)
        sys.meta_path.insert(0, _Hook(name, path, tree))
        found = 0
        for one in survivors(tried, arguments, asked.jobs, seconds):
            found += 1
            print(f"{path}:{one.line}: {one.told}", flush=True)
    print(f"{path}: {count} of {len(every)} mutants tried, {found} survive")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
