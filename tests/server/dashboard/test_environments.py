"""Environments: what stands where, who may do what there, and what a rollback would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.dashboard.house import apply, publish
from tests.usecases.promoted import FIRST, SECOND
from weighbridge.seal.control import Wish
from weighbridge.usecases.stopping import freezing

if TYPE_CHECKING:
    from tests.server.dashboard.desk import Desk
    from tests.usecases.promoted import Promoted


def test_environments_are_listed_in_the_order_of_promotion(busy: Desk, moving: Promoted) -> None:
    publish(moving)
    apply(moving)
    found = busy.told("/environments")["environments"]
    assert [one["name"] for one in found] == ["shadow", "staging", "production"]
    shadow, staging, production = found
    assert (production["promotesFrom"], production["policy"]) == ("staging", "house@1")
    assert (production["policyName"], production["policyVersion"]) == ("house", "1")
    assert (shadow["enforcement"], staging["enforcement"]) == ("observe", "enforce")
    assert shadow["target"] == {"kind": "local", "version": "1", "namespace": None}
    assert (shadow["names"], staging["names"], staging["hours"]) == (0, 1, None)
    # 2026-03-01 is a Sunday.
    assert shadow["hours"]["opens"] == "2026-03-02T08:00:00Z"
    words = busy.page("/environments").words
    assert "window closed ! only observes" in words


def test_what_stands_is_told_as_it_was_recorded(desk: Desk, still: Promoted) -> None:
    found = desk.told("/environments/production")
    (row,) = found["places"]
    assert (row["name"], row["version"], row["generation"]) == ("demo", "1.1.0", 2)
    assert (row["verdict"], row["by"], row["held"]) == ("allowed", "max", None)
    assert (row["release"], row["delivery"]) == (still.digest(SECOND), None)
    people = {
        operation: (group["roles"], group["people"])
        for group in found["environment"]["people"]
        for operation in group["operations"]
    }
    assert people["promote"] == (["releaser"], ["max"])
    assert people["approve"] == (["ml-lead"], ["cat", "dora"])
    assert people["break-glass"] == ([], [])
    assert people["judge"] == (None, None)


def test_what_was_stopped_is_told(busy: Desk, moving: Promoted) -> None:
    moving.roll_back()
    wish = Wish(reason="<i>holidays</i>", until="2026-12-01T00:00:00Z")
    moving.owners(freezing("production", wish, lift=False, registry=moving.registry))
    found = busy.told("/environments/production")
    assert found["environment"]["frozen"]["reason"] == "<i>holidays</i>"
    (row,) = found["places"]
    assert (row["version"], row["back"]) == ("1.0.0", True)
    assert row["held"].startswith("rolled back by max at ")
    page = busy.page("/environments/production")
    assert "&lt;i&gt;holidays&lt;/i&gt;" in page.text
    assert "held" in page.words
    assert "Lift the freeze" in page.words


def test_one_name_is_told_in_full(desk: Desk, still: Promoted) -> None:
    found = desk.told("/environments/production?name=demo")
    one = found["place"]
    assert (one["name"], one["verdict"], one["before"]) == ("demo", "allowed", "staging")
    (pair,) = one["parity"]["releases"]
    assert pair["verdict"] == "pass"
    assert pair["left"]["digest"] == pair["right"]["digest"] == still.digest(SECOND)
    assert one["deliveryProgress"] is None
    words = desk.page("/environments/production?name=demo").words
    assert "At parity" in words
    assert "names no target" in words
    assert desk.told("/environments/staging?name=demo")["place"]["parity"] is None


def test_what_differs_from_the_environment_before(busy: Desk, moving: Promoted) -> None:
    moving.roll_back()
    (pair,) = busy.told("/environments/production?name=demo")["place"]["parity"]["releases"]
    assert (pair["left"]["version"], pair["right"]["version"]) == ("1.1.0", "1.0.0")
    assert (
        "In staging stands version 1.1.0 , here 1.0.0"
        in busy.page("/environments/production?name=demo").words
    )


def test_places_are_told_a_page_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weighbridge.server.dashboard.pages.environments._MANY", 0)
    found = desk.told("/environments/production")
    assert (found["places"], found["next"]) == ([], "")
    assert desk.page("/environments/production?after=x").status == 400


@pytest.mark.parametrize(
    "path",
    [
        "/environments/moon",
        f"/environments/{'x' * 9_000}",
        "/environments/moon/rollback/demo",
        "/environments/production?name=nobody",
        "/environments/production?name=%3Cscript%3E",
        "/environments/production/rollback/nobody",
        "/environments/production/rollback/demo?to=x",
    ],
)
def test_nothing_of_that_name_is_there(desk: Desk, path: str) -> None:
    page = desk.page(path)
    assert page.status == 404
    assert "<script>" not in page.text


def test_a_registry_without_owners_has_no_environments(bare: Desk) -> None:
    assert bare.told("/environments")["environments"] == []
    assert "weighbridge env apply production.yaml" in bare.page("/environments").words
    assert bare.page("/environments/production").status == 404
    assert bare.page("/environments/production/rollback/demo").status == 404


def test_a_rollback_is_shown_before_anybody_signs_it(desk: Desk, still: Promoted) -> None:
    path = "/environments/production/rollback/demo"
    found = desk.told(path, "max")
    assert found["target"] == {
        "release": still.digest(FIRST),
        "version": "1.0.0",
        "generation": 2,
    }
    assert (found["release"], found["generation"]) == (still.digest(FIRST), 2)
    assert found["decision"]["verdict"] == "allowed"
    assert found["difference"]["totals"] == "1 change: 1 low"
    (change,) = found["difference"]["changes"]
    assert (change["pointer"], change["before"], change["after"]) == (
        "/metadata/version",
        "1.1.0",
        "1.0.0",
    )
    page = desk.page(path, "max")
    assert page.field("release") == still.digest(FIRST)
    assert page.field("generation") == "2"
    assert "nothing was delivered by weighbridge" in page.words


def test_the_form_goes_back_to_what_was_shown(busy: Desk) -> None:
    path = "/environments/production/rollback/demo"
    shown = busy.page(path, "max")
    release, generation = shown.field("release"), shown.field("generation")
    assert busy.send(path, "max", release=release, generation=generation).status == 303
    (row,) = busy.told("/environments/production")["places"]
    assert (row["version"], row["generation"], row["back"]) == ("1.0.0", 3, True)


def test_why_a_rollback_is_not_allowed(busy: Desk, moving: Promoted) -> None:
    moving.roll_back()
    path = f"/environments/production/rollback/demo?to={moving.digest(SECOND)}"
    found = busy.told(path)
    assert found["decision"]["verdict"] == "denied"
    unmet = {one["id"] for one in found["decision"]["conditions"] if one["outcome"] == "unmet"}
    assert "not-left" in unmet
    assert "this environment was rolled back from it" in busy.page(path).words
    nothing = busy.told("/environments/production/rollback/demo")
    assert nothing["target"] is None
    words = busy.page("/environments/production/rollback/demo").words
    assert "There is nothing to go back to" in words
