from __future__ import annotations

import ast
from pathlib import PurePath

import pytest

from tests.house.tree import ROOT, python_files

FILE_LINES = 399
FUNCTION_LINES = 60
NAMELESS = {"common", "helpers", "misc", "util", "utilities", "utils"}


def overruns(name: str, source: str) -> list[str]:
    """List what is too long or named after nothing in one file."""
    found = []
    if NAMELESS.intersection(part.removesuffix(".py").strip("_") for part in PurePath(name).parts):
        found.append(f"{name}: name it after what it holds")
    lines = source.count("\n") + (not source.endswith("\n"))
    if lines > FILE_LINES:
        found.append(f"{name}: {lines} lines, at most {FILE_LINES}")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append(f"{name}: {node.name} has {length} lines, at most {FUNCTION_LINES}")
    return found


def function(lines: int) -> str:
    return "def long():\n" + "    x = 1\n" * (lines - 1)


@pytest.mark.parametrize(
    ("name", "source", "word"),
    [
        ("src/a/utils.py", "", "name it"),
        ("src/a/_helpers.py", "", "name it"),
        ("src/common/a.py", "", "name it"),
        ("src/a/misc/__init__.py", "", "name it"),
        ("src/a.py", "x = 1\n" * 400, "400 lines"),
        ("src/a.py", function(61), "61 lines"),
        ("src/a.py", "class A:\n    async " + function(61).replace("\n", "\n    "), "61 lines"),
    ],
)
def test_a_planted_overrun_is_seen(name: str, source: str, word: str) -> None:
    found = overruns(name, source)
    assert len(found) == 1
    assert word in found[0]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("src/a/commons.py", ""),
        ("src/a.py", "x = 1\n" * 399),
        ("src/a.py", function(60)),
    ],
)
def test_what_fits_is_not_seen(name: str, source: str) -> None:
    assert overruns(name, source) == []


def test_the_house_keeps_its_budgets() -> None:
    files = python_files("src", "tests", "scripts", "bench")
    found = [
        overrun
        for path in files
        for overrun in overruns(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    ]
    assert len(files) > 20
    assert found == []
