"""What a page of the docs says, taken apart: for the tests that hold it."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

from scripts.shown_commands import FENCE, ROOT, blocks

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "docs"
PAGES = {str(path.relative_to(DOCS)): path for path in sorted(DOCS.rglob("*.md"))}
_HELD = re.compile(r"<!-- held by: ([^>]+) -->")
_REMARK = re.compile(r"(?ms)^<!--.*?-->\n")
_COMMAND = r"(weighbridge [a-z][^\n`|#;&<>$]*)"
_INDENTED = re.compile(rf"(?m)^ {{4,}}{_COMMAND}")
_SHOWN = re.compile(rf"(?m)^ *(?:- run: )?{_COMMAND}")
_TYPED = re.compile(rf"(?m)^\$ {_COMMAND}")
_SPAN = re.compile(r"`([^`\n]+)`")


def text(page: str) -> str:
    """Read a page."""
    return PAGES[page].read_text(encoding="utf-8")


def prose(page: str) -> str:
    """Return a page without its fenced blocks and remarks."""
    return _REMARK.sub("", FENCE.sub("", text(page)))


def spans(page: str) -> list[str]:
    """List what stands in back quotes in a page's prose."""
    return [" ".join(span.split()) for span in _SPAN.findall(prose(page).replace("\n", " "))]


def told(page: str) -> list[str]:
    """List the commands of ours a page tells, run or not: indented, or in any block."""
    found = _INDENTED.findall(_joined(prose(page)))
    for block in blocks(text(page)):
        pattern = _TYPED if block.language == "console" else _SHOWN
        found += pattern.findall(_joined(block.body))
    return [" ".join(one.split()) for one in found]


def _joined(shown: str) -> str:
    return shown.replace("\\\n", " ").replace("\n> ", " ")


def headings(page: str) -> list[str]:
    """List a page's headings, with their levels."""
    return re.findall(r"(?m)^(#+ .+)$", FENCE.sub("", text(page)))


def links(page: str) -> list[str]:
    """List the pages a page leads to, as paths in the docs."""
    found = re.findall(r"\]\((?!https?:)([^)#\s]+)", text(page))
    targets = ((PAGES[page].parent / name).resolve() for name in found)
    return [str(one.relative_to(DOCS)) for one in targets if one.is_relative_to(DOCS)]


def holders(page: str) -> list[str]:
    """List the tests a page says it is held by: files, or one test of a file (FILE::TEST)."""
    return [name for found in _HELD.findall(text(page)) for name in found.split()]


@cache
def tests_in(path: Path) -> frozenset[str]:
    """Name the tests of a file, without importing it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        if node.name.startswith("test_")
    )


def missing(holder: str) -> str:
    """Say what is wrong with a test that is named; nothing if it is there."""
    name, _, test = holder.partition("::")
    path = ROOT / name
    if not (name.startswith("tests/") and path.name.startswith("test_") and path.is_file()):
        return f"{name} is no file of tests"
    if not tests_in(path):
        return f"{name} holds no test"
    return "" if not test or test in tests_in(path) else f"{name} has no {test}"
