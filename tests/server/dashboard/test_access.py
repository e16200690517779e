"""Access: who one is, whose keys count, who may do what, and tokens."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from tests.server.dashboard.conftest import NOW
from weighbridge.model.team.account import Scope
from weighbridge.seal.control import revoke_key, trust_key
from weighbridge.usecases.control import change_control

if TYPE_CHECKING:
    from tests.server.dashboard.desk import Desk
    from tests.usecases.promoted import Promoted

READS = frozenset({Scope.READ, Scope.WRITE})


@pytest.fixture
def counter(busy: Desk) -> Desk:
    """Serve people's tokens, too."""
    services = busy.app.state.services
    busy.app.state.services = dataclasses.replace(services, tokens=busy.accounts.tokens)
    return busy


def token(desk: Desk, person: str, label: str) -> str:
    _, made = desk.accounts.tokens.make(
        person=person,
        label=label,
        scopes=frozenset({Scope.READ}),
        expires="2026-06-01T00:00:00Z",
        now=NOW,
    )
    return made.identifier


def test_who_one_is_and_what_the_ledger_says_of_him(desk: Desk) -> None:
    found = desk.told("/access", "cat")
    assert (found["me"]["person"], found["me"]["via"]) == ("cat", "session")
    assert (found["owners"], found["threshold"]) == (["ann", "ben"], 2)
    persons = {one["person"]: one for one in found["persons"]}
    assert persons["cat"]["roles"] == ["ml-lead"]
    (key,) = persons["cat"]["keys"]
    assert (key["counts"], key["heldBy"], key["revokedAt"]) == (True, None, None)
    page = desk.page("/access", "cat")
    assert "Roles in the ledger ml-lead" in page.words
    stranger = desk.page("/access", "rita").words
    assert "weighbridge key trust FILE --person rita --role ROLE" in stranger


def test_who_may_do_what_where(desk: Desk) -> None:
    table = desk.told("/access")["table"]
    assert table["environments"] == ["production", "staging"]
    rows = {row["operation"]: row for row in table["here"]}
    assert [cell["people"] for cell in rows["promote"]["cells"]] == [["max"], ["max"]]
    assert [cell["people"] for cell in rows["approve"]["cells"]] == [["cat", "dora"]] * 2
    everywhere = {row["operation"]: row["cells"][0] for row in table["everywhere"]}
    assert everywhere["control"]["people"] == ["ann", "ben"]
    assert everywhere["sign"]["roles"] is None


def test_a_revoked_key_counts_no_longer(busy: Desk, moving: Promoted) -> None:
    spki = moving.keys.public("dora").spki_digest
    change = revoke_key(spki, person="dora", reason="<b>lost</b>", revoked_at=NOW)
    moving.clock.set("2026-03-01T13:00:00Z")
    moving.owners(change)
    persons = {one["person"]: one for one in busy.told("/access")["persons"]}
    assert persons["dora"]["roles"] == []
    (key,) = persons["dora"]["keys"]
    assert (key["counts"], key["reason"]) == (False, "<b>lost</b>")
    rows = {row["operation"]: row for row in busy.told("/access")["table"]["here"]}
    assert rows["approve"]["cells"][0]["people"] == ["cat"]
    assert "&lt;b&gt;lost&lt;/b&gt;" in busy.page("/access").text


def test_what_waits_for_owners_says_who_is_needed(busy: Desk, moving: Promoted) -> None:
    spki = moving.keys.public("mia").spki_der
    change = trust_key(spki, person="mia", roles=["security"])
    change_control(change, signers=[moving.key("ann")], registry=moving.registry)
    (waiting,) = busy.told("/access")["waiting"]
    assert (waiting["action"], waiting["signers"]) == ("key.trust", ["ann"])
    assert (waiting["missing"], waiting["open"]) == (1, ["ben"])
    assert "signed by ann ; 1 more of ben must sign" in busy.page("/access").words


def test_tokens_are_listed_and_ended(counter: Desk) -> None:
    mine, theirs = token(counter, "cat", 'ci "<b>"'), token(counter, "max", "deploy")
    browser = counter.client("cat", scopes=READS)
    assert browser.get("/access").status_code == 200
    listed = counter.told("/access", "cat")["tokens"]
    assert [(one["id"], one["label"], one["used"]) for one in listed] == [(mine, 'ci "<b>"', "")]
    assert "ci &#34;&lt;b&gt;&#34;" in counter.page("/access", "cat").text
    refused = counter.send("/access", "cat", token=theirs)
    assert (refused.status, "there is no such token of yours" in refused.words) == (404, True)
    assert counter.send("/access", "cat", token=mine).status == 303
    assert counter.told("/access", "cat")["tokens"][0]["revoked"] == NOW
    assert counter.accounts.tokens.get(theirs).revoked == ""  # type: ignore[union-attr]


def test_who_runs_the_server_ends_anybodys_token(counter: Desk) -> None:
    theirs = token(counter, "max", "deploy")
    assert [one["id"] for one in counter.told("/access", "ann")["tokens"]] == [theirs]
    assert counter.send("/access", "ann", token=theirs).status == 303
    assert counter.accounts.tokens.get(theirs).revoked == NOW  # type: ignore[union-attr]


def test_where_there_are_no_tokens_none_is_ended(busy: Desk) -> None:
    assert busy.told("/access")["tokens"] == []
    # The page has no form then; it is sent as if it had one.
    secret = busy.page("/environments/production/freeze", "ann").field("csrf")
    assert busy.post("/access", "ann", {"csrf": secret, "token": "x"}).status == 404


def test_a_registry_without_owners(bare: Desk) -> None:
    found = bare.told("/access")
    assert (found["owners"], found["persons"], found["table"]) == ([], [], None)
    assert (
        "weighbridge registry init --owner PERSON=KEY --threshold 1" in bare.page("/access").words
    )
