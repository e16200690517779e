"""Labels that are as selections demand: which series there must be for an expression to read."""

from __future__ import annotations

import re
from itertools import islice, product
from typing import TYPE_CHECKING, Final

from weighbridge.render.observability.evaluating import matches
from weighbridge.render.observability.made_up import Unforeseen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.codec.promql import Matcher

_ORDINARY: Final = ("", "200", "other", "x", "0")
"""Values that are tried where nothing better is known."""
_MOST: Final = 2_000
_CLASSES: Final = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}
_ATOM: Final = re.compile(
    r"(?P<escape>\\.)|\[(?P<class>\^?\]?[^\]]*)\]|(?P<any>\.)|(?P<other>[^\\\[.])"
)
_TIMES: Final = re.compile(r"[*?]|\+|\{(\d+)(?:,\d*)?\}")


def chosen(
    wanted: Sequence[Matcher], others: Sequence[Sequence[Matcher]], usual: Mapping[str, str]
) -> dict[str, str]:
    """Choose labels that one selection reads, and as few of the others of its metric as can be.

    Args:
        wanted: What the one demands.
        others: What each of the others demands.
        usual: Labels it has where nothing else is demanded.

    Raises:
        Unforeseen: No such labels were found.
    """
    values = {name: {value: None} for name, value in usual.items()}
    for one in (*wanted, *(each for demands in others for each in demands)):
        if one.label != "__name__":
            values.setdefault(one.label, {}).update(dict.fromkeys(_suggested(one)))
    names = list(values)
    every = ([*values[name], *_ORDINARY] for name in names)
    best: tuple[int, dict[str, str]] | None = None
    for picked in islice(product(*every), _MOST):
        labels = {name: value for name, value in zip(names, picked, strict=True) if value}
        if not _reads(wanted, labels):
            continue
        also = sum(_reads(each, labels) for each in others)
        if best is None or also < best[0]:
            best = (also, labels)
    if best is None:
        raise Unforeseen("no labels were found that it selects")
    return best[1]


def _reads(demands: Sequence[Matcher], labels: dict[str, str]) -> bool:
    return all(matches(one, labels) for one in demands if one.label != "__name__")


def _suggested(matcher: Matcher) -> Iterator[str]:
    """Yield values that may be as a matcher demands, or may not."""
    if matcher.operator in {"=", "!="}:
        yield matcher.value
        return
    for one in re.split(r"[|()]", matcher.value):
        yield _example(one)


def _example(pattern: str) -> str:
    """Make up a text a plain pattern describes; whether it does is looked at afterwards."""
    text, place = "", 0
    pattern = pattern.removeprefix("^").removesuffix("$")
    while (atom := _ATOM.match(pattern, place)) is not None:
        place = atom.end()
        times = _TIMES.match(pattern, place)
        place = times.end() if times else place
        count = 1 if times is None or times[0] == "+" else int(times[1] or 0)
        text += _letter(atom) * min(count, 16)
    return text


def _letter(atom: re.Match[str]) -> str:
    if atom["any"]:
        return "0"
    if atom["escape"]:
        return _CLASSES.get(atom["escape"][1], atom["escape"][1])
    if atom["class"] is None:
        return atom["other"]
    inside = atom["class"]
    if inside.startswith("^"):
        return next((one for one in "0a-" if one not in inside), "~")
    return _CLASSES.get(inside[1:2], inside[1:2]) if inside.startswith("\\") else inside[:1]
