"""Waivers of all places, as the gate says they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.test_waivers import ASK, GRANT, WAIVE, WITHDRAW, found
from weighbridge.usecases.chronicle.chronicle import Chronicle
from weighbridge.usecases.chronicle.waiving import Found, Sought, candidates, look_at

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

__all__ = ["found"]


def look(stage: Stage, now: str = "2026-02-02T00:00:00Z", **sought: object) -> Found:
    wanted, registry = Sought(**sought), stage.registry  # type: ignore[arg-type]
    with Chronicle().reading(registry) as told:
        rows = candidates(told, wanted, now=now)
    with registry.reading() as view:
        return look_at(rows, wanted, view=view, registry=registry, now=now)


def states(stage: Stage, now: str = "2026-02-02T00:00:00Z", **sought: object) -> list[str]:
    return [state.state.value for state, _ in look(stage, now, **sought).states]


def test_a_request_and_what_became_of_it(found: Stage) -> None:
    assert states(found) == []
    assert found(*ASK, by="bea").code == 0
    assert states(found) == ["requested"]
    assert states(found, state="requested", rule="DEP002", environment="staging") == ["requested"]
    assert states(found, state="in force") == []
    assert found(*GRANT, by="cat").code == 0
    ((state, release),) = look(found).states
    assert (state.state.value, state.person, state.requested_by) == ("in force", "cat", "bea")
    assert release == found.release("demo@1.0.0")
    assert states(found, state="requested") == []
    assert found(*WITHDRAW, by="cat").code == 0
    assert states(found) == []


def test_what_ended_is_told_while_what_it_let_in_is_there(found: Stage) -> None:
    assert found(*WAIVE, by="cat").code == 0
    after = "2026-03-02T00:00:00Z"
    assert states(found, "2026-02-25T00:00:00Z") == ["ends soon"]
    assert states(found, after) == []
    assert found.promote("demo@1.0.0", "staging").code == 0
    assert states(found, after) == ["ended"]
    assert states(found, after, state="ended") == ["ended"]


@pytest.mark.parametrize("limit", [1, 2])
def test_what_ends_first_comes_first_page_by_page(found: Stage, limit: int) -> None:
    for who, until in (("cat", "2026-04-01"), ("max", "2026-03-01"), ("cat", "2026-02-20")):
        words = (*WAIVE[:-1], f"--expires={until}T00:00:00Z")
        assert found(*words, by=who).code == 0
    # The newest word of each person counts.
    seen, after = list[tuple[str, str]](), None
    while True:
        page = look(found, limit=limit, after=after)
        assert len(page.states) <= limit
        seen += [(state.person, state.expires[:10]) for state, _ in page.states]
        if (after := page.after) is None:
            break
    assert seen == [("cat", "2026-02-20"), ("max", "2026-03-01")]
