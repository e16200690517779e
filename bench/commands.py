"""The commands that cells are made of."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.measure import Command

VERDICTS = (0, 1, 3)
"""Exit codes of a `check` that reached a verdict."""


def weighbridge(*arguments: str, exits: tuple[int, ...] = (0,)) -> Command:
    """Return the command for the weighbridge installed beside this interpreter."""
    program = Path(sys.executable).parent / "weighbridge"
    return Command((str(program), *arguments), exits)


def beside(file: str, *arguments: str) -> Command:
    """Return the command for a program of this folder."""
    return Command((sys.executable, str(Path(__file__).with_name(file)), *arguments))


def code(text: str, *arguments: str) -> Command:
    """Return the command that runs some Python."""
    return Command((sys.executable, "-c", text, *arguments))
