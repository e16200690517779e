"""Rules and errors: the catalogue, and a page for each code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.rule_packs import ACME
from weighbridge.rules.catalogue import EXPLAINED
from weighbridge.usecases.explain import error_meanings
from weighbridge.usecases.rule_packs.sources import load_pack, pack_publication

if TYPE_CHECKING:
    from tests.server.dashboard.desk import Desk
    from tests.usecases.promoted import Promoted


def test_every_rule_is_listed(desk: Desk) -> None:
    found = desk.told("/rules")
    assert [one["code"] for one in found["rules"]] == sorted(one.code for one in EXPLAINED)
    assert found["count"] == len(EXPLAINED)
    assert found["rules"][0] == {
        "code": "CFG001",
        "name": "value-out-of-range",
        "severity": "error",
        "judgedBy": "check",
        "summary": found["rules"][0]["summary"],
        "retired": None,
        "pack": "",
        "pass": "configuration",
    }


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("q=PICKLE import", ["SEC001"]),
        ("q=unsafe-deserialisation&severity=error", ["SEC001"]),
        ("q=unsafe-deserialisation&severity=note", []),
        ("q=sec001&pass=integrity", []),
        ("q=<script>", []),
        ("pass=no-such-pass", []),
    ],
)
def test_rules_are_found(desk: Desk, query: str, codes: list[str]) -> None:
    assert [one["code"] for one in desk.told(f"/rules?{query}")["rules"]] == codes


def test_nothing_found_says_so(desk: Desk) -> None:
    page = desk.page('/rules?q="><b>')
    assert "No rule has these words" in page.words
    assert 'value="&#34;&gt;&lt;b&gt;"' in page.text


def test_each_code_is_explained(desk: Desk) -> None:
    found = desk.told("/rules/sec001")
    assert (found["code"], found["kind"], found["pass"]) == ("SEC001", "rule", "security")
    assert found["summary"].startswith("A pickle would import")
    page = desk.page("/rules/SEC001")
    for title in ("What it checks", "Why it matters", "How to fix", "Example", "References"):
        assert f">{title}</h2>" in page.text
    error = desk.told("/rules/WB130")
    assert (error["kind"], error["severity"], error["pass"]) == ("error", None, "")
    assert "Reserved, nobody asks it yet" in desk.told("/rules/INT007")["summary"]
    for code in [*(one.code for one in EXPLAINED), *error_meanings()]:
        assert desk.page(f"/rules/{code}").status == 200, code


@pytest.mark.parametrize("code", ["ZZZ999", "WB999", "x", "INT001;", "ß001", "A" * 10_000])
def test_no_such_code(desk: Desk, code: str) -> None:
    page = desk.page(f"/rules/{code}")
    assert page.status == 404
    assert "WB130" in page.words


def test_rules_of_the_organisation_stand_beside_ours(busy: Desk, moving: Promoted) -> None:
    text = ACME.replace("Each of them is read by a person.", "<script>x</script> [y](javascript:z)")
    folder = moving.folder / "acme"
    folder.mkdir()
    (folder / "rules.yaml").write_text(text, encoding="utf-8")
    written = load_pack(folder, start=moving.folder)
    moving.registry.blobs.put(written.paper)
    moving.owners(pack_publication(written))
    found = busy.told("/rules?pass=organisation")
    assert [(one["code"], one["pack"]) for one in found["rules"]] == [
        ("ORG001", "acme@1"),
        ("ORG002", "acme@1"),
        ("ORG003", "acme@1"),
    ]
    told = busy.told("/rules/org001")
    assert (told["pack"], told["pass"], told["severity"]) == ("acme@1", "organisation", "error")
    page = busy.page("/rules/ORG001")
    assert "&lt;script&gt;x&lt;/script&gt;" in page.text
    assert "javascript:" not in page.text.replace("(javascript:z)", "")
    assert 'href="javascript' not in page.text
