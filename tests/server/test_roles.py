"""Roles of a login: what groups stand for is asked of what is brought, and goes on to tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.team import credential, served, team_app, team_client
from weighbridge.model.team.account import Scope

if TYPE_CHECKING:
    import httpx

    from tests.server.doors import Guarded


def bring(client: httpx.Client, story: Guarded) -> httpx.Response:
    """Bring a paper that there is not."""
    with story.registry.reading() as view:
        size = view.size
    entry = {"subjects": ["sha256:" + "0" * 64], "predicateType": "x", "bundle": "none"}
    change = {
        "time": story.clock(),
        "reads": {"size": size, "control": None},
        "entries": [{"kind": "evidence.added", "body": entry}],
    }
    return client.post("/v1/changes", json=change, headers={"idempotency-key": "a-paper-of-dora"})


@pytest.mark.parametrize(
    ("roles", "settings", "status", "code"),
    [
        ((), "without", 422, "WB271"),
        ((), "with", 403, "WB170"),
        (("nobody-knows",), "with", 403, "WB170"),
        (("ml-lead",), "with", 422, "WB271"),
    ],
)
def test_roles_are_asked_for_where_the_settings_name_some(
    story: Guarded, roles: tuple[str, ...], settings: str, status: int, code: str
) -> None:
    people = {"dora": credential("dora", Scope.READ, Scope.WRITE, roles=frozenset(roles))}
    app = team_app(story.registry, story.clock, people=people, asks_roles=settings == "with")
    with served(app) as address, team_client(address) as client:
        said = bring(client, story)
        assert client.get("/v1/ledger/entries").status_code == 200
    assert (said.status_code, said.json()["code"]) == (status, code), said.text
