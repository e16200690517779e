from __future__ import annotations

from typing import Any

import pytest

from weighbridge.model.event import Event, EventError, Kind
from weighbridge.model.unverified import (
    LONGEST,
    MOST,
    Unverified,
    Wrong,
    body_of,
    fold_unverified,
    in_short,
)
from weighbridge.model.verification import Problem

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
ONE = {"code": "INT001", "subject": "model", "seen": "x", "wanted": "y"}
TWO = {"code": "INT002", "subject": "labels", "seen": "", "wanted": "z"}


def wrong(
    *problems: dict[str, str],
    release: str = A,
    **more: Any,  # noqa: ANN401 - whatever an entry says
) -> tuple[Kind, dict[str, Any]]:
    body = {"name": "demo", "version": "1", "release": release, "by": "rob"}
    return Kind.RELEASE_UNVERIFIED, {**body, "problems": [*problems], **more}


def fine(release: str = A) -> tuple[Kind, dict[str, Any]]:
    return Kind.RELEASE_VERIFIED, {"name": "demo", "version": "1", "release": release, "by": ""}


def folded(*story: tuple[Kind, dict[str, Any]]) -> dict[str, Unverified]:
    events = (
        (index, Event(kind=kind, time=f"2026-01-01T00:0{index}:00Z", control=0, body=body))
        for index, (kind, body) in enumerate(story)
    )
    return fold_unverified(events)


def test_a_release_is_unverified_until_it_is_found_in_order() -> None:
    found = folded(wrong(ONE), wrong(ONE, release=B), fine(B))
    assert found == {
        A: Unverified(entry=0, at="2026-01-01T00:00:00Z", by="rob", found=(Wrong(**ONE),))
    }
    assert folded(wrong(ONE), fine()) == {}
    assert folded(fine()) == {}
    again = folded(wrong(ONE), fine(), wrong(TWO))[A]
    assert (again.entry, again.words) == (2, "labels (INT002)")


def test_what_several_found_is_told_together() -> None:
    found = folded(wrong(ONE), wrong(ONE, TWO, more=2))[A]
    assert (found.entry, found.more) == (0, 2)
    assert found.found == (Wrong(**ONE), Wrong(**TWO))
    assert found.words == "model (INT001), labels (INT002) and 2 more"


def test_an_entry_is_bounded_whatever_was_found() -> None:
    problem = Problem(code="INT001", subject="x" * 5000, message="m", seen="\udcff")
    body = body_of([problem] * 40)
    assert (len(body["problems"]), body["more"]) == (MOST, 40 - MOST)
    assert len(body["problems"][0]["subject"]) == LONGEST
    assert body["problems"][0]["seen"] == "\\udcff"
    assert in_short(body).endswith("; 40 problems in all")
    assert set(body_of([problem])) == {"problems"}


@pytest.mark.parametrize(
    "body",
    [
        {"problems": []},
        {"problems": None},
        {"problems": ["x"]},
        {"problems": [{"code": "INT001"}]},
        {"more": -1},
        {"more": True},
        {"release": None},
        {"by": 1},
    ],
)
def test_an_entry_that_does_not_say_what_it_must_is_refused(body: dict[str, Any]) -> None:
    kind, said = wrong(ONE)
    with pytest.raises(EventError):
        folded((kind, said | body))
