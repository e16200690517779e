from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.server.dashboard.asking import JUNK, assert_not_found, page, told
from tests.usecases.promoted import FIRST, SECOND
from weighbridge.ledger.merkle import leaf_hash, verify_consistency
from weighbridge.usecases.believed import believe
from weighbridge.usecases.ledger_pages import Wanted, entries_page
from weighbridge.usecases.prove import prove, verify_entry

if TYPE_CHECKING:
    import httpx

    from tests.usecases.promoted import Promoted


def test_the_ledger_is_listed_newest_first(pages: httpx.Client, told_story: Promoted) -> None:
    found = told(pages, "/ledger")
    with told_story.registry.reading() as view:
        log = believe(view, log_key=told_story.registry.log_key)
        assert (found["size"], found["signedAt"]) == (view.size, log.time)
    assert [one["index"] for one in found["entries"]] == [*range(found["size"])][::-1]
    assert found["entries"][0]["words"] == "demo@1.1.0 to production by max: allowed, generation 2"
    assert (found["root"], found["logKey"]) == (log.checkpoint.root.hex(), log.log_key)
    assert (found["next"], found["cosigned"]) == ("", [])


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ({"kind": "promotion.blocked"}, ["promotion.blocked"]),
        ({"person": "carl"}, ["evidence.added"]),
        ({"person": "dora", "environment": "production"}, ["act.said", "act.said"]),
        ({"person": "ann", "kind": "registry.initialised"}, ["registry.initialised"]),
        ({"name": "demo", "environment": "staging"}, ["promotion.done", "promotion.done"]),
        ({"environment": "staging", "kind": "control.applied"}, ["control.applied"]),
        ({"name": "demo", "kind": "evidence.added"}, ["evidence.added"] * 3),
        ({"name": "nobody"}, []),
        ({"person": 'max"}'}, []),
        ({"name": "a b", "kind": "no such kind"}, []),
    ],
)
def test_entries_are_found(pages: httpx.Client, query: dict[str, str], kinds: list[str]) -> None:
    found = told(pages, "/ledger", **query)
    assert [one["kind"] for one in found["entries"]] == kinds


def test_a_page_ends_where_the_next_begins(told_story: Promoted) -> None:
    with told_story.registry.reading() as view:
        log = believe(view, log_key=told_story.registry.log_key)
        seen: list[int] = []
        below = None
        while True:
            found = entries_page(log, Wanted(), below=below, limit=4)
            seen += [index for index, _ in found.events]
            if (below := found.below) is None:
                break
        assert seen == [*range(view.size)][::-1]
        rare = entries_page(log, Wanted(person="carl"), below=None, limit=4, most=5)
        assert (rare.events, rare.below, rare.looked) == ((), view.size - 5, 5)


def test_an_entry_is_told_with_all_that_proves_it(
    pages: httpx.Client, told_story: Promoted
) -> None:
    found = told(pages, "/ledger/22")
    data = pages.get("/v1/ledger/entries/22").content
    assert found["text"].encode() == data
    assert (found["leaf"], found["bytes"]) == (leaf_hash(data).hex(), len(data))
    assert found["exact"] is True
    assert found["persons"] == ["max"]
    (signed,) = found["signatures"]
    assert signed["bundle"] == json.loads(data)["body"]["decision"]
    assert signed["key"] == told_story.keys.public("max").spki_digest
    assert pages.get(signed["href"]).status_code == 200
    where = {one["what"]: one["href"] for one in found["named"]}
    assert where["release"] == f"/releases/{told_story.digest(SECOND)}"
    assert where["release before"] == f"/releases/{told_story.digest(FIRST)}"
    assert where["who was trusted"] == "/ledger/9"
    assert where["environment"] == "/environments/production"
    assert (found["previous"], found["next"]) == (21, None)


def test_owners_sign_a_change_together(pages: httpx.Client, told_story: Promoted) -> None:
    found = told(pages, "/ledger/7")
    assert found["persons"] == ["ann", "ben"]
    keys = {one["key"] for one in found["signatures"]}
    assert keys == {told_story.keys.public(name).spki_digest for name in ("ann", "ben")}


def test_a_page_of_an_entry_works_without_script(pages: httpx.Client) -> None:
    text = page(pages, "/ledger/13")
    assert "weighbridge log prove 13 --output FILE" in text
    assert "promotion blocked" in text
    assert page(pages, "/ledger").count("<tr>") == 24
    assert "&lt;b&gt;" in page(pages, "/ledger", person="<b>")


def test_the_proof_is_the_one_the_command_writes(pages: httpx.Client, told_story: Promoted) -> None:
    said = pages.get("/ledger/3/proof")
    key = told_story.registry.log_key
    assert said.content == prove(3, ledger=told_story.registry, log_key=key)
    assert verify_entry(said.content, log_key=key).index == 3
    assert pages.get("/log.pub").text == f"{key}\n"


def test_growth_is_proven(pages: httpx.Client, told_story: Promoted) -> None:
    with told_story.registry.reading() as view:
        tree = believe(view, log_key=told_story.registry.log_key)
        size = view.size
        roots = {size: tree.checkpoint.root}
    said = pages.get(f"/v1/ledger/consistency/{size}").json()
    assert (said["first"], said["size"], said["path"]) == (size, size, [])
    said = pages.get("/v1/ledger/consistency/16").json()
    # 16 entries are one complete subtree: its root is the first hash an entry of the rest needs.
    first = bytes.fromhex(pages.get("/v1/ledger/proofs/16").json()["path"][-1])
    path = [bytes.fromhex(node) for node in said["path"]]
    roots[16] = first
    assert verify_consistency(16, size, first_root=first, second_root=roots[size], path=path)
    for wrong in (f"/v1/ledger/consistency/{size + 1}", "/v1/ledger/consistency/5?size=99"):
        assert pages.get(wrong).status_code == 404
    for wrong in ("/v1/ledger/consistency/0", "/v1/ledger/consistency/x"):
        assert pages.get(wrong).status_code == 400


@pytest.mark.parametrize("index", [*JUNK, "23", "-1", "%D9%A3", "1.0", "+1"])
def test_an_index_that_is_none_is_not_found(pages: httpx.Client, index: str) -> None:
    assert_not_found(pages, f"/ledger/{index}")
    assert_not_found(pages, f"/ledger/{index}/proof")
