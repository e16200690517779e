"""Standard output and standard error: neither may change what a run found out.

A reader that has gone (`weighbridge rules list | head -1`) is no trouble and no verdict: the exit
code stays that of the work. Output that cannot be kept (a full disk) is an error. What goes to
standard error is an aside, and is dropped where nobody takes it.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from collections.abc import Sequence


def make_writable() -> None:
    """Let streams of any encoding take any text: what one cannot show is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_result(text: str) -> None:
    """Print a result to standard output.

    Raises:
        StorageError: It could not be written.
    """
    try:
        click.echo(text, nl=False, color=True)
    except BrokenPipeError:
        _abandon(sys.stdout)
    except OSError as error:
        from weighbridge.model.errors import StorageError

        _abandon(sys.stdout)
        reason = (error.strerror or str(error)).lower()
        raise StorageError(
            f"the result could not be written to standard output: {reason}",
            help=["free some space, or name another place with --output"],
        ) from error


def print_aside(text: str) -> None:
    """Print something that is not the result to standard error, if anyone takes it."""
    try:
        click.echo(text, err=True, color=True)
    except OSError:
        _abandon(sys.stderr)


def _abandon(stream: TextIO) -> None:
    """Send what is still to be written nowhere, so that the interpreter's exit stays quiet too."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def is_watched(stream: TextIO | None) -> bool:
    """Tell whether a person looks at a stream; one that is closed is None."""
    return stream is not None and stream.isatty()


def shows_colour(color: str, stream: TextIO | None) -> bool:
    """Tell whether text for a stream is coloured (`--color`, https://no-color.org)."""
    if color != "auto":
        return color == "always"
    quiet = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not quiet and is_watched(stream)


def said_color(words: Sequence[str]) -> str:
    """Find `--color` among words that may never have been parsed."""
    color = "auto"
    for number, word in enumerate(words, start=1):
        if word == "--color":
            color = words[number] if number < len(words) else ""
        elif word.startswith("--color="):
            color = word.partition("=")[2]
    return color
