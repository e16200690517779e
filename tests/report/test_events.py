from __future__ import annotations

from typing import Any

import pytest

from weighbridge.model.event import Event, Kind
from weighbridge.report.events import event_json, render_event

A = "sha256:" + "a" * 64
B = "sha256:" + "b" * 64
TIME = "2026-02-01T00:00:00Z"
EVIDENCE = {"predicateType": "https://example.com/t", "release": A, "signer": B, "subjects": [A]}
CONTROL = {"action": "key.trust", "about": "key of bea", "subject": A, "bundles": [A, B]}
SIGNED = CONTROL | {"signers": ["ann", "ben"]}
RELEASE = {"name": "demo", "version": "1.0.0", "digest": A}
GATE = {"name": "demo", "version": "1.0.0", "environment": "prod", "person": "rob"}
HANDED = {"environment": "prod", "person": "rob", "to": "sid", "from": "", "until": ""}
DONE = GATE | {"verdict": "allowed", "generation": 2}
BLOCKED = GATE | {"verdict": "needs"}
OWNERS = {
    "logKey": "log+1+k",
    "owners": [{"person": "ben", "key": "k"}, {"person": "ann", "key": "l"}],
    "threshold": 2,
}
RESTORED = "at once, back to what was there before, in place of"
TURNED = "gets no requests any more, and what was there before is restored"
TITLE = {"name": "demo", "version": "1.0.0", "release": A}
MISSING = {"code": "INT002", "subject": "a", "seen": "", "wanted": ""}
WRONG = TITLE | {
    "by": "rob",
    "problems": [{"code": "INT001", "subject": "model.onnx", "seen": "x", "wanted": "y"}],
}
DELIVERED = TITLE | {"environment": "prod"}
STARTED = DELIVERED | {
    "generation": 2,
    "previous": None,
    "strategy": "canary",
    "target": {"kind": "argo", "version": "1.9", "namespace": "", "options": {}},
    "rendering": B,
    "person": "rob",
    "bundle": B,
    "at": 1,
}
MOVED = DELIVERED | {"delivery": 7, "at": 1, "phase": "rolling-out", "step": 1, "weight": 25}
MEASURED = DELIVERED | {"delivery": 7, "analysis": "errors", "at": 1}
SAID: list[tuple[Kind, dict[str, Any], str]] = [
    (Kind.REGISTRY_INITIALISED, OWNERS, "owners ann, ben; 2 must sign a change"),
    (Kind.RELEASE_ADOPTED, RELEASE, f"demo@1.0.0  {A}"),
    (Kind.RELEASE_SEALED, RELEASE, f"demo@1.0.0  {A}"),
    (Kind.RELEASE_REFUSED, RELEASE, f"demo@1.0.0  {A}"),
    (Kind.RELEASE_ARCHIVED, RELEASE | {"place": "s3://cold"}, f"demo@1.0.0 s3://cold  {A}"),
    (Kind.RELEASE_RESTORED, RELEASE | {"place": ""}, f"demo@1.0.0  {A}"),
    (
        Kind.RELEASE_ERASED,
        RELEASE | {"reason": "a licence", "signers": ["ann", "ben"]},
        "demo@1.0.0 by ann, ben: a licence",
    ),
    (
        Kind.STORE_SETTLED,
        {"address": "s3://cold", "identity": B, "encrypted": True, "conditional": True},
        "blobs lie in s3://cold, encrypted",
    ),
    (Kind.ARCHIVE_REFUSED, RELEASE | {"act": "add", "reason": "held"}, "add demo@1.0.0: held"),
    (
        Kind.EVIDENCE_ADDED,
        EVIDENCE | {"person": "bea"},
        "https://example.com/t about sha256:aaaaaaaaaaaa by bea",
    ),
    (
        Kind.EVIDENCE_REFUSED,
        EVIDENCE | {"reason": "expired"},
        "https://example.com/t about sha256:aaaaaaaaaaaa by key sha256:bbbbbbbbbbbb: expired",
    ),
    (Kind.CONTROL_PROPOSED, SIGNED, "key.trust key of bea by ann, ben"),
    (Kind.CONTROL_APPLIED, SIGNED, "key.trust key of bea by ann, ben"),
    (
        Kind.CONTROL_APPLIED,
        SIGNED
        | {"action": "environment.freeze", "about": "prod"}
        | {"said": {"reason": "holidays", "until": TIME}},
        f"environment.freeze prod until {TIME} by ann, ben: holidays",
    ),
    (
        Kind.CONTROL_PROPOSED,
        SIGNED
        | {"action": "release.block", "about": "demo@1.0.0"}
        | {"said": {"reason": "leaks", "environment": "prod"}},
        "release.block demo@1.0.0 in prod by ann, ben: leaks",
    ),
    (
        Kind.CONTROL_REFUSED,
        CONTROL | {"reason": "wrong-role"},
        "key.trust key of bea: wrong-role",
    ),
    (Kind.PROMOTION_DONE, DONE, "demo@1.0.0 to prod by rob: allowed, generation 2"),
    (Kind.PROMOTION_BLOCKED, BLOCKED, "demo@1.0.0 to prod by rob: needs"),
    (
        Kind.PROMOTION_BLOCKED,
        GATE | {"verdict": "allowed", "lost": 3},
        "demo@1.0.0 to prod by rob: allowed; generation 3 came first",
    ),
    (Kind.PROMOTION_OBSERVED, BLOCKED, "demo@1.0.0 to prod by rob: needs"),
    (Kind.ROLLBACK_DONE, DONE, "demo@1.0.0 to prod by rob: allowed, generation 2"),
    (Kind.ROLLBACK_BLOCKED, BLOCKED, "demo@1.0.0 to prod by rob: needs"),
    (
        Kind.ROLLBACK_DONE,
        DONE | {"cause": 7},
        "demo@1.0.0 to prod by rob: allowed, generation 2; set off by entry 7",
    ),
    (
        Kind.VERDICT_CHANGED,
        GATE | {"before": "allowed", "verdict": "denied", "why": "it is bad", "action": "hold"},
        "demo@1.0.0 in prod by rob: allowed -> denied: it is bad; hold",
    ),
    (
        Kind.VERDICT_CHANGED,
        GATE | {"before": "denied", "verdict": "allowed", "why": "", "action": "none"},
        "demo@1.0.0 in prod by rob: denied -> allowed",
    ),
    (Kind.ACT_SAID, GATE | {"act": "approve"}, "rob: approve demo@1.0.0 to prod"),
    (
        Kind.ACT_SAID,
        GATE | {"act": "request-waiver", "rule": "SEC001", "expires": TIME},
        f"rob: request-waiver SEC001 in demo@1.0.0 to prod until {TIME}",
    ),
    (
        Kind.ACT_SAID,
        GATE | {"act": "withdraw-waiver", "rule": "SEC001"},
        "rob: withdraw-waiver SEC001 in demo@1.0.0 to prod",
    ),
    (
        Kind.ACT_SAID,
        HANDED | {"act": "delegate", "until": TIME},
        f"rob: delegate in prod to sid until {TIME}",
    ),
    (Kind.ACT_SAID, HANDED | {"act": "withdraw"}, "rob: withdraw in prod from sid"),
    (
        Kind.ACT_REFUSED,
        HANDED | {"act": "delegate", "person": "", "until": TIME, "reason": "wrong-role"},
        f"somebody unknown: delegate in prod to sid until {TIME}: wrong-role",
    ),
    (
        Kind.ACT_REFUSED,
        {"environment": "prod", "person": "rob", "act": "watch", "reason": "wrong-role"},
        "rob: watch in prod: wrong-role",
    ),
    (
        Kind.ACT_REFUSED,
        GATE | {"act": "approve", "person": "", "reason": "unknown-key"},
        "somebody unknown: approve demo@1.0.0 to prod: unknown-key",
    ),
    (
        Kind.RELEASE_UNVERIFIED,
        WRONG,
        "demo@1.0.0 was found wrong by rob: INT001 model.onnx, seen x, wanted y",
    ),
    (
        Kind.RELEASE_UNVERIFIED,
        WRONG | {"by": "", "problems": [MISSING], "more": 3},
        "demo@1.0.0 was found wrong: INT002 a; 4 problems in all",
    ),
    (Kind.RELEASE_VERIFIED, TITLE | {"by": ""}, "demo@1.0.0 was read again, and nothing found"),
    (
        Kind.RELEASE_VERIFIED,
        TITLE | {"by": "rob"},
        "demo@1.0.0 was read again by rob, and nothing found",
    ),
    *(
        (Kind.DELIVERY_STARTED, STARTED | more, f"demo@1.0.0 to prod begins on {said}")
        for more, said in (
            ({}, "argo 1.9, step by step: generation 2, by rob"),
            (
                {"target": {"kind": "argo", "version": "1.9", "namespace": "ml", "options": {}}},
                "argo 1.9, namespace ml, step by step: generation 2, by rob",
            ),
            (
                {"previous": B, "strategy": "restore"},
                f"argo 1.9, {RESTORED} {B[:19]}: generation 2, by rob",
            ),
            (
                {"unpromoted": True, "person": "", "generation": 0, "target": {"kind": "local"}},
                "local, step by step: a sandbox that nobody promoted it to",
            ),
        )
    ),
    *(
        (Kind.DELIVERY_MOVED, MOVED | more, f"demo@1.0.0 to prod {said} (delivery 7)")
        for more, said in (
            ({}, "gets 25 % of the requests, step 2"),
            ({"phase": "preparing"}, "is made ready"),
            ({"phase": "watching"}, "gets all requests and is watched"),
            ({"phase": "delivered"}, "is delivered"),
            (
                {"paused": {"why": "order", "name": "rob", "text": "lunch"}},
                "gets 25 % of the requests, step 2; it waits: order rob, lunch",
            ),
            (
                {
                    "phase": "rolling-back",
                    "cause": {"why": "crash", "name": "", "text": "it ended with 1"},
                    "late": True,
                },
                f"{TURNED}: crash, it ended with 1; later than it may take",
            ),
            (
                {"phase": "rolled-back"},
                "was taken back, and what was there before serves again",
            ),
            ({"phase": "failed"}, "was taken out, and nothing is in its place"),
            ({"phase": "stopped"}, "was ended"),
        )
    ),
    (
        Kind.DELIVERY_MEASURED,
        MEASURED | {"outcome": "success", "value": "0.01", "samples": "900"},
        "demo@1.0.0 to prod: errors succeeded, value 0.01 of 900 samples (delivery 7)",
    ),
    (
        Kind.DELIVERY_MEASURED,
        MEASURED | {"outcome": "inconclusive", "noData": True, "text": "it is too old"},
        "demo@1.0.0 to prod: errors says neither, no data that counts: it is too old (delivery 7)",
    ),
    (
        Kind.DELIVERY_ORDERED,
        DELIVERED | {"delivery": 7, "order": "abort", "reason": "it drifts", "person": "rob"},
        "demo@1.0.0 to prod: rob had it taken out: it drifts (delivery 7)",
    ),
    (
        Kind.DELIVERY_REFUSED,
        DELIVERED | {"reason": "held", "text": "the environment is held", "person": "rob"},
        "demo@1.0.0 to prod, asked for by rob, is refused: held: the environment is held",
    ),
    (
        Kind.DELIVERY_REFUSED,
        DELIVERED | {"reason": "unknown-key", "text": "", "person": ""},
        "demo@1.0.0 to prod, asked for by somebody unknown, is refused: unknown-key",
    ),
]


def event(kind: Kind, body: dict[str, Any]) -> Event:
    return Event(kind=kind, time=TIME, control=0, body=body)


def test_every_kind_has_its_words() -> None:
    assert {kind for kind, _, _ in SAID} == set(Kind)


@pytest.mark.parametrize(("kind", "body", "said"), SAID, ids=[kind.value for kind, _, _ in SAID])
def test_an_entry_is_one_line(kind: Kind, body: dict[str, Any], said: str) -> None:
    line = render_event(7, event(kind, body))
    assert line == f"    7  {TIME}  {kind.value:<20}  {said}\n"


def test_what_people_are_called_does_not_steer_the_terminal() -> None:
    line = render_event(
        7, event(Kind.RELEASE_SEALED, {"name": "a\x1b[2J\n", "version": "1", "digest": A})
    )
    assert line.endswith("\n")
    assert line.removesuffix("\n").isprintable()


def test_an_entry_as_plain_values() -> None:
    assert event_json(7, event(Kind.RELEASE_SEALED, RELEASE)) == {
        "index": 7,
        "time": TIME,
        "kind": "release.sealed",
        "control": 0,
        "body": RELEASE,
    }


def test_what_a_denial_set_off_is_told() -> None:
    body = {"name": "a", "version": "1", "environment": "e", "person": "p", "verdict": "denied"}
    told = {"aftermath": {"action": "halt"}}
    event = Event(
        kind=Kind.PROMOTION_BLOCKED, time="2026-01-01T00:00:00Z", control=0, body=body | told
    )
    assert render_event(3, event).endswith("a@1 to e by p: denied; set off halt\n")
