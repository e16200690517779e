"""Numbers in words: sizes in decimal units, counts with their noun."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_STEP = 1_000


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


def plural(count: int, noun: str) -> str:
    """Write a count with its regular English noun: `1 error`, `2 errors`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _tenths(size: int, power: int) -> int:
    """Count tenths of a unit, half rounded up, in integers alone."""
    unit: int = _STEP**power
    return (size * 20 + unit) // (2 * unit)
