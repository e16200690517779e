"""Places: which release names point to something where, a page at a time, by the index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.usecases.gathering import Gathering

_GATE = "gate:"
_LAST = (1 << 62) - 1
"""An index behind all there are: what comes after it is of the next topic."""
_LOOKED_AT = 10
"""How many names are looked at for one that points to something: some were only ever refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacePage:
    """A page of places.

    Attributes:
        places: Environment and name of each.
        after: Behind what the next page begins; None if this is the last.
    """

    places: tuple[tuple[str, str], ...]
    after: tuple[str, str] | None


def places_after(
    gathering: Gathering,
    after: tuple[str, str] | None,
    limit: int,
    *,
    environment: str = "",
    name: str = "",
) -> PlacePage:
    """List where names point to something, in the order of the index.

    Args:
        gathering: One moment of the registry.
        after: The last place of the page before; None for the first page.
        limit: How many places it has at most. Fewer are told where many names point to nothing.
        environment: This environment only.
        name: This release name only.

    Raises:
        NotFoundError: There is no such environment.
    """
    if environment:
        gathering.environment(environment)
    found: list[tuple[str, str]] = []
    last = after
    for looked, place in enumerate(_asked(gathering, after, environment, name)):
        if len(found) == limit or looked == limit * _LOOKED_AT:
            return PlacePage(places=tuple(found), after=last)
        last = place
        if gathering.pointer(*place).moves:
            found.append(place)
    return PlacePage(places=tuple(found), after=None)


def _asked(
    gathering: Gathering, after: tuple[str, str] | None, environment: str, name: str
) -> Iterator[tuple[str, str]]:
    known = gathering.state.environments
    if not name:
        yield from _indexed(gathering, after, environment)
        return
    for one in sorted(known) if not environment else [environment]:
        if (after is None or (one, name) > after) and gathering.log.view.found(_topic(one, name)):
            yield one, name


def _indexed(
    gathering: Gathering, after: tuple[str, str] | None, environment: str
) -> Iterator[tuple[str, str]]:
    """List the names something was asked for, from one topic of the index to the next."""
    prefix = f"{_GATE}{environment}/" if environment else _GATE
    key = (prefix, -1) if after is None else (_topic(*after), _LAST)
    while rows := gathering.log.view.topics_after(key, 1):
        topic = rows[0][0]
        if not topic.startswith(prefix):
            return
        where, _, name = topic.removeprefix(_GATE).partition("/")
        if where in gathering.state.environments:
            yield where, name
        key = (topic, _LAST)


def _topic(environment: str, name: str) -> str:
    return f"{_GATE}{environment}/{name}"
