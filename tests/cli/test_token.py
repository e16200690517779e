from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.responses import Response

from tests.remote_server import serving
from tests.visited_server import MADE, Visited, granted
from weighbridge.adapters.accounts.opening import open_accounts
from weighbridge.adapters.clock import utc_now
from weighbridge.gate.times import after
from weighbridge.model.team.account import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.workshop import Bench


@pytest.fixture
def place(run: Bench, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = run.folder / "registry"
    monkeypatch.setenv("WEIGHBRIDGE_REGISTRY", str(found))
    return found


@pytest.fixture
def visited(run: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visited]:
    monkeypatch.setenv("WEIGHBRIDGE_KEYS", str(tmp_path / "mine" / "keys"))
    found = Visited()
    found.polls = [granted()]
    with serving(found.app()) as address:
        monkeypatch.setenv("WEIGHBRIDGE_REGISTRY", address)
        assert run("login").code == 0
        found.heard.clear()
        yield found


def test_an_operator_makes_a_token_in_the_accounts(run: Bench, place: Path) -> None:
    words = ("--label", "nightly", "--scope", "write", "--scope", "read", "--expires", "30d")
    found = run("token", "new", *words, "--person", "ada")
    assert found.code == 0
    secret = found.out.removesuffix("\n")
    assert secret.startswith("wbt_")
    assert secret not in found.err
    assert (place / "accounts.db").stat().st_mode & 0o777 == 0o600
    accounts = open_accounts(place / "accounts.db")
    try:
        kept = accounts.tokens.find(secret, now=utc_now())
    finally:
        accounts.close()
    assert kept is not None
    assert (kept.person, kept.label) == ("ada", "nightly")
    assert kept.scopes == {Scope.READ, Scope.WRITE}
    assert after(utc_now(), f"{29 * 86_400}s") < kept.expires <= after(utc_now(), "2592000s")
    shown = run("token", "list")
    assert shown.out.startswith(f"{kept.identifier}  ada  nightly: read, write; until ")
    (document,) = run("token", "list", "--output-format", "json").json["tokens"]
    assert (document["id"], document["scopes"]) == (kept.identifier, ["read", "write"])
    assert secret not in shown.out


def test_a_token_is_revoked_once(run: Bench, place: Path) -> None:
    assert run("token", "new", "--label", "a", "--person", "ada").code == 0
    (one,) = run("token", "list", "--output-format", "json").json["tokens"]
    assert run("token", "revoke", "--dry-run", one["id"]).code == 0
    assert run("token", "list").out.endswith("never used\n")
    assert run("token", "revoke", one["id"]).code == 0
    assert "; revoked " in run("token", "list").out
    found = run("token", "revoke", one["id"])
    assert found.code == 2
    assert f"no token {one['id']} is there to be revoked" in found.err
    assert place.is_dir()


def test_looking_makes_nothing(run: Bench, place: Path) -> None:
    assert run("token", "list").out == ""
    assert run("token", "new", "--label", "a", "--person", "ada", "--dry-run").out == ""
    assert run("token", "revoke", "none").code == 2
    assert not place.exists()


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--label", "a"), "nobody is named whose token it is"),
        (("--label", "a", "--person", " "), "--person: ' ' is not a name"),
        (("--label", "a\nb", "--person", "ada"), "--label is no label"),
        (("--label", "a", "--person", "ada", "--expires", "367d"), "no token lasts so long"),
        (("--label", "a", "--person", "ada", "--expires", "2020-01-01"), "no token lasts so long"),
        (("--label", "a", "--person", "ada", "--expires", "soon"), "--expires is no time"),
        (("--label", "a", "--person", "ada", "--scope", "all"), "invalid value for '--scope'"),
    ],
)
def test_what_is_no_token_is_refused(run: Bench, words: tuple[str, ...], said: str) -> None:
    found = run("token", "new", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_a_server_makes_a_token_for_who_is_logged_in(run: Bench, visited: Visited) -> None:
    found = run("token", "new", "--label", "ci", "--scope", "write", "--expires", "2d")
    assert (found.code, found.out) == (0, f"{MADE}\n")
    assert MADE not in found.err
    body = visited.bodies[-1]
    assert (body["label"], body["scopes"]) == ("ci", ["write"])
    assert body["expires"] <= after(utc_now(), "172800s")
    assert visited.heard == [("POST", "/v1/tokens", "wbs_of-the-command-line")]
    assert run("token", "new", "--label", "ci", "--person", "ada").code == 2


def test_a_token_is_asked_for_once_only(run: Bench, visited: Visited) -> None:
    visited.broken = Response(status_code=503)
    found = run("token", "new", "--label", "ci")
    assert (found.code, found.out) == (3, "")
    assert "is not available" in found.err
    assert len(visited.heard) == 1


def test_a_server_lists_and_revokes(run: Bench, visited: Visited) -> None:
    visited.tokens = [
        {
            "id": "t1",
            "label": "ci",
            "person": "ada",
            "scopes": ["read"],
            "created": "2026-01-01T00:00:00Z",
            "expires": "2026-01-02T00:00:00Z",
            "used": "",
            "revoked": "",
        }
    ]
    assert run("token", "list").out == "t1  ada  ci: read; expired 2026-01-02T00:00:00Z\n"
    assert run("token", "revoke", "t1").code == 0
    found = run("token", "revoke", "t2")
    assert found.code == 2
    assert "there is no such token" in found.err
    visited.tokens = [{"id": "t1"}]
    found = run("token", "list")
    assert found.code == 1
    assert "does not say which tokens there are" in found.err
