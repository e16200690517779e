"""Places, a page at a time, by the index of the ledger alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import FIRST, SECOND
from weighbridge.model.errors import NotFoundError
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.places import PlacePage, places_after

if TYPE_CHECKING:
    from tests.usecases.stage import Stage


def page(
    stage: Stage, after: tuple[str, str] | None = None, limit: int = 9, **more: str
) -> PlacePage:
    registry = stage.registry
    with registry.reading() as view:
        return places_after(Gathering.of(view, registry), after, limit, **more)


def test_nothing_stands_yet(stage: Stage) -> None:
    assert page(stage) == PlacePage(places=(), after=None)


def test_what_was_only_asked_for_stands_nowhere(stage: Stage) -> None:
    assert stage.promote(FIRST, "production").code == 1
    assert page(stage).places == ()


def test_places_are_found_by_environment_and_by_name(stage: Stage) -> None:
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    stage.arrive(SECOND)
    both = (("production", "demo"), ("staging", "demo"))
    assert page(stage).places == both
    assert page(stage, environment="staging").places == both[1:]
    assert page(stage, name="demo").places == both
    assert page(stage, name="dem").places == ()
    assert page(stage, name="demo", environment="production").places == both[:1]
    with pytest.raises(NotFoundError, match="there is no environment moon"):
        page(stage, environment="moon")


def test_a_page_ends_where_the_next_begins(stage: Stage) -> None:
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    first = page(stage, limit=1)
    assert first == PlacePage(places=(("production", "demo"),), after=("production", "demo"))
    second = page(stage, first.after, limit=1)
    assert second == PlacePage(places=(("staging", "demo"),), after=None)
    assert page(stage, first.after, limit=1, name="demo") == second
