"""A rotation of the log's key is said in one way only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.ledger.signing import verifier_key
from weighbridge.ledger.note import write_verifier_key
from weighbridge.seal.control import (
    Action,
    Change,
    ControlError,
    Obstacle,
    Proposal,
    log_rotation_of,
    read_proposal,
    rotate_log,
    write_proposal,
)

KEY = write_verifier_key(verifier_key(2))
CHANGE = rotate_log(KEY, endorsement="words")


def test_what_was_asked_for_is_read_again() -> None:
    proposal = Proposal(CHANGE, log="log.example/weighbridge", after=7)
    assert read_proposal(write_proposal(proposal)) == proposal
    said = log_rotation_of(CHANGE)
    assert (said.key, said.endorsement) == (KEY, "words")
    assert CHANGE.subject[0] == "log key of log.example/weighbridge"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "log",
        "log+00000000+AQ==",
        KEY[:-4],
        KEY + "=",
        KEY.replace("+", "+0", 1),
        KEY.upper(),
        f" {KEY}",
        f"{KEY}\n",
        KEY.partition("+")[0] + "+" + "0" * 8 + "+" + KEY.rpartition("+")[2],
    ],
)
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ControlError) as caught:
        rotate_log(key, endorsement="")
    assert caught.value.reason in {Obstacle.NOT_IN_FORM, Obstacle.UNUSABLE_KEY}


@pytest.mark.parametrize(
    "change",
    [
        replace(CHANGE, parameters={**CHANGE.parameters, "more": ""}),
        replace(CHANGE, parameters={"key": KEY}),
        replace(CHANGE, parameters={"key": KEY, "endorsement": 1}),
        replace(CHANGE, parameters={"key": None, "endorsement": ""}),
        replace(CHANGE, subject=("log key of another", CHANGE.subject[1])),
        replace(CHANGE, subject=(CHANGE.subject[0], "sha256:" + "0" * 64)),
        Change(Action.LOG_ROTATE, subject=CHANGE.subject, parameters={}),
    ],
)
def test_what_is_said_otherwise_is_refused(change: Change) -> None:
    with pytest.raises(ControlError) as caught:
        log_rotation_of(change)
    assert caught.value.reason is Obstacle.NOT_IN_FORM
