from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from scripts.mutants import mutants
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def changed(source: str) -> set[str]:
    """Write a text anew for each mutant of it."""
    count = len(list(mutants(ast.parse(source))))
    found = set()
    for index in range(count):
        tree = ast.parse(source)
        [*mutants(tree)][index].apply()
        found.add(ast.unparse(ast.fix_missing_locations(tree)))
    return found


@pytest.mark.parametrize(
    ("source", "mutant"),
    [
        ("x = a == b", "x = a != b"),
        ("x = a < b", "x = a <= b"),
        ("x = a is b", "x = a is not b"),
        ("x = a and b", "x = a or b"),
        ("x = a and b", "x = a and True"),
        ("x = a or b", "x = False or b"),
        ("x = not a", "x = a"),
        ("if a:\n    b()", "if not a:\n    b()"),
        ("if a:\n    b()", "if a:\n    pass"),
        ("x = a if b else c", "x = a if not b else c"),
        ("x = any(a)", "x = all(a)"),
        ("x = [a for a in b if c(a)]", "x = [a for a in b if True]"),
        ("x = 1", "x = 2"),
        ("x = True", "x = False"),
        ("x = 'word'", "x = 'wordx'"),
        ("x = ''", "x = 'x'"),
        ("def f():\n    return a", "def f():\n    return None"),
        ("for a in b:\n    continue", "for a in b:\n    break"),
        ("for a in b:\n    c()", "pass"),
    ],
)
def test_each_kind_of_mutant_is_made(source: str, mutant: str) -> None:
    assert mutant in changed(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        '"""Docstring."""',
        "def f(a: Literal['b']) -> Literal['c']:\n    pass",
        "@made(frozen=True)\nclass A:\n    b: Literal['c']",
        "if TYPE_CHECKING:\n    A = 1",
        "from a import b",
        "def f():\n    return None",
    ],
)
def test_what_says_nothing_of_what_is_done_is_left(source: str) -> None:
    assert changed(source) == set()


def test_wording_is_left() -> None:
    assert changed("x = 'a word'") == changed("x = f'a {b}'") == {"pass"}


@pytest.mark.slow
def test_what_no_test_notices_is_told_by_its_line(tmp_path: Path) -> None:
    """On a small module of ours, and tests that ask one thing of it."""
    test = tmp_path / "test_times.py"
    test.write_text(
        "from weighbridge.gate.times import is_older\n"
        "def test_old():\n"
        "    assert is_older('2020-01-01T00:00:00Z', '2020-01-01T00:00:02Z', '1s')\n",
        encoding="utf-8",
    )
    module = "src/weighbridge/gate/times.py"
    command = [sys.executable, "-m", "scripts.mutants", module, "--", str(test)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = ended.stdout.splitlines()
    assert ended.returncode == 1
    assert any(line.endswith(": Lt becomes LtE") for line in lines)
    assert not any("return `age" in line for line in lines)
    assert lines[-1].startswith(f"{module}: ")
    assert lines[-1].endswith(f" mutants tried, {len(lines) - 3} survive")


def test_tests_that_fail_anyhow_are_refused(tmp_path: Path) -> None:
    test = tmp_path / "test_nothing.py"
    test.write_text("def test_no():\n    assert False\n", encoding="utf-8")
    module = "src/weighbridge/gate/times.py"
    command = [sys.executable, "-m", "scripts.mutants", module, "--", str(test)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "mend them first" in ended.stderr
