"""What a run prints and where: results to stdout or a file, all else to stderr."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from weighbridge.cli.options import Globals, given
from weighbridge.model.ports import NoProgress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.ports import Progress, Registry
    from weighbridge.model.settings import Settings

LONG_WORK = 64 << 20
"""Bytes from which reading a file shows progress."""


def _styled(color: str, *, terminal: bool) -> bool:
    if color != "auto":
        return color == "always"
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def style_stderr(words: Sequence[str]) -> bool:
    """Tell whether errors of a run that never got to its options are shown in colour."""
    color = "auto"
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if word == "--color":
            color = after
        elif word.startswith("--color="):
            color = word.partition("=")[2]
    return _styled(color, terminal=sys.stderr.isatty())


class TerminalProgress:
    """A bar on stderr for long work."""

    def __init__(self) -> None:
        """Begin without a bar."""
        self._bar: Any = None

    def start(self, what: str, total: int) -> None:
        """Show a bar if the work is long."""
        if total >= LONG_WORK:
            self._bar = click.progressbar(
                length=total, label=what, file=sys.stderr, show_pos=False, show_eta=True
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


class Session:
    """One run: where it started, what was set, and what it may use."""

    def __init__(self, ctx: click.Context) -> None:
        """Take over what the command line said."""
        self.globals: Globals = given(ctx)
        self.environ: Mapping[str, str] = dict(os.environ)
        self.start = Path.cwd()
        self._settings: dict[Path, Settings] = {}

    @classmethod
    def current(cls) -> Session:
        """Make the session of the command that is running."""
        return cls(click.get_current_context())

    @property
    def styled(self) -> bool:
        """Whether results go to a terminal that shows colour."""
        return _styled(self.globals.color, terminal=sys.stdout.isatty())

    @property
    def progress(self) -> Progress:
        """Who watches long work; nobody where no one looks."""
        watched = self.globals.progress and not self.globals.quiet and sys.stderr.isatty()
        return TerminalProgress() if watched else NoProgress()

    def settings(self, folder: Path | None = None, **flags: Any) -> Settings:
        """Read the settings in force in a folder (the current one if None)."""
        from weighbridge.bootstrap import load_settings

        merged = {"registry": self.globals.registry, **flags}
        named = {key.replace("_", "-"): value for key, value in merged.items()}
        return load_settings(folder or self.start, environ=self.environ, flags=named)

    def registry(self, folder: Path | None = None) -> Registry:
        """Open the registry the settings of a folder name."""
        from weighbridge.bootstrap import open_registry

        return open_registry(self.settings(folder), self.start)

    def registry_of(self, *references: str | None) -> Registry:
        """Open the registry of the first path among some references, or of the current folder."""
        from weighbridge.usecases.references import is_reference

        for reference in references:
            if reference is not None and not is_reference(reference):
                path = self.start / reference
                return self.registry(path if path.is_dir() else path.parent)
        return self.registry()

    def result(self, text: str, output: str | None = None) -> None:
        """Print a result, or write it to a file at once and whole."""
        if output is None or output == "-":
            click.echo(text, nl=False, color=True)
        else:
            from weighbridge.adapters.files import write_file

            write_file(self.start / output, text.encode())

    def hint(self, text: str) -> None:
        """Say something that is not the result."""
        if not self.globals.quiet:
            click.echo(text, err=True)
