from __future__ import annotations

from typing import Any

import pytest

from tests.seal.control.owning import LATER, NOW, proposed, registry
from weighbridge.seal.control import (
    Action,
    Change,
    ControlError,
    ControlState,
    Obstacle,
    Said,
    Wish,
    read_proposal,
    said_in,
    stop_change,
)

DIGEST, OTHER = "sha256:" + "d" * 64, "sha256:" + "e" * 64
FREEZE, THAW = Action.ENVIRONMENT_FREEZE, Action.ENVIRONMENT_UNFREEZE
BLOCK, UNBLOCK = Action.RELEASE_BLOCK, Action.RELEASE_UNBLOCK


def change(action: Action, **wish: str) -> Change:
    name = "production" if action in {FREEZE, THAW} else "demo@1.0.0"
    return stop_change(action, name, DIGEST, Wish(**{"reason": "a fault", **wish}))


def after(*changes: Change, at: str = NOW) -> ControlState:
    """Fold changes, one after the other, where there is one environment."""
    state = ControlState(trust=registry(), environments={"production": OTHER})
    for index, one in enumerate(changes, state.trust.as_of):
        state = state.after(one, as_of=index + 1, at=at)
    return state


def refused(*changes: Change) -> Obstacle:
    with pytest.raises(ControlError) as caught:
        after(*changes)
    return caught.value.reason


@pytest.mark.parametrize(
    "one",
    [
        change(FREEZE),
        change(FREEZE, until=LATER),
        change(THAW),
        change(BLOCK),
        change(BLOCK, environment="production"),
        change(UNBLOCK, environment="production"),
    ],
)
def test_each_is_proposed_and_read_back(one: Change) -> None:
    assert read_proposal(proposed(one)).change == one


@pytest.mark.parametrize("action", [FREEZE, THAW, BLOCK, UNBLOCK])
@pytest.mark.parametrize(
    ("wish", "obstacle"),
    [
        ({"reason": " "}, Obstacle.NO_REASON),
        ({"reason": "a\nb"}, Obstacle.NOT_IN_FORM),
        ({"until": "tomorrow"}, Obstacle.NOT_IN_FORM),
        ({"until": LATER, "environment": "production"}, Obstacle.NOT_IN_FORM),
        ({"environment": "a\nb"}, Obstacle.NOT_IN_FORM),
    ],
)
def test_what_is_not_in_its_form_is_asked_of_nobody(
    action: Action, wish: dict[str, str], obstacle: Obstacle
) -> None:
    with pytest.raises(ControlError) as caught:
        change(action, **wish)
    assert caught.value.reason is obstacle


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        (FREEZE, {"reason": "x"}),
        (FREEZE, {"reason": "x", "until": "", "more": "y"}),
        (THAW, {"reason": "x", "until": ""}),
        (BLOCK, {"reason": "x"}),
        (BLOCK, {"reason": "x", "environment": 1}),
        (UNBLOCK, {"environment": ""}),
    ],
)
def test_another_form_is_not_proposed(action: Action, parameters: dict[str, Any]) -> None:
    with pytest.raises(ControlError):
        proposed(Change(action, subject=("production", DIGEST), parameters=parameters))


def test_a_freeze_stands_until_it_is_lifted_or_another_takes_its_place() -> None:
    first = after(change(FREEZE), change(FREEZE))
    frozen = Said(reason="a fault", at=NOW, entry=1, about="production")
    assert first.freezes == {"production": frozen}
    longer = first.after(change(FREEZE, until=LATER), as_of=9, at=NOW)
    assert longer.freezes["production"].until == LATER
    assert after(change(FREEZE), change(THAW)).freezes == {}


def test_a_freeze_that_would_be_over_is_none() -> None:
    assert refused(change(FREEZE, until=NOW)) is Obstacle.NEVER_VALID


def test_what_is_not_frozen_or_not_there_is_not_let_go() -> None:
    assert refused(change(THAW)) is Obstacle.NOT_FROZEN
    elsewhere = stop_change(FREEZE, "prodution", DIGEST, Wish(reason="x"))
    assert refused(elsewhere) is Obstacle.UNKNOWN_ENVIRONMENT
    assert refused(change(BLOCK, environment="prod")) is Obstacle.UNKNOWN_ENVIRONMENT


def test_bytes_are_blocked_where_it_was_said_and_the_first_word_stands() -> None:
    state = after(change(BLOCK), change(BLOCK, environment="production"), change(BLOCK, reason="y"))
    assert {place: said.reason for place, said in state.blocks.items()} == {
        ("", DIGEST): "a fault",
        ("production", DIGEST): "a fault",
    }
    left = state.after(change(UNBLOCK), as_of=9, at=LATER)
    assert set(left.blocks) == {("production", DIGEST)}
    assert refused(change(BLOCK), change(UNBLOCK, environment="production")) is Obstacle.NOT_BLOCKED


def test_the_entry_says_why() -> None:
    assert said_in(change(FREEZE, until=LATER)) == {"said": {"reason": "a fault", "until": LATER}}
    assert said_in(change(BLOCK)) == {"said": {"reason": "a fault"}}
    hold = Change(Action.RELEASE_HOLD, subject=("x", DIGEST), parameters={"reason": "x"})
    assert said_in(hold) == {}
