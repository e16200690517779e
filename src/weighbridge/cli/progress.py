"""A progress bar on standard error, for work that takes long enough to wonder about."""

from __future__ import annotations

import sys
from typing import Any

import click

LONG_WORK = 64 << 20
"""Bytes from which reading a file shows progress."""


class TerminalProgress:
    """A bar on stderr for long work."""

    def __init__(self) -> None:
        """Begin without a bar."""
        self._bar: Any = None

    def start(self, what: str, total: int) -> None:
        """Show a bar if the work is long."""
        from weighbridge.report.visible import visible

        if total >= LONG_WORK:
            self._bar = click.progressbar(
                length=total, label=visible(what), file=sys.stderr, show_pos=False, show_eta=True
            )
            self._bar.__enter__()

    def advance(self, amount: int) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.update(amount)

    def finish(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None
