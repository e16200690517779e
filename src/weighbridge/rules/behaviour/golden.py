"""Hold an answer against the one that is known to be right, within its tolerance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.rules.behaviour.values import highest, leaves, number, rows, shown, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """How far an answer may be off.

    Attributes:
        absolute: Largest difference of a number, or None.
        relative: Largest share of the expected number, or None; within either is near enough.
        rank: How many of the highest scores of a row must keep their order; 0 for none.
        flips: Share of rows whose label may be another; None if labels are not compared.
    """

    absolute: float | None = None
    relative: float | None = None
    rank: int = 0
    flips: float | None = None

    @property
    def compares_values(self) -> bool:
        """Whether values are compared: unless rank or labels are all that is asked for."""
        numbers = self.absolute is not None or self.relative is not None
        return numbers or (not self.rank and self.flips is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One way in which an answer is not what it should be.

    Attributes:
        message: What differs, in a clause.
        seen: What was answered.
        wanted: What should have been.
    """

    message: str
    seen: str
    wanted: str


def mismatches(
    expected: Mapping[str, Any], outputs: Mapping[str, Any], allowed: Allowed
) -> Iterator[Mismatch]:
    """List what is wrong with an answer; nothing for one that is near enough.

    Outputs that are not expected are not looked at.
    """
    for name in sorted(expected):
        if name not in outputs:
            told = ", ".join(sorted(outputs)) or "none"
            yield Mismatch(message=f"there is no output {name}", seen=shown(told), wanted=name)
            continue
        yield from _output(name, expected[name], outputs[name], allowed)


def _output(name: str, wanted: object, seen: object, allowed: Allowed) -> Iterator[Mismatch]:
    here, there = dict(leaves(seen)), dict(leaves(wanted))
    if here.keys() != there.keys():
        message = f"{name} has another shape"
        yield Mismatch(message=message, seen=_shape(seen), wanted=_shape(wanted))
        return
    # Nothing is near to a number that is none, whatever the tolerance: it is told first, alone.
    for place, value in here.items():
        if isinstance(value, float) and not math.isfinite(value):
            message = f"{name}{written(place)} is no number"
            yield Mismatch(message=message, seen=str(value), wanted=shown(there[place]))
            return
    if allowed.compares_values:
        yield from _values(name, there, here, allowed)
    if allowed.rank:
        yield from _ranks(name, wanted, seen, allowed.rank)
    if allowed.flips is not None:
        yield from _flips(name, wanted, seen, allowed.flips)


def _shape(value: object) -> str:
    sizes = []
    while isinstance(value, list):
        sizes.append(str(len(value)))
        value = value[0] if value else None
    return f"[{', '.join(sizes)}]" if sizes else shown(value)


def _values(
    name: str, wanted: Mapping[Any, Any], seen: Mapping[Any, Any], allowed: Allowed
) -> Iterator[Mismatch]:
    off = [
        (_distance(there, seen[place]), place)
        for place, there in wanted.items()
        if not _near(there, seen[place], allowed)
    ]
    if off:
        worst, place = max(off, key=lambda one: one[0])
        apart = "" if math.isinf(worst) else f" by {worst:.3g}"
        count = f"; {len(off)} of {len(wanted)} values are" if len(wanted) > 1 else ""
        yield Mismatch(
            message=f"{name}{written(place)} is off{apart}{count}",
            seen=shown(seen[place]),
            wanted=f"{shown(wanted[place])}{_margin(allowed)}",
        )


def _margin(allowed: Allowed) -> str:
    margins = [f"±{allowed.absolute:g}"] if allowed.absolute is not None else []
    margins += [f"±{allowed.relative * 100:g} %"] if allowed.relative is not None else []
    return f" {' or '.join(margins)}" if margins else ""


def _distance(wanted: object, seen: object) -> float:
    there, here = number(wanted), None if isinstance(seen, str) else number(seen)
    return math.inf if there is None or here is None else abs(here - there)


def _near(wanted: object, seen: object, allowed: Allowed) -> bool:
    if isinstance(seen, bool) or seen is None or isinstance(seen, str):
        return bool(seen == wanted and type(seen) is type(wanted))
    there, here = number(wanted), number(seen)
    if there is None or here is None:
        return False
    apart = abs(here - there)
    if apart <= (allowed.absolute or 0.0):
        return True
    return allowed.relative is not None and apart <= allowed.relative * abs(there)


def _ranks(name: str, wanted: object, seen: object, count: int) -> Iterator[Mismatch]:
    for index, (there, here) in enumerate(zip(rows(wanted), rows(seen), strict=True)):
        known, found = highest(there, count), highest(here, count)
        if known is None or found != known:
            yield Mismatch(
                message=f"the {count} highest scores of row {index} of {name} are in another order",
                seen=shown(found),
                wanted=shown(known),
            )
            return


def _flips(name: str, wanted: object, seen: object, most: float) -> Iterator[Mismatch]:
    pairs = list(_labels(wanted, seen))
    flipped = sum(there != here or there is None for there, here in pairs)
    if not pairs or flipped > most * len(pairs):
        yield Mismatch(
            message=f"labels of {name} flipped",
            seen=f"{flipped} of {len(pairs)}",
            wanted=f"at most {most * 100:g} %",
        )


def _labels(wanted: object, seen: object) -> Iterator[tuple[Any, Any]]:
    """Pair the labels: whole numbers and texts are labels themselves, of scores the highest is."""
    known = [value for _, value in leaves(wanted)]
    if all(isinstance(one, int) or number(one) is None for one in known):
        yield from zip(known, [value for _, value in leaves(seen)], strict=True)
        return
    for there, here in zip(rows(wanted), rows(seen), strict=True):
        yield highest(there, 1), highest(here, 1)
