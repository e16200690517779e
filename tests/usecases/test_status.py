from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import FIRST, PRODUCTION, SECOND, STAGING

if TYPE_CHECKING:
    from tests.usecases.stage import Stage


def test_before_anything_is_promoted(stage: Stage) -> None:
    found = stage.done("status")
    assert found.out == ""
    assert "nothing is promoted yet: weighbridge promote REF --to ENV" in found.err
    assert stage.done("status", "--output-format=json").json == {
        "schemaVersion": 1,
        "pointers": [],
        "sandboxes": [],
    }


def test_each_environment_and_where_it_points(stage: Stage) -> None:
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    production = stage.last()["time"]
    stage.arrive(SECOND)
    staging = stage.last()["time"]
    first, second = stage.release(FIRST), stage.release(SECOND)
    assert stage.done("status").out == (
        "production\n"
        f"  demo@1.0.0  {first[:19]}  generation 1 since {production} by dora; now allowed\n"
        "staging\n"
        f"  demo@1.1.0  {second[:19]}  generation 2 since {staging} by dora; now allowed\n"
    )
    listed = stage.done("status", "--output-format=json").json
    assert listed["schemaVersion"] == 1
    assert listed["pointers"][0] == {
        "environment": "production",
        "name": "demo",
        "version": "1.0.0",
        "release": first,
        "generation": 1,
        "verdict": "allowed",
        "unreviewed": None,
        "since": production,
        "why": None,
        "verdictSince": production,
        "by": "dora",
        "held": None,
        "frozen": None,
        "drift": None,
        "delivery": None,
        "links": [],
        "told": [],
    }


def test_each_place_has_its_links(stage: Stage) -> None:
    own = '  target: {kind: kubernetes, options: {links.loki: "https://eu.example/{label}?q={query}"}}\n'
    stage.apply(STAGING.rstrip("\n") + "\n" + own)
    (stage.folder / "weighbridge.toml").write_text(
        "[links]\n"
        'loki = "https://logs.example/{query}"\n'
        'wiki = "https://wiki.example/{environment}/{name}/{version}#{release}"\n'
    )
    stage.arrive(FIRST)
    release = stage.release(FIRST)
    label = release.removeprefix("sha256:")[:63]
    wanted = {
        "loki": f"https://eu.example/{label}?q=%7Bweighbridge_dev_release%3D%22{label}%22%7D",
        "wiki": f"https://wiki.example/staging/demo/1.0.0#sha256%3A{release[7:]}",
    }
    assert {one["name"]: one["url"] for one in stage.pointer("staging")["links"]} == wanted
    text = stage.done("status").out
    assert all(f"    {name}: {url}\n" in text for name, url in wanted.items())


def test_a_link_that_leads_nowhere_is_refused(stage: Stage) -> None:
    for template, help_ in (("{digest}", "known: {release}"), ("{query}", "have a {query}")):
        (stage.folder / "weighbridge.toml").write_text(
            f'links = {{wiki = "https://wiki.example/{template}"}}\n'
        )
        found = stage("status")
        assert found.code == 2
        assert template in found.err
        assert help_ in found.err


def test_one_environment_or_one_name(stage: Stage) -> None:
    stage.arrive(FIRST)
    assert stage.done("status", "demo").out == stage.done("status").out
    assert stage.done("status", "--in=staging").out == stage.done("status").out
    assert stage.done("status", "--in=production").out == ""
    assert stage.done("status", "other").out == ""
    found = stage("status", "--in=nowhere")
    assert (found.code, found.out) == (2, "")
    assert "there is no environment nowhere" in found.err


def test_what_is_there_is_judged_by_what_counts_of_it_today(stage: Stage) -> None:
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    stage.clock.set("2026-02-04T00:00:00Z")
    assert stage.ask(FIRST, "production", "--dry-run", by="")["verdict"] == "denied"  # too old
    assert stage.pointer("production")["verdict"] == "allowed"
    stage.worsen()
    found = stage.pointer("production")
    assert (found["verdict"], found["verdictSince"]) == ("denied", None)
    assert found["why"].startswith("evidence:report: it has findings that block (INT001 ")
    assert stage.check().code == 0
    assert stage.pointer("production")["verdict"] == "allowed"
    stage.apply(PRODUCTION.replace("[releaser]", "[releaser, sre]"))
    found = stage.pointer("production")
    assert found["verdict"] == "needs"
    assert "given before the outcome changed" in found["why"]
    assert "now needs, which is not in the ledger yet\n    approvals:0: " in stage("status").out


def test_a_held_environment_says_so(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND)
    stage.roll_back()
    held = f"rolled back by dora at {stage.last()['time']}"
    assert stage.pointer()["held"] == held
    assert stage.pointer()["verdict"] == "allowed"  # what is there may stay
    assert stage.done("status").out.endswith(f"; now allowed; held: {held}\n")


@pytest.mark.parametrize("words", [("status",), ("history", "demo")])
def test_looking_writes_nothing_and_needs_no_key(words: tuple[str, ...], stage: Stage) -> None:
    stage.arrive(FIRST)
    before = stage.everything()
    assert stage(*words).code == 0
    assert stage.everything() == before


def test_without_owners_there_is_nothing_to_tell(ownerless: Stage) -> None:
    for words in (("status",), ("history", "demo")):
        found = ownerless(*words)
        assert (found.code, found.out) == (2, "")
        assert "the registry has no owners yet" in found.err
