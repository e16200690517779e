from __future__ import annotations

import pytest

from tests.seal.control.owning import LATER, NOW, proposed, registry
from weighbridge.seal.control import (
    Action,
    Change,
    ControlError,
    ControlState,
    Obstacle,
    Said,
    custody_change,
    read_proposal,
)

DIGEST = "sha256:" + "d" * 64
ACTIONS = [Action.PAYLOAD_ERASE, Action.RELEASE_HOLD, Action.RELEASE_UNHOLD]


def change(action: Action, reason: str = "a lawsuit") -> Change:
    return custody_change(action, "demo@1.0.0", DIGEST, reason=reason)


def after(*actions: Action) -> ControlState:
    """Fold changes, one after the other."""
    state = ControlState(trust=registry())
    for index, action in enumerate(actions, state.trust.as_of):
        state = state.after(change(action, f"reason {index}"), as_of=index + 1, at=NOW)
    return state


def refused(*actions: Action) -> Obstacle:
    with pytest.raises(ControlError) as caught:
        after(*actions)
    return caught.value.reason


@pytest.mark.parametrize("action", ACTIONS)
def test_each_is_proposed_and_read_back(action: Action) -> None:
    assert read_proposal(proposed(change(action))).change == change(action)


@pytest.mark.parametrize(
    ("reason", "obstacle"),
    [("", Obstacle.NO_REASON), (" ", Obstacle.NO_REASON), ("a\nb", Obstacle.NOT_IN_FORM)],
)
def test_each_has_a_reason_of_one_line(reason: str, obstacle: Obstacle) -> None:
    with pytest.raises(ControlError) as caught:
        change(Action.RELEASE_HOLD, reason)
    assert caught.value.reason is obstacle


@pytest.mark.parametrize("parameters", [{}, {"reason": 1}, {"reason": "x", "more": "y"}])
def test_another_form_is_not_proposed(parameters: dict[str, object]) -> None:
    other = Change(Action.PAYLOAD_ERASE, subject=("demo@1.0.0", DIGEST), parameters=parameters)
    with pytest.raises(ControlError) as caught:
        proposed(other)
    assert caught.value.reason is Obstacle.NOT_IN_FORM


def test_what_was_said_first_stands() -> None:
    held = after(Action.RELEASE_HOLD, Action.RELEASE_HOLD)
    assert held.holds == {DIGEST: Said(reason="reason 1", at=NOW, entry=1)}
    again = held.after(change(Action.RELEASE_HOLD), as_of=9, at=LATER)
    assert again.holds == held.holds
    erased = after(Action.PAYLOAD_ERASE, Action.PAYLOAD_ERASE)
    assert erased.erasures == {DIGEST: Said(reason="reason 1", at=NOW, entry=1)}
    assert after(Action.RELEASE_HOLD, Action.RELEASE_UNHOLD).holds == {}


def test_what_is_held_is_not_erased_and_what_is_not_is_not_let_go() -> None:
    assert refused(Action.RELEASE_HOLD, Action.PAYLOAD_ERASE) is Obstacle.HELD
    assert refused(Action.RELEASE_UNHOLD) is Obstacle.NOT_HELD
    assert refused(Action.PAYLOAD_ERASE, Action.RELEASE_UNHOLD) is Obstacle.NOT_HELD
