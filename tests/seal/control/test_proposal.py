from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.seal.control.owning import LOG, NOW, PUBLISHING, proposed, trusting
from tests.seal.signing import BOB, DIGEST, STATEMENT, identity
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.predicates import CONTROL
from weighbridge.seal.control import (
    Action,
    Change,
    ControlError,
    Obstacle,
    Proposal,
    read_proposal,
    revoke_key,
    write_proposal,
)

REVOKE = revoke_key(identity(BOB), person="bob", revoked_at=NOW, reason="lost")
PUBLISH = Change(
    Action.POLICY_PUBLISH, subject=("baseline", DIGEST), parameters={"files": 2, "names": ["a"]}
)
CHANGES = [trusting("bob", "builder"), REVOKE, PUBLISH]
WRITTEN = proposed(REVOKE)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=10,
)


def changed(said: dict[str, Any], **members: Any) -> bytes:  # noqa: ANN401 - any JSON
    tree = json.loads(WRITTEN)
    tree["predicate"] |= said
    return json.dumps(
        tree | members, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def test_a_proposal_is_a_statement_about_what_is_to_change() -> None:
    digest = identity(BOB).removeprefix("sha256:")
    assert (
        b'{"_type":"https://in-toto.io/Statement/v1","predicate":{"action":"key.revoke","after":7,'
        b'"log":"example.org/registry","parameters":{"person":"bob","reason":"lost",'
        b'"revokedAt":"2026-11-22T05:00:00Z"}},'
        b'"predicateType":"https://weighbridge.dev/control/v1",'
        b'"subject":[{"digest":{"sha256":"' + digest.encode() + b'"},"name":"key of bob"}]}'
    ) == WRITTEN


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.action)
def test_a_proposal_is_read_as_it_was_written(change: Change) -> None:
    proposal = Proposal(change, log=LOG, after=7)
    data = write_proposal(proposal)
    assert read_proposal(data) == proposal
    assert data == canonical_bytes(json.loads(data))


@given(
    st.sampled_from(PUBLISHING),
    st.dictionaries(st.text(st.characters(codec="ascii")), VALUES),
)
def test_whatever_is_published_is_read_as_it_was_written(
    action: Action, parameters: dict[str, Any]
) -> None:
    change = Change(action, subject=("it", DIGEST), parameters=parameters)
    proposal = Proposal(change, log=LOG, after=7)
    assert read_proposal(write_proposal(proposal)) == proposal


def test_two_proposals_of_one_change_are_different_statements() -> None:
    assert proposed(REVOKE) == proposed(REVOKE)
    assert len({proposed(REVOKE), proposed(REVOKE, after=8), proposed(REVOKE, log="other")}) == 3


@pytest.mark.parametrize(
    ("log", "after"), [("", 7), ("a\nb", 7), (LOG, -1), (LOG, 2**53), (LOG, True)]
)
def test_a_proposal_names_its_log_and_its_place(log: str, after: int) -> None:
    with pytest.raises(ControlError) as refused:
        Proposal(REVOKE, log=log, after=after)
    assert refused.value.reason is Obstacle.NOT_IN_FORM


@pytest.mark.parametrize("value", [0.5, 2**53, b"x", (1,), "\ud800", {"é": 1}])
def test_what_has_no_canonical_form_is_not_proposed(value: object) -> None:
    with pytest.raises(ControlError) as refused:
        proposed(dataclasses.replace(PUBLISH, parameters={"value": value}))
    assert refused.value.reason is Obstacle.NOT_IN_FORM


def test_a_change_of_keys_made_by_hand_is_not_proposed() -> None:
    for change in CHANGES[:2]:
        loose = dataclasses.replace(change, parameters={**change.parameters, "more": ""})
        with pytest.raises(ControlError) as refused:
            proposed(loose)
        assert refused.value.reason is Obstacle.NOT_IN_FORM


def test_the_changes_below_are_what_is_refused() -> None:
    assert changed({}) == WRITTEN


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[" * 10**5,
        STATEMENT,
        WRITTEN + b"\n",
        WRITTEN.replace(b'","', b'", "', 1),
        WRITTEN.replace(b'"log":', b'"log":"a","log":'),
        changed({"more": 1}),
        changed({"action": "key.forget"}),
        changed({"action": "key.trust"}),
        changed({"action": None}),
        changed({"action": ["key.revoke"]}),
        changed({"log": ""}),
        changed({"log": None}),
        changed({"after": None}),
        changed({"after": "7"}),
        changed({"after": True}),
        changed({"after": -1}),
        changed({"after": 7.0}),
        changed({"parameters": None}),
        changed({"parameters": []}),
        changed({"parameters": {}}),
        changed({"parameters": {"person": "bob", "reason": "lost", "revokedAt": 0.5}}),
        changed({"action": "policy.publish", "parameters": {"share": 0.5}}),
        changed({}, predicate=[]),
        changed({}, predicate={}),
        changed({}, predicateType=CONTROL + "1"),
        changed({}, subject=json.loads(WRITTEN)["subject"] * 2),
        changed({}, subject=[]),
        changed({}, subject=[{"name": "key of bob", "digest": {"sha256": DIGEST[7:]}, "more": 1}]),
        changed({}, subject=[{"name": "key of eve", "digest": {"sha256": identity(BOB)[7:]}}]),
    ],
)
def test_a_proposal_in_any_other_bytes_is_refused(data: bytes) -> None:
    with pytest.raises(ControlError) as refused:
        read_proposal(data)
    assert refused.value.reason in {Obstacle.NOT_A_PROPOSAL, Obstacle.NOT_IN_FORM}


def test_no_byte_of_a_proposal_can_be_changed_without_changing_what_it_says() -> None:
    read = []
    for place, byte in enumerate(WRITTEN):
        data = WRITTEN[:place] + bytes([byte ^ 1]) + WRITTEN[place + 1 :]
        try:
            read.append((data, read_proposal(data)))
        except ControlError:
            continue
    assert read
    assert all(proposal != read_proposal(WRITTEN) for _, proposal in read)
    assert all(write_proposal(proposal) == data for data, proposal in read)
