"""Numbers and lists in words, as findings print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_STEP = 1_000
_SHOWN = 5


def size(count: int) -> str:
    """Write a number of bytes in decimal units (IEC 80000-13), one place: `4.1 GB`."""
    value, power = count, 0
    tenths = count * 10
    while tenths >= 10 * _STEP and power < len(_UNITS) - 1:
        power += 1
        unit = _STEP**power
        # Rounded before it is compared: 999,950 bytes are 1.0 MB, not 1000.0 kB.
        tenths = (value * 20 + unit) // (2 * unit)
    return f"{count} B" if power == 0 else f"{tenths // 10}.{tenths % 10} {_UNITS[power]}"


def sized(digest: str, count: int | None) -> str:
    """Write a digest with the size beside it, if that is known: `sha256:… (4.1 GB)`."""
    return digest if count is None else f"{digest} ({size(count)})"


def number(count: int, noun: str) -> str:
    """Write a count with its regular English noun: `1 file`, `1,200 files`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def some_of(names: Sequence[str], shown: int = _SHOWN) -> str:
    """List the first few names and count the rest: `a, b, c and 4 more`."""
    rest = len(names) - shown
    text = ", ".join(names[:shown])
    return f"{text} and {rest:,} more" if rest > 0 else text
