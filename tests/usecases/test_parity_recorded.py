"""Which delivery stands in an environment, and what is recorded at the end of one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.diffing.parity.samples import HOST, MACHINE, on_host
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.event import Event, Kind
from weighbridge.model.fact import Unavailable
from weighbridge.model.host import Variable
from weighbridge.usecases.parity.delivered import last_delivery
from weighbridge.usecases.parity.documents import MOST, SET, observation_document

TOKEN = "ghp_" + "a1B2" * 9


def story(*told: tuple[str, str, str | None]) -> list[tuple[int, Event]]:
    """Tell deliveries: of which release, how it ended, and what was there before."""
    found: list[tuple[int, Event]] = []
    for release, phase, previous in told:
        begun = len(found)
        bodies = (
            (Kind.DELIVERY_STARTED, {"release": release, "previous": previous}),
            (Kind.DELIVERY_MOVED, {"release": release, "delivery": begun, "phase": phase}),
        )
        for kind, body in bodies:
            event = Event(kind=kind, time="2026-01-01T00:00:00Z", control=0, body=body)
            found.append((len(found), event))
    return found


@pytest.mark.parametrize(
    ("told", "release", "why"),
    [
        ([], None, "nothing was delivered"),
        ([("a", "delivered", None)], "a", ""),
        ([("a", "delivered", None), ("b", "delivered", "a")], "b", ""),
        ([("a", "delivered", None), ("b", "rolled-back", "a")], "a", ""),
        (
            [("a", "delivered", None), ("b", "rolled-back", "a"), ("c", "rolled-back", "a")],
            "a",
            "",
        ),
        ([("b", "rolled-back", None)], None, "the delivery that entry 0 began was taken back"),
        ([("b", "rolled-back", "a")], None, "what was there before was never delivered"),
        (
            [("x", "delivered", None), ("b", "rolled-back", "a")],
            None,
            "what was there before was never delivered",
        ),
        (
            [("a", "delivered", None), ("b", "failed", "a")],
            None,
            "the delivery that entry 2 began failed",
        ),
        (
            [("a", "delivered", None), ("b", "watching", "a")],
            None,
            "the delivery that entry 2 began has not ended",
        ),
    ],
)
def test_which_delivery_stands(
    told: list[tuple[str, str, str | None]], release: str | None, why: str
) -> None:
    found = last_delivery(story(*told))
    assert found.why == why
    assert (None if found.started is None else found.started["release"]) == release


def test_a_sandbox_is_no_delivery_to_an_environment() -> None:
    (index, event), *rest = story(("a", "delivered", None))
    sandbox = replace(event, body={**event.body, "unpromoted": True})
    assert last_delivery([(index, sandbox), *rest]).why == "nothing was delivered"


def test_no_credential_is_recorded_and_what_is_too_much_is_unknown() -> None:
    machine = on_host(variables=(*HOST.variables, Variable(name="LC_ALL", masked="a token")))
    machine = replace(
        machine,
        variables={"API_TOKEN": "x", "DB_PASSWORD": "p", "MODE": TOKEN, "PLAIN": "yes"},
        arguments=("serve", "--token", TOKEN, f"--password={'p4ss' * 4}", "--port=80", "m" * 9000),
        settings={"a": "1", "b": Unavailable("hidden")},
    )
    found = observation_document(machine)
    assert TOKEN not in json.dumps(found)
    assert (
        found["variables"]
        | {
            "API_TOKEN": SET,
            "DB_PASSWORD": SET,
            "LC_ALL": SET,
            "MODE": SET,
            "PLAIN": "yes",
        }
        == found["variables"]
    )
    assert found["arguments"][:5] == ["serve", "--token", SET, f"--password={SET}", "--port=80"]
    assert len(found["arguments"][5]) == 4096
    assert (found["settings"], found["unknown"]) == ({"a": "1"}, {"settings/b": "hidden"})
    assert canonical_bytes(found)
    many = observation_document(replace(machine, arguments=("x",) * (MOST + 1)))
    assert "arguments" not in many
    assert many["unknown"]["arguments"].startswith("there are 20001")
    nobody = observation_document(MACHINE, is_process=False)
    assert {"arguments", "limits", "variables"} <= nobody["unknown"].keys()
