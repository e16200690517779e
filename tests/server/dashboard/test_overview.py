from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pytest

from tests.server.dashboard.overview import (
    HOSTILE,
    THIRD,
    asked,
    browsed,
    document,
    seal_third,
    services_of,
)
from tests.usecases.promoted import FIRST, SECOND, promoted, promoted_folder
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.gate.case import Act
from weighbridge.model.event import Kind
from weighbridge.report.visible import visible
from weighbridge.server.dashboard.pages.approvals import approvals
from weighbridge.server.dashboard.pages.insights import insights
from weighbridge.server.dashboard.pages.pipeline import pipeline
from weighbridge.server.dashboard.pages.waivers import waivers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.promoted import Promoted
    from weighbridge.model.ports import Registry

__all__ = ["promoted", "promoted_folder"]

PATHS = ("/", "/approvals", "/waivers", "/insights")


def enter(registry: Registry, kind: Kind, **body: object) -> None:
    registry.change(lambda transaction: transaction.append(kind, body))


def ask_made_up(registry: Registry, *names: str) -> None:
    """Enter that releases were sealed and asked for, of which nothing is there."""
    for at, name in enumerate(names):
        digest = f"sha256:{at:064x}"
        about = {"name": name, "version": name[:300]}
        enter(registry, Kind.RELEASE_SEALED, digest=digest, **about)
        enter(
            registry,
            Kind.PROMOTION_BLOCKED,
            **about,
            decision=digest,
            environment="production",
            person=name[:300],
            release=digest,
            verdict="denied",
        )


def test_the_pipeline_shows_what_is_where(promoted: Promoted) -> None:
    told = pipeline(asked(services_of(promoted.registry)))
    second = promoted.digest(SECOND)
    assert [one["name"] for one in told["environments"]] == ["staging", "production"]
    assert told["totals"] == {"names": 1, "attention": 0, "reasons": {}, "proposals": 0}
    (row,) = told["rows"]
    assert row["newest"] == {
        "version": "1.1.0",
        "digest": second,
        "sealed": "2026-02-01T00:13:00Z",
        "in": ["staging", "production"],
        "askedFor": [],
    }
    assert row["cells"][1] == {
        "environment": "production",
        "present": {
            "version": "1.1.0",
            "release": second,
            "generation": 2,
            "since": "2026-02-01T00:18:00Z",
            "by": "max",
            "verdict": "allowed",
            "verdictSince": "2026-02-01T00:18:00Z",
        },
        "held": None,
        "drift": False,
        "delivery": None,
        "request": None,
        "reasons": [],
    }
    assert (told["next"], told["begin"]) == ("", [])


def test_the_pipeline_shows_what_waits_and_what_is_held(promoted: Promoted) -> None:
    third = seal_third(promoted)
    services = services_of(promoted.registry)
    (row,) = pipeline(asked(services))["rows"]
    assert (row["newest"]["in"], row["newest"]["askedFor"]) == (["staging"], [])
    assert not promoted.promote(THIRD, "production")
    promoted.roll_back()
    told = pipeline(asked(services, show="any"))
    assert told["totals"] == {
        "names": 1,
        "attention": 1,
        "reasons": {"held": 1, "waiting": 1},
        "proposals": 0,
    }
    (row,) = told["rows"]
    assert row["newest"]["askedFor"] == ["production"]
    cell = row["cells"][1]
    assert (cell["present"]["version"], cell["held"]["why"]) == ("1.0.0", "rolled back by max")
    assert (cell["request"]["release"], cell["request"]["verdict"]) == (third, "needs")
    assert cell["reasons"] == ["held", "waiting"]
    assert pipeline(asked(services, show="drift"))["rows"] == []
    assert pipeline(asked(services, show="held", q="other"))["rows"] == []


def test_a_registry_without_owners_says_how_to_begin(tmp_path: Path) -> None:
    registry = EmbeddedRegistry(tmp_path / "new")
    told = pipeline(asked(services_of(registry)))
    assert told["begin"][1].startswith("weighbridge registry init")
    with browsed(registry) as client:
        page = client.get("/").text
        assert "This registry has no owners yet" in page
        assert 'href="/start"' in page
        for path in PATHS[1:]:
            assert client.get(path).status_code == 200
    registry.close()


def test_approvals_say_who_is_asked_and_what_an_approval_binds(promoted: Promoted) -> None:
    third = seal_third(promoted)
    services = services_of(promoted.registry)
    assert approvals(asked(services))["totals"]["requests"] == 0
    assert not promoted.promote(THIRD, "production")
    told = approvals(asked(services, "cat"))
    (one,) = told["mine"]
    assert (one["release"], one["environment"], one["by"]) == (third, "production", "max")
    assert one["verdict"] == "needs"
    assert one["outcome"].startswith("sha256:")
    (approval,) = one["approvals"]
    assert (approval["wanted"], approval["missing"]) == ("2 of ml-lead", 2)
    assert approval["people"] == ["cat", "dora"]
    assert (one["given"], one["open"], one["barred"]) == ([], [], None)


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ("max", "max holds no role that approves here: ml-lead"),
        ("bea", "bea holds no role that approves here: ml-lead"),
        ("eve", "no key of eve is trusted here"),
        ("", "no key of nobody is trusted here"),
    ],
)
def test_who_may_not_approve_is_told_why(promoted: Promoted, person: str, why: str) -> None:
    seal_third(promoted)
    assert not promoted.promote(THIRD, "production")
    told = approvals(asked(services_of(promoted.registry), person))
    (one,) = told["others"]
    assert (told["mine"], one["mine"], one["barred"]) == ([], False, why)


def test_who_has_approved_waits_for_others(promoted: Promoted) -> None:
    seal_third(promoted)
    assert not promoted.promote(THIRD, "production")
    promoted.approve(THIRD, "cat")
    services = services_of(promoted.registry)
    (one,) = approvals(asked(services, "cat"))["others"]
    assert one["barred"] == "cat has approved it"
    assert [each["person"] for each in one["given"]] == ["cat"]
    (one,) = approvals(asked(services, "dora"))["mine"]
    assert one["approvals"][0]["people"] == ["dora"]
    promoted.approve(THIRD, "dora")
    (one,) = approvals(asked(services, "dora"))["others"]
    assert one["verdict"] == "allowed"
    promoted.approve(THIRD, "dora", act=Act.REJECT)
    assert approvals(asked(services, "cat"))["others"] == []


def test_a_request_the_gate_cannot_be_asked_about_says_so(promoted: Promoted) -> None:
    seal_third(promoted)
    assert not promoted.promote(THIRD, "production")
    ask_made_up(promoted.registry, "gone")
    told = approvals(asked(services_of(promoted.registry), "cat"))
    assert [one["name"] for one in told["mine"]] == ["demo"]
    (one,) = told["others"]
    assert (one["name"], one["verdict"]) == ("gone", None)
    assert one["problem"]


def test_requests_come_ten_a_page_newest_first(promoted: Promoted) -> None:
    ask_made_up(promoted.registry, *(f"gone-{at:02}" for at in range(25)))
    services = services_of(promoted.registry)
    told = approvals(asked(services))
    assert told["totals"]["requests"] == 25
    pages = [told["others"]]
    while told["next"]:
        told = approvals(asked(services, after=told["next"]))
        pages.append(told["others"])
    assert [len(one) for one in pages] == [10, 10, 5]
    seen = [one["name"] for page in pages for one in page]
    assert seen == [f"gone-{at:02}" for at in reversed(range(25))]


def test_waivers_that_cannot_be_told_are_named(promoted: Promoted) -> None:
    services = services_of(promoted.registry)
    assert waivers(asked(services))["waivers"] == []
    enter(
        promoted.registry,
        Kind.ACT_SAID,
        act="waive",
        bundle=f"sha256:{7:064x}",
        environment="production",
        expires="2026-04-01T00:00:00Z",
        name="demo",
        person="cat",
        predicateType="https://weighbridge.dev/waiver/v1",
        release=promoted.digest(FIRST),
        rule="REP008",
        version="1.0.0",
    )
    told = waivers(asked(services))
    assert (told["ever"], told["rules"], told["waivers"]) == (1, ["REP008"], [])
    assert [(one["environment"], one["name"]) for one in told["problems"]] == [
        ("production", "demo")
    ]
    assert waivers(asked(services, rule="DEP002"))["problems"] == []
    assert waivers(asked(services, environment="staging"))["problems"] == []
    assert waivers(asked(services, name="other"))["problems"] == []
    assert waivers(asked(services, state="requested"))["problems"] == []


def test_insights_count_whole_weeks(promoted: Promoted) -> None:
    told = insights(asked(services_of(promoted.registry), days="30"))
    assert (told["days"], told["since"]) == (30, "2026-01-26T00:00:00Z")
    assert [one["begins"][:10] for one in told["weeks"]] == [
        "2026-01-26",
        "2026-02-02",
        "2026-02-09",
        "2026-02-16",
        "2026-02-23",
        "2026-03-02",
    ]
    assert (told["weeks"][0]["done"], told["weeks"][0]["blocked"]) == (4, 1)
    assert told["totals"] == {
        "done": 4,
        "blocked": 1,
        "observed": 0,
        "rolledBack": 0,
        "waived": 0,
    }
    assert told["remedy"] == {"count": 1, "median": 180, "p90": 180}
    assert told["lead"] == {
        "count": 2,
        "median": 300,
        "p90": 2_679_060,
        "environments": ["production"],
    }
    assert told["decisions"] == {"inAll": 1, "looked": 1, "read": 1}
    assert [(one["code"], one["times"]) for one in told["rules"]] == [("GOV002", 1)]
    assert [one["id"] for one in told["conditions"]] == ["approvals:0"]
    assert "CFG001" in {one["code"] for one in told["silent"]}


def test_decisions_that_are_gone_are_counted_as_such(promoted: Promoted) -> None:
    ask_made_up(promoted.registry, "gone")
    told = insights(asked(services_of(promoted.registry)))
    assert told["decisions"] == {"inAll": 2, "looked": 2, "read": 1}


@pytest.mark.parametrize("path", PATHS)
def test_a_page_says_what_its_document_says(promoted: Promoted, path: str) -> None:
    seal_third(promoted)
    assert not promoted.promote(THIRD, "production")
    with browsed(promoted.registry) as client:
        page = client.get(path)
        assert page.status_code == 200
        assert page.text.count("<h1") == 1
        assert document(client, path) == client.get(f"{path}?as=json").json()
        wanted = {
            "/": ["demo", "1.2.0", "asked for", "/in/production"],
            "/approvals": ["Waiting for you", "2 of ml-lead", "/approve"],
            "/waivers": ["Nothing was ever waived here"],
            "/insights": ["<svg", "GOV002", "production"],
        }
        for text in wanted[path]:
            assert text in page.text


def test_what_people_call_things_is_shown_as_text(promoted: Promoted) -> None:
    ask_made_up(promoted.registry, *HOSTILE)
    with browsed(promoted.registry) as client:
        for path in PATHS:
            page = client.get(path)
            assert page.status_code == 200, path
            assert "<script>alert" not in page.text
            assert "<img" not in page.text
            assert "\u202e" not in page.text
        shown = client.get("/?show=waiting").text
        for name in HOSTILE:
            assert html.escape(visible(name), quote=False).replace('"', "&#34;") in shown


@pytest.mark.parametrize("value", [*HOSTILE, "%2e%2e", "\n", "WyJhIl0", "-1", "٣"])
def test_no_question_breaks_a_page(promoted: Promoted, value: str) -> None:
    with browsed(promoted.registry) as client:
        for path, names in {
            "/": ("q", "show", "after"),
            "/approvals": ("after",),
            "/waivers": ("rule", "environment", "name", "state", "after"),
            "/insights": ("days",),
        }.items():
            for name in names:
                found = client.get(path, params={name: value})
                assert found.status_code in ({400, 200} if name == "after" else {200})
                assert "<script>alert" not in found.text


def test_a_damaged_ledger_shows_nothing(promoted: Promoted) -> None:
    promoted.registry.close()
    (promoted.registry.root / "log.pub").unlink()
    with browsed(EmbeddedRegistry(promoted.registry.root)) as client:
        for path in PATHS:
            page = client.get(path)
            assert page.status_code == 422
            assert "the log&#39;s public key is not there" in page.text
