"""Whom a server and the ledger take somebody for, and his tokens; nothing that opens a door."""

from __future__ import annotations

from dataclasses import replace

import pytest

from weighbridge.model.event import Event, Kind
from weighbridge.model.predicates import SBOM, TEST_RESULT
from weighbridge.model.team.account import NOBODY, Identity, Scope, Token, Via
from weighbridge.model.trust import TrustedKey
from weighbridge.report.events import plain_words_of, words_of
from weighbridge.report.persons import (
    Holder,
    holder_json,
    identity_json,
    render_holders,
    render_identity,
    render_tokens,
    token_json,
)
from weighbridge.report.words import evidence_words

NOW = "2026-03-01T12:00:00Z"
DORA = Identity(
    person="dora\u202e",
    via=Via.SESSION,
    scopes=frozenset({Scope.WRITE, Scope.READ}),
    roles=frozenset({"ml-lead"}),
    credential="s-1",
    expires="2026-03-02T00:00:00Z",
    authenticated=NOW,
)
KEY = TrustedKey(key=b"k", person="dora", roles=("ml-lead", "owner"))
TOKEN = Token(
    identifier="t-1",
    label="nightly",
    person="dora",
    scopes=frozenset({Scope.WRITE, Scope.READ}),
    created="2026-02-01T00:00:00Z",
    expires="2026-04-01T00:00:00Z",
)


def test_somebody_is_told_whom_he_is_taken_for() -> None:
    told = render_identity(DORA, server="https://w.example", origin="[oidc]")
    assert told.splitlines() == [
        "person  dora\\u202e",
        "known   by a login",
        "server  https://w.example",
        "scopes  read, write",
        "roles   ml-lead",
        "until   2026-03-02T00:00:00Z",
        "from    [oidc]",
    ]
    assert identity_json(DORA, server="s", origin="o") == {
        "server": "s",
        "person": "dora\u202e",
        "via": "session",
        "scopes": ["read", "write"],
        "roles": ["ml-lead"],
        "expires": "2026-03-02T00:00:00Z",
        "authenticated": NOW,
        "origin": "o",
    }


def test_nobody_is_told_so() -> None:
    told = render_identity(NOBODY, server="s", origin="o")
    for line in ("person  nobody", "known   by nothing", "scopes  none", "until   unknown"):
        assert line in told.splitlines()


@pytest.mark.parametrize(
    ("trusted", "words"),
    [
        (None, "nobody in this ledger"),
        (KEY, "dora, ml-lead, owner"),
        (replace(KEY, roles=()), "dora, no role"),
        (replace(KEY, revoked_at=NOW), f"dora, ml-lead, owner; revoked from {NOW} on"),
        (
            replace(KEY, held_by="https://w.example"),
            "dora, ml-lead, owner; held by the server https://w.example",
        ),
    ],
)
def test_a_key_is_told_with_what_owners_said_of_it(trusted: TrustedKey | None, words: str) -> None:
    holder = Holder(name="laptop", digest="sha256:aa", trusted=trusted)
    assert render_holders([holder]) == f"sha256:aa  laptop: {words}\n"
    told = holder_json(holder)
    assert (told["name"], told["keyDigest"]) == ("laptop", "sha256:aa")
    assert told["person"] == ("" if trusted is None else "dora")
    assert told["revoked"] == ("" if trusted is None else trusted.revoked_at)


@pytest.mark.parametrize(
    ("token", "standing"),
    [
        (TOKEN, "until 2026-04-01T00:00:00Z, never used"),
        (replace(TOKEN, used=NOW), f"until 2026-04-01T00:00:00Z, used {NOW}"),
        (replace(TOKEN, expires=NOW), f"expired {NOW}"),
        (replace(TOKEN, revoked=NOW, expires=NOW), f"revoked {NOW}"),
    ],
)
def test_a_token_is_told_by_what_it_is_for(token: Token, standing: str) -> None:
    assert render_tokens([token], now=NOW) == f"t-1  dora  nightly: read, write; {standing}\n"
    told = token_json(token)
    assert (told["id"], told["scopes"], told["via"]) == ("t-1", ["read", "write"], "token")


def test_a_statement_is_told_by_what_it_is() -> None:
    about = {"bundle": "sha256:bb", "release": "sha256:aa", "signer": "sha256:cc"}
    body = {**about, "person": "carl", "predicateType": TEST_RESULT, "subjects": ["sha256:aa"]}
    event = Event(kind=Kind.EVIDENCE_ADDED, time=NOW, control=0, body=body)
    assert plain_words_of(event) == "A check of the release, with its result, by carl"
    unsigned = replace(event, body={**body, "person": ""})
    assert plain_words_of(unsigned) == words_of(unsigned)
    assert evidence_words(f"{SBOM}/v1.6") == evidence_words(SBOM) == "What it is made of"
    assert evidence_words("https://example.com/x") == "A statement of type https://example.com/x"
