"""Numbers and lists in words, the same wherever people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_STEP = 1_000
_SHOWN = 5


def human_size(size: int) -> str:
    """Write a number of bytes in decimal units (IEC 80000-13), one place: `4.1 GB`."""
    if size < _STEP:
        return f"{size} {_UNITS[0]}"
    power = 1
    # Compared after rounding, which may carry: 999,950 bytes are 1.0 MB, not 1000.0 kB.
    while _tenths(size, power) >= 10 * _STEP and power < len(_UNITS) - 1:
        power += 1
    whole, tenth = divmod(_tenths(size, power), 10)
    return f"{whole}.{tenth} {_UNITS[power]}"


def sized(digest: str, size: int | None) -> str:
    """Write a digest with the size beside it, if that is known: `sha256:… (4.1 GB)`."""
    return digest if size is None else f"{digest} ({human_size(size)})"


def plural(count: int, noun: str, many: str = "") -> str:
    """Write a count with its English noun, regular if no plural is given: `1,200 errors`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {many or noun + 's'}"


def some_of(names: Sequence[str], shown: int = _SHOWN) -> str:
    """List the first few names and count the rest: `a, b, c and 4 more`."""
    rest = len(names) - shown
    text = ", ".join(names[:shown])
    return f"{text} and {rest:,} more" if rest > 0 else text


def _tenths(size: int, power: int) -> int:
    """Count tenths of a unit, half rounded up, in integers alone."""
    unit: int = _STEP**power
    return (size * 20 + unit) // (2 * unit)
