"""Who asked for what, by the comments that `pip-compile` and uv write below each requirement.

    numpy==1.26.4
        # via
        #   -r requirements.in
        #   pandas
        # from https://pypi.org/simple

Reads comments only: they tell of the lock, they change nothing of what it pins.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from weighbridge.codec.address import without_credentials
from weighbridge.model.lock import Edge, Pin

if TYPE_CHECKING:
    from collections.abc import Iterable

_COMMENT = re.compile(r"(?:^|\s)#(.*)$")
_VIA = re.compile(r"\s*via(?:\s+(.*))?")
_FROM = re.compile(r"\s*from\s+(\S+://\S+)\s*")
_CONTINUED = re.compile(r"\s{2,}(\S.*)")
_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?")
_CONSTRAINT = re.compile(r"(?:-c|--constraints?|--overrides?|-b)\b")


@dataclass(slots=True)
class _Told:
    """What the comments of a lock tell.

    Attributes:
        asked: Who asks for each pin, by its place among the pins.
        indexes: The index each pin was found on, likewise.
    """

    asked: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    indexes: dict[int, str] = field(default_factory=dict)


def record_parents(pins: list[Pin], text: str) -> tuple[list[Pin], tuple[str, ...], bool]:
    """Write down what the comments tell.

    Args:
        pins: The pins of the lock, in file order.
        text: Its text.

    Returns:
        The pins with what they depend on, the names of what was asked for itself, and whether
        there were any such comments.
    """
    told = _read(pins, text)
    names = Counter(pin.name for pin in pins)
    edges: dict[str, list[Edge]] = defaultdict(list)
    roots: set[str] = set()
    for place, askers in told.asked.items():
        child = pins[place]
        version = child.version or "" if names[child.name] > 1 else ""
        for asker in _names(askers):
            if asker in names:
                edges[asker].append(Edge(name=child.name, version=version))
            else:
                # A file, or the project itself: nothing else can ask without being locked.
                roots.add(child.name)
    found = [
        replace(
            pin,
            edges=tuple(dict.fromkeys(edges.get(pin.name, ()))),
            index=told.indexes.get(place, pin.index),
        )
        for place, pin in enumerate(pins)
    ]
    return found, tuple(sorted(roots)), bool(told.asked)


def _read(pins: list[Pin], text: str) -> _Told:
    """Go through the comments, each with the pin it stands at or below."""
    told = _Told()
    place, inside = -1, False
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        while place + 1 < len(pins) and pins[place + 1].line <= number:
            place += 1
        comment = _COMMENT.search(line)
        if comment is None or place < 0:
            inside = False
            continue
        via = _VIA.fullmatch(comment[1])
        more = _CONTINUED.fullmatch(comment[1])
        index = _FROM.fullmatch(comment[1])
        if via is not None:
            inside = True
            told.asked[place].extend(_split(via[1] or ""))
        elif inside and more is not None:
            told.asked[place].extend(_split(more[1]))
        elif index is not None:
            told.indexes[place] = without_credentials(index[1])
    return told


def _split(listed: str) -> Iterable[str]:
    return (one.strip() for one in listed.split(",") if one.strip())


def _names(askers: Iterable[str]) -> Iterable[str]:
    """Give the name of each package that asks, and anything else for a file that does."""
    for asker in askers:
        if _CONSTRAINT.match(asker):
            continue
        name = _NAME.fullmatch(asker)
        yield canonicalize_name(name[1]) if name else asker
