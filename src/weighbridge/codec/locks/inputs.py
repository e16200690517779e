"""What a lock was made from: which files, and the requirements that stand in them."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from weighbridge.codec.locks.interface import decode
from weighbridge.codec.locks.lines import logical_lines
from weighbridge.codec.locks.project import project_inputs, project_python
from weighbridge.codec.locks.requirements import requirement_of
from weighbridge.model.fact import InputRequirement

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = re.compile(rb"#.*|[ \t\r]*")
_COMMAND = re.compile(
    r"#\s*(?P<command>\S*\bpip-compile|uv pip compile|uv export)\s(?P<arguments>.*)"
)
_INPUT = re.compile(r"[^-].*\.(?:in|txt|toml|cfg|py)")
_TAKES_OTHER_FILE = re.compile(
    r"--format|-o|--output-file|-c|--constraints?|-b|--build-constraints?|--overrides?|--excludes?"
)
_HEADER_LINES = 40


def input_names(lock_data: bytes, lock_path: str, format: str) -> tuple[str, ...]:  # noqa: A002 - the manifest's word
    """Name the files a lock was made from, as the command in its header has them.

    Without such a command it is `pyproject.toml` beside a uv.lock, and beside any other lock
    the file of the same name that ends in `.in`. The names of a header are relative to the
    folder the command ran in, which a lock does not tell.
    """
    folder = posixpath.dirname(lock_path)
    project = posixpath.join(folder, "pyproject.toml")
    if format == "uv":
        return (project,)
    if format == "conda":
        # An `environment.yml` asks in conda's own words, which are not PEP 508.
        return ()
    for line in _header(lock_data):
        found = _COMMAND.match(line)
        if found is None:
            continue
        if found["command"] == "uv export":
            return (project,)
        names = tuple(dict.fromkeys(_named_inputs(found["arguments"])))
        if names:
            return names
    return (posixpath.splitext(lock_path)[0] + ".in",)


def read_inputs(data: bytes, file: str, *, groups: bool = False) -> tuple[InputRequirement, ...]:
    """Read the direct requirements of a `pyproject.toml` or of a requirements file.

    What a requirements file includes, and what names no package, is left out.

    Args:
        data: Its bytes.
        file: Its name.
        groups: Whether the extras and dependency groups of a project are inputs, too: uv locks
            all of them.

    Raises:
        LockSyntaxError: It cannot be read.
    """
    text = decode(data, file)
    if file.endswith(".toml"):
        return tuple(project_inputs(text, file, groups=groups))
    return tuple(_line_inputs(text, file))


def read_python(data: bytes, file: str) -> str:
    """Read which Pythons a `pyproject.toml` admits; empty if it does not say, or is another file.

    Raises:
        LockSyntaxError: It cannot be read.
    """
    return project_python(decode(data, file), file) if file.endswith(".toml") else ""


def _header(data: bytes) -> Iterator[str]:
    """List the comment lines a lock begins with."""
    for line in data[: 1 << 16].split(b"\n")[:_HEADER_LINES]:
        if not _HEADER.fullmatch(line):
            return
        yield line.decode("utf-8", "replace")


def _named_inputs(arguments: str) -> Iterator[str]:
    """List the input files among the arguments of a compile command."""
    try:
        words = shlex.split(arguments)
    except ValueError:
        return
    previous = ""
    for word in words:
        if _INPUT.fullmatch(word) and not _TAKES_OTHER_FILE.fullmatch(previous):
            yield word
        previous = word


def _line_inputs(text: str, file: str) -> Iterator[InputRequirement]:
    """Read the lines of a requirements file that ask for a package by name."""
    for line in logical_lines(text, file):
        if line.argument and requirement_of(line, file) is not None:
            yield InputRequirement(file=file, line=line.number, requirement=line.argument)
