"""A progress bar on standard error, for work that takes long enough to wonder about."""

from __future__ import annotations

import sys
from typing import Any, Self

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


class Counter:
    """A bar on stderr for things done one after the other; none where nobody looks."""

    def __init__(self, *, shown: bool) -> None:
        """Begin without a bar.

        Args:
            shown: Whether somebody looks.
        """
        self._shown = shown
        self._bar: Any = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *error: object) -> None:
        """Take the bar away, however the work ends."""
        if self._bar is not None:
            self._bar.__exit__(*error)
            self._bar = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show what is done next, and how much was."""
        from weighbridge.report.visible import visible

        if not self._shown:
            return
        if self._bar is None:
            self._bar = click.progressbar(
                length=total,
                file=sys.stderr,
                show_eta=False,
                item_show_func=lambda name: visible(name or ""),
            )
            self._bar.__enter__()
        self._bar.update(done - self._bar.pos, what)
