"""What the readers of lock files share: their shape, their one error, their budgets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from weighbridge.model.lock import Lock

LockReader = Callable[[str, str], Lock]
"""A reader takes the text of a lock and the name of its file; it raises `LockSyntaxError` only."""

_STRONG = re.compile(
    r"(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockLimits:
    """Budgets for reading one lock file.

    Attributes:
        size: Bytes of the file.
        entries: Packages it may list.
        groups: Extras and dependency groups it may have.
        dots: Dots outside of strings on one line of TOML; the time a dotted key takes grows
            with the square of its parts.
        nodes: Values of YAML it may hold.
        depth: Levels of YAML it may nest.
        credentials: Lines with a credential that are told one by one.
        excerpt: Characters of the file that a message may repeat.
    """

    size: int = 16 << 20
    entries: int = 20_000
    groups: int = 100
    dots: int = 200
    nodes: int = 1_000_000
    depth: int = 16
    credentials: int = 20
    excerpt: int = 80


LIMITS = LockLimits()


class LockSyntaxError(ValueError):
    """A lock file, or a file locks are made from, cannot be read."""

    def __init__(self, message: str, *, file: str, line: int = 1) -> None:
        """Say what is wrong and where; lines count from 1."""
        super().__init__(f"{file}:{line}: {message}")
        self.file = file
        self.line = line


def decode(data: bytes, file: str) -> str:
    """Turn the bytes of a lock file into text.

    Raises:
        LockSyntaxError: It is larger than `LIMITS` allow, or not UTF-8.
    """
    if len(data) > LIMITS.size:
        raise LockSyntaxError(f"is larger than {LIMITS.size >> 20} MiB", file=file)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LockSyntaxError("is not UTF-8", file=file, line=line) from error


def check_entries(count: int, file: str) -> None:
    """Refuse a lock that lists more packages than `LIMITS` allow.

    Raises:
        LockSyntaxError: It does.
    """
    if count > LIMITS.entries:
        raise LockSyntaxError(f"lists more than {LIMITS.entries} packages", file=file)


def excerpt(text: str) -> str:
    """Quote a stretch of a hostile file: one line, ASCII, short."""
    shown = text if len(text) <= LIMITS.excerpt else text[: LIMITS.excerpt] + "…"
    return ascii(shown).replace("\\u2026", "…")


def holds(hashes: Iterable[str]) -> bool:
    """Tell whether a file with these hashes is fixed: one at least is sha256 or stronger.

    pip refuses weaker ones; a hash of the wrong length matches nothing.
    """
    return any(_STRONG.fullmatch(item) for item in hashes)
