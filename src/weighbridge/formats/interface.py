"""How a format reader and whoever holds the bytes talk to each other.

A reader is a generator: it yields what it wants (`Need`, `Stream`, `Skip`), is sent the bytes,
and returns a `Structure`. It does no input or output of its own, so the same reader serves a
file, a blob, a member of an archive, and a test with twelve bytes.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from weighbridge.model.structure import Structure

if TYPE_CHECKING:
    from weighbridge.model.limits import Limits


@dataclass(frozen=True, slots=True)
class Need:
    """Ask for exactly `length` bytes at `offset`; the answer is short only at the end of the file.

    `length` is at most `limits.window`. Ahead of the pass it is served from the pass; behind it
    the bytes are read again, within `limits.reread`.
    """

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Stream:
    """Ask for the bytes from `offset` on, `length` in all, a chunk at a time.

    The answer is the next chunk; the reader yields the same request object again for the one
    after it and is sent `b""` at the end. Each chunk is at most `limits.window` long.
    """

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Skip:
    """Say that nothing before `to` is needed again; the answer is `b""`."""

    to: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask whether a text that looks like it is a credential.

    The answer is the name of the detector that says so, in UTF-8, or `b""`. Whoever holds the
    bytes knows nothing of this: containers hand the question on to who drives the outermost
    reader, and where nobody knows it is `b""`.

    Attributes:
        text: The text, and a little of what stands around it.
        name: The name it stands under; empty if its form alone tells.
    """

    text: str
    name: str = ""


Request = Need | Stream | Skip | Ask
Reader = Generator[Request, bytes, Structure]


class BudgetExceededError(Exception):
    """A reader asked for more than its limits allow; whoever drives it reports `incomplete`."""


class Format(Protocol):
    """A format family: what a module of this package offers."""

    def sniff(self, head: bytes, tail: bytes, size: int) -> str | None:
        """Name the format of these bytes, or None; `head` and `tail` are up to 4 KiB each."""

    def read(self, size: int, *, limits: Limits) -> Reader:
        """Make a reader for `size` bytes of this format."""
