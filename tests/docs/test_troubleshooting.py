"""What the page of symptoms quotes is what weighbridge says, in its code or in a command shown."""

from __future__ import annotations

import ast
import functools
import re

import pytest

from scripts.shown_commands import ROOT, blocks
from tests.docs.pages import PAGES, text
from weighbridge.cli.main import EXIT_CODES

PAGE = "how-to/troubleshoot.md"
SYSTEM = {"Connection refused"}
"""What the system says, and we repeat."""


def column(title: str) -> list[str]:
    """Return the first column of the table of a section."""
    section = text(PAGE).partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return re.findall(r"(?m)^\| ([^|]+) \|", section)[1:]


@functools.cache
def said() -> str:
    """Return every string of the code, and everything a command of the docs prints."""
    found = [
        node.value
        for path in sorted((ROOT / "src").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    found += [
        block.body for page in PAGES for block in blocks(text(page)) if block.language == "console"
    ]
    return "\n".join(found)


@pytest.mark.parametrize(
    "quoted",
    sorted({one for cell in column("By what it says") for one in re.findall("`([^`]+)`", cell)}),
)
def test_what_is_quoted_is_said(quoted: str) -> None:
    assert quoted in said() or quoted in SYSTEM


def test_every_exit_code_is_told() -> None:
    told = {int(cell) for cell in column("By exit code")}
    assert told == {0, 130, *EXIT_CODES.values()}
