"""`log verify --deep` holds entries about deliveries against those before, and their papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.stage import FIRST, SECOND
from tests.usecases.workshop import sha256
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

GONE = sha256(b"nobody keeps this")


def put(stage: Stage, data: bytes) -> str:
    registry = stage.registry
    try:
        return registry.blobs.put(data)
    finally:
        registry.close()


def problems(stage: Stage) -> list[tuple[str, str]]:
    document = stage("log", "verify", "--deep", "--output-format=json").json
    return [(one["subject"], one["message"]) for one in document["problems"]]


@pytest.fixture
def about(stage: Stage) -> dict[str, Any]:
    """Say which release is delivered where."""
    stage.arrive(FIRST)
    return {
        "environment": "staging",
        "name": "demo",
        "release": stage.release(FIRST),
        "version": "1.0.0",
    }


@pytest.fixture
def started(stage: Stage, about: dict[str, Any]) -> dict[str, Any]:
    """Say that dora began to deliver it, with papers that are there."""
    signed = [one["body"]["decision"] for one in stage.entries() if "decision" in one["body"]]
    return about | {
        "at": 1,
        "bundle": signed[-1],
        "generation": 1,
        "person": "dora",
        "previous": None,
        "rendering": put(stage, b"{}"),
        "strategy": "canary",
        "target": {"kind": "local", "version": "1", "namespace": "", "options": {}},
    }


def test_a_delivery_from_its_beginning_to_its_end(
    stage: Stage, about: dict[str, Any], started: dict[str, Any]
) -> None:
    begun = stage.append(Kind.DELIVERY_STARTED, started)
    its = about | {"delivery": begun, "at": 2}
    moved = its | {"phase": "rolling-out", "step": 0, "weight": 5}
    stage.append(Kind.DELIVERY_MOVED, moved)
    stage.append(Kind.DELIVERY_MEASURED, its | {"analysis": "errors", "outcome": "success"})
    order = about | {"delivery": begun, "order": "skip", "reason": "r", "person": "dora"}
    stage.append(Kind.DELIVERY_ORDERED, order | {"bundle": started["bundle"]})
    over = moved | {"phase": "delivered", "observed": put(stage, b"{ }")}
    stage.append(Kind.DELIVERY_MOVED, over)
    refused = about | {"reason": "held", "text": "it is held", "person": "dora"}
    stage.append(Kind.DELIVERY_REFUSED, refused)
    assert problems(stage) == []
    told = stage.done("history", "demo").out
    assert "demo@1.0.0 to staging is delivered" in told
    assert "delivery.measured" not in told
    before = len(stage.entries())
    stage.done("registry", "gc", "--grace=0s")
    assert (len(stage.entries()), problems(stage)) == (before, [])


def test_what_an_entry_names_must_be_there_and_signed_by_whom_it_names(
    stage: Stage, about: dict[str, Any], started: dict[str, Any]
) -> None:
    lies: dict[str, str] = {
        "rendering": "its rendering cannot be read: ",
        "bundle": "its papers cannot be read: ",
    }
    wanted = [
        (f"entry {stage.append(Kind.DELIVERY_STARTED, started | {name: GONE})}", said)
        for name, said in lies.items()
    ]
    other = stage.append(Kind.DELIVERY_STARTED, started | {"person": "mia"})
    wanted.append((f"entry {other}", "its person is not that of the bundle"))
    none = {key: value for key, value in started.items() if key != "rendering"}
    without = stage.append(Kind.DELIVERY_STARTED, none)
    wanted.append((f"entry {without}", "it does not say what the release is rendered as"))
    end = about | {"delivery": other, "phase": "delivered", "observed": GONE}
    wanted.append((f"entry {stage.append(Kind.DELIVERY_MOVED, end)}", "its observed cannot be"))
    strange = stage.append(Kind.DELIVERY_STARTED, started | {"rendering": 7})
    wanted.append((f"entry {strange}", "its rendering cannot be read: "))
    found = problems(stage)
    assert [one[0] for one in found] == [one[0] for one in wanted]
    assert all(one[1].startswith(said[1]) for one, said in zip(found, wanted, strict=True))


def test_entries_that_do_not_follow_are_found(
    stage: Stage, about: dict[str, Any], started: dict[str, Any]
) -> None:
    begun = stage.append(Kind.DELIVERY_STARTED, started)
    end = about | {"delivery": begun, "phase": "failed"}
    none = "its delivery is none of this release that was begun there"
    wanted = [
        (stage.append(Kind.DELIVERY_MOVED, end | {"delivery": begun + 1}), none),
        (stage.append(Kind.DELIVERY_MOVED, end | {"environment": "production"}), none),
        (stage.append(Kind.DELIVERY_MEASURED, about), none),
        (
            stage.append(Kind.DELIVERY_MOVED, end | {"phase": "gone"}),
            "it moves to a phase there is not",
        ),
    ]
    stage.append(Kind.DELIVERY_MOVED, end)
    over = "its delivery had ended by then"
    wanted.append((stage.append(Kind.DELIVERY_MOVED, end), over))
    stopped = end | {"phase": "stopped"}
    stage.append(Kind.DELIVERY_MOVED, stopped)  # what runs can be ended afterwards, once
    wanted.append((stage.append(Kind.DELIVERY_MOVED, stopped), over))
    wanted.append((stage.append(Kind.DELIVERY_MOVED, end), over))
    other = started | {"release": stage.release(SECOND)}
    wanted.append((stage.append(Kind.DELIVERY_STARTED, other), "no release is bound as it says"))
    assert problems(stage) == [(f"entry {entry}", said) for entry, said in wanted]
