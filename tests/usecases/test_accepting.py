from __future__ import annotations

import functools
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.elsewhere import Drafted, Elsewhere, person
from tests.usecases.stage import FIRST, SECOND
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.gate.case import Act
from weighbridge.gate.times import moment
from weighbridge.model.delivery import Order
from weighbridge.model.errors import (
    ConflictError,
    NotAllowedError,
    RequestError,
    UnprovenError,
    WeighbridgeError,
)
from weighbridge.model.event import Event, Kind
from weighbridge.model.team.account import Scope, Via
from weighbridge.model.team.change import Draft, Reads, RemoteChange
from weighbridge.usecases.accepting import take
from weighbridge.usecases.entitlement import operation_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.usecases.cast import Cast
    from tests.usecases.stage import Stage
    from weighbridge.model.team.account import Identity


@pytest.fixture
def elsewhere(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Have every verb's change weighed as a server weighs it."""
    opened = functools.partial(Elsewhere, clock=stage.clock)
    monkeypatch.setattr("weighbridge.adapters.registry.EmbeddedRegistry", opened)
    return stage


class Drafter:
    """Drafts what a verb would enter, and keeps it."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stage = stage
        self.drafted: list[RemoteChange] = []
        kept = self.drafted

        class Kept(EmbeddedRegistry):
            def change(self, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401
                with self.reading() as view:
                    drafted = Drafted(view, now=self._clock())
                    result = change(drafted)
                kept.append(drafted.change())
                return result

        self._patch = functools.partial(
            monkeypatch.setattr, "weighbridge.adapters.registry.EmbeddedRegistry"
        )
        self._kept = functools.partial(Kept, clock=stage.clock)
        self._plain = functools.partial(EmbeddedRegistry, clock=stage.clock)

    def __call__(self, *words: str, by: str) -> RemoteChange:
        self._patch(self._kept)
        self.drafted.clear()
        ran = self.stage(*words, by=by)
        self._patch(self._plain)
        assert self.drafted, ran.err
        return self.drafted[-1]

    def take(
        self,
        change: RemoteChange,
        by: Identity | None = None,
        *,
        at: str = "",
        asks_roles: bool = False,
    ) -> None:
        """Bring a change; it is the time it was made, or another."""
        self.stage.clock.set(at or change.time)
        registry = self.stage.registry
        take(change, by=by or person("dora"), registry=registry, asks_roles=asks_roles)


@pytest.fixture
def drafter(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Drafter:
    return Drafter(stage, monkeypatch)


def entries(stage: Stage) -> int:
    return len(stage.entries())


def refused(
    drafter: Drafter, change: RemoteChange, kind: type[WeighbridgeError], *, at: str = ""
) -> str:
    before = entries(drafter.stage)
    with pytest.raises(kind) as caught:
        drafter.take(change, at=at)
    assert entries(drafter.stage) == before
    return "\n".join(fault.message + fault.cause for fault in caught.value.faults)


def altered(change: RemoteChange, **body: object) -> RemoteChange:
    first, *rest = change.entries
    return replace(change, entries=(Draft(kind=first.kind, body={**first.body, **body}), *rest))


def test_the_whole_way_is_weighed_and_taken(elsewhere: Stage) -> None:
    elsewhere.approved(FIRST)
    assert elsewhere.promote(FIRST, "production").code == 0
    elsewhere.arrive(SECOND)
    assert elsewhere.roll_back().code == 0
    assert elsewhere.pointer("staging")["generation"] == 3
    verified = elsewhere("log", "verify", "--deep", "--output-format=json")
    assert verified.code == 0, verified.out


def test_owners_begin_a_ledger_elsewhere(ownerless: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ownerless.done("seal")
    opened = functools.partial(Elsewhere, clock=ownerless.clock)
    monkeypatch.setattr("weighbridge.adapters.registry.EmbeddedRegistry", opened)
    owners = [f"--owner={name}={name}" for name in ("ann", "ben")]
    ownerless.done("registry", "init", *owners)
    assert [entry["kind"] for entry in ownerless.entries()] == [
        "registry.initialised",
        "release.adopted",
    ]


def test_only_who_runs_the_server_begins_a_ledger(ownerless: Cast) -> None:
    key = ownerless.registry.make_log_key("")
    body = {"logKey": key, "owners": [], "threshold": 1}
    change = RemoteChange(
        time=ownerless.clock(),
        reads=Reads(size=0, control=None),
        entries=(Draft(kind=Kind.REGISTRY_INITIALISED, body=body),),
    )
    writer = person("eve", scopes=frozenset({Scope.READ, Scope.WRITE}))
    with pytest.raises(NotAllowedError, match="who runs the server"):
        take(change, by=writer, registry=ownerless.registry)


def test_what_others_entered_about_the_same_is_a_conflict(drafter: Drafter) -> None:
    change = drafter("promote", FIRST, "--to=staging", by="dora")
    drafter.stage.arrive(SECOND)
    assert "gate:staging/demo has changed" in refused(drafter, change, ConflictError)


def test_what_others_entered_about_something_else_is_none(drafter: Drafter) -> None:
    change = drafter("promote", FIRST, "--to=staging", by="dora")
    body = {"digest": "sha256:" + "0" * 64, "name": "other", "version": "1"}
    drafter.stage.clock.set(change.time)
    drafter.stage.registry.change(
        lambda transaction: transaction.append(Kind.RELEASE_REFUSED, body)
    )
    before = entries(drafter.stage)
    drafter.take(change)
    assert entries(drafter.stage) == before + len(change.entries)
    assert drafter.stage("log", "verify", "--deep").code == 0


def test_who_is_trusted_may_not_have_changed(drafter: Drafter) -> None:
    change = drafter("promote", FIRST, "--to=staging", by="dora")
    drafter.stage.done("key", "revoke", "carl", "--reason=gone", by="ann ben")
    assert "who and what is trusted has changed" in refused(drafter, change, ConflictError)


def test_a_decision_is_made_again(drafter: Drafter) -> None:
    denied = drafter("promote", FIRST, "--to=production", by="dora")
    (entry,) = denied.entries
    assert entry.kind is Kind.PROMOTION_BLOCKED
    body = {**entry.body, "generation": 1, "previous": None, "verdict": "allowed"}
    forged = replace(denied, entries=(Draft(kind=Kind.PROMOTION_DONE, body=body),))
    assert "its verdict is not" in refused(drafter, forged, UnprovenError)
    moved = {name: value for name, value in body.items() if name != "aftermath"}
    honest = {**moved, "verdict": entry.body["verdict"]}
    forged = replace(denied, entries=(Draft(kind=Kind.PROMOTION_DONE, body=honest),))
    assert "the gate did not let it" in refused(drafter, forged, UnprovenError)
    allowed = drafter("promote", FIRST, "--to=staging", by="dora")
    assert "generation" in refused(drafter, altered(allowed, generation=7), UnprovenError)
    assert "person" in refused(drafter, altered(allowed, person="mia"), UnprovenError)
    release = drafter.stage.release(SECOND)
    refused(drafter, altered(allowed, release=release), UnprovenError)
    refused(drafter, altered(allowed, decision="sha256:" + "0" * 64), UnprovenError)


def test_tokens_neither_approve_nor_change_trust(drafter: Drafter) -> None:
    drafter.stage.arrive(FIRST)
    token = person("mia", via=Via.TOKEN)
    approval = drafter("approve", FIRST, "--to=production", by="mia")
    with pytest.raises(NotAllowedError, match="a token does not approve"):
        drafter.take(approval, token)
    control = drafter("key", "revoke", "carl", "--reason=gone", by="ann ben")
    with pytest.raises(NotAllowedError, match="a token does not approve"):
        drafter.take(control, token)
    drafter.take(approval, person("mia"))


def test_a_change_is_of_now(drafter: Drafter) -> None:
    change = drafter("promote", FIRST, "--to=staging", by="dora")
    begun = moment(change.time)
    before, after = (
        (begun + timedelta(seconds=by)).strftime("%Y-%m-%dT%H:%M:%SZ") for by in (-1, 61)
    )
    assert "of a time to come" in refused(drafter, change, RequestError, at=before)
    assert "took too long" in refused(drafter, change, ConflictError, at=after)
    unread = replace(change, time="no time")
    assert "no time" in refused(drafter, unread, WeighbridgeError, at=change.time)


def test_a_release_is_bound_that_is_here_whole(drafter: Drafter) -> None:
    stage = drafter.stage
    digest = stage.release(FIRST)
    now = stage.clock()
    with stage.registry.reading() as view:
        drafted = Drafted(view, now=now)
        drafted.bind("demo", "9.9.9", digest)
        drafted.append(Kind.RELEASE_SEALED, {"digest": digest, "name": "demo", "version": "9.9.9"})
    assert "bears another name" in refused(drafter, drafted.change(), UnprovenError)
    with stage.registry.reading() as view:
        drafted = Drafted(view, now=stage.clock())
        drafted.bind("demo", "9.9.9", digest)
    assert "bound and not entered" in refused(drafter, drafted.change(), UnprovenError)
    nowhere = "sha256:" + "0" * 64
    with stage.registry.reading() as view:
        drafted = Drafted(view, now=stage.clock())
        drafted.bind("demo", "9.9.9", nowhere)
        drafted.append(Kind.RELEASE_SEALED, {"digest": nowhere, "name": "demo", "version": "9.9.9"})
    assert "no sealed manifest" in refused(drafter, drafted.change(), UnprovenError)


@pytest.mark.parametrize("kind", [Kind.RELEASE_ARCHIVED, Kind.RELEASE_ERASED, Kind.STORE_SETTLED])
def test_what_was_done_with_bytes_is_not_told_from_elsewhere(drafter: Drafter, kind: Kind) -> None:
    body = {"digest": drafter.stage.release(FIRST), "name": "demo", "version": "1.0.0"}
    change = drafter("promote", FIRST, "--to=staging", by="dora")
    forged = replace(change, entries=(Draft(kind=kind, body=body),))
    assert "not entered from elsewhere" in refused(drafter, forged, NotAllowedError)


def test_what_no_signature_bears_out_is_entered_by_whom_owners_trust(drafter: Drafter) -> None:
    change = drafter("promote", FIRST, "--to=staging", by="dora")
    release = drafter.stage.release(FIRST)
    body = {"by": "carl", "name": "demo", "release": release, "version": "1.0.0", "found": []}
    forged = replace(change, entries=(Draft(kind=Kind.RELEASE_UNVERIFIED, body=body),))
    assert "whom owners trust" in refused(drafter, forged, WeighbridgeError)


def test_a_body_that_is_none_is_refused(drafter: Drafter) -> None:
    change = drafter("promote", FIRST, "--to=staging", by="dora")
    for kind in Kind:
        for body in ({}, {"environment": 1, "name": []}, {"bundle": "x", "subjects": [3]}):
            forged = replace(change, entries=(Draft(kind=kind, body=body),))
            refused(drafter, forged, WeighbridgeError)


def test_a_server_with_roles_asks_those_of_the_login_too(drafter: Drafter) -> None:
    stage = drafter.stage
    stage.arrive(FIRST)
    for words, by, wanted in (
        (("approve", FIRST, "--to=production"), "mia", "ml-lead, sre"),
        (("promote", FIRST, "--to=production"), "dora", "releaser"),
        (("check", FIRST, "--sign"), "carl", "checker"),
        (("key", "revoke", "mia", "--reason=gone"), "ann ben", "owner"),
    ):
        change = drafter(*words, by=by)
        before = entries(stage)
        for roles in ((), ("another",)):
            with pytest.raises(NotAllowedError, match="stand for no role that may") as caught:
                drafter.take(change, person("mia", roles=roles), asks_roles=True)
            fault = caught.value.faults[0]
            assert fault.wanted == wanted
            assert fault.seen == f"mia: {', '.join(roles) or 'no role'}"
        assert entries(stage) == before
        drafter.take(change, person("mia", roles=wanted.split(", ")), asks_roles=True)
        assert entries(stage) > before


def test_what_needs_any_role_and_what_needs_none(drafter: Drafter) -> None:
    signed = drafter("sign", FIRST, by="bea")
    with pytest.raises(NotAllowedError, match="stand for no role that may sign here"):
        drafter.take(signed, person("bea"), asks_roles=True)
    drafter.take(signed, person("bea", roles=["ml-lead"]), asks_roles=True)
    body = {"digest": "sha256:" + "0" * 64, "name": "other", "version": "1"}
    with drafter.stage.registry.reading() as view:
        drafted = Drafted(view, now=signed.time)
        drafted.append(Kind.RELEASE_REFUSED, body)
    drafter.take(drafted.change(), person("eve"), asks_roles=True)


def test_every_kind_and_act_is_something() -> None:
    at = "2026-01-01T00:00:00Z"
    for kind in Kind:
        operation_of(Event(kind=kind, time=at, control=0, body={"act": "approve"}))
    for act in (*Act, *Order):
        body = {"act": act.value}
        assert operation_of(Event(kind=Kind.ACT_SAID, time=at, control=0, body=body)) is not None
