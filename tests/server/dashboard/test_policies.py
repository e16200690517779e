"""Policies: what each demands, what changed, and what a change would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.dashboard.house import STRICTER, apply, publish
from tests.usecases.promoted import SECOND
from weighbridge.rules.catalogue import RULES

if TYPE_CHECKING:
    from tests.server.dashboard.desk import Desk
    from tests.usecases.promoted import Promoted


def demands(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for part in found["parts"] for one in part["demands"]}


def test_each_version_is_listed_with_where_it_is_in_use(busy: Desk, moving: Promoted) -> None:
    publish(moving)
    apply(moving)
    found = busy.told("/policies")
    (house,) = found["policies"]
    assert house["name"] == "house"
    assert [(one["version"], one["environments"]) for one in house["versions"]] == [
        ("2", ["shadow"]),
        ("1", ["production", "staging"]),
    ]
    newest = house["versions"][0]
    assert newest["signers"] == ["ann", "ben"]
    assert newest["examples"] == {"ok": True, "count": 19, "wrong": 0, "problem": None}
    assert [(one["at"], one["id"], one["what"], one["policy"]) for one in found["coming"]] == [
        ("2026-04-01T00:00:00Z", "evidence:provenance", "begins to block", "house@2"),
        ("2026-06-01T00:00:00Z", "exceptions:0", "ends", "house@2"),
    ]
    assert [one["policy"] for one in found["shipped"]] == [
        "shipped:air-gapped",
        "shipped:baseline",
        "shipped:high-risk",
        "shipped:regulated",
    ]
    assert all(one["examples"]["ok"] for one in found["shipped"])


def test_what_a_policy_demands_is_said_in_sentences(busy: Desk, moving: Promoted) -> None:
    publish(moving)
    found = busy.told("/policies/house")
    assert (found["version"], found["owner"], found["versions"]) == ("2", "platform", ["2", "1"])
    told = demands(found)
    assert told["evidence:report"]["demands"] == (
        "There is a report of a check signed by a checker, at most 7 days old, with no finding "
        "above warning, and findings of some rules may stay for 14 days."
    )
    assert told["evidence:report"]["rules"] == ["DEP005", "DEP007", "DEP008"]
    provenance = told["evidence:provenance"]
    assert provenance["whenWords"] == "release.spec.build is stated"
    assert provenance["effectiveOn"] == "2026-04-01T00:00:00Z"
    assert (
        told["approvals:0"]["demands"] == "2 different people approve, each with the role ml-lead."
    )
    assert told["approvals:0"]["whenWords"] == "the environment is production"
    assert told["approvals:1"]["whenWords"] == "the effective risk is medium or higher"
    assert (told["card-sealed"]["blocks"], told["card-sealed"]["origin"]) == (False, "house")
    assert told["image-digests"]["of"] == "each image"
    assert told["waivers:0"]["rules"] == ["SEC001", "DEP005"]
    assert told["exceptions:0"]["demands"] == (
        "Nothing is asked of card-sealed in shadow: it is being written"
    )
    page = busy.page("/policies/house")
    assert "&lt;b&gt;sealed&lt;/b&gt;" in page.text
    assert "<b>sealed" not in page.text
    assert 'href="/rules/SEC001"' in page.text


def test_what_changed_since_the_version_before(busy: Desk, moving: Promoted) -> None:
    assert busy.told("/policies/house")["difference"] is None
    publish(moving)
    found = busy.told("/policies/house?version=2")["difference"]
    assert found["against"] == "1"
    kinds = {one["id"]: one["kind"] for one in found["changes"]}
    assert kinds["evidence:report"] == "changed"
    assert kinds["card-sealed"] == "added"
    assert "approvals:0" not in kinds
    changed = next(one for one in found["changes"] if one["id"] == "evidence:report")
    assert changed["before"].endswith("and what could not be decided does not block.")
    assert changed["parts"] == [{"name": "rules", "before": "", "after": "DEP005, DEP007, DEP008"}]
    assert busy.told("/policies/house?version=1")["version"] == "1"


def test_a_shipped_policy_is_shown_alike(desk: Desk) -> None:
    found = desk.told("/policies/shipped:regulated")
    assert (found["published"], found["versions"], found["difference"]) == (None, [], None)
    assert demands(found)["rule-set"]["demands"].startswith(
        f"{len(RULES)} rules of the set “complete”"
    )
    assert "no: it is shipped" in desk.page("/policies/shipped:regulated").words


@pytest.mark.parametrize(
    "path",
    ["/policies/nothing", "/policies/house?version=9", "/policies/shipped:x", "/policies/house@1"]
    + [f"/policies/nothing/what-if?version={one}" for one in ("", "1")]
    + ["/policies/house/what-if?version=9", "/policies/house/what-if?version=1&waive=x"]
    + ["/policies/house/what-if?version=1&environment=moon", f"/policies/{'x' * 9_000}"],
)
def test_there_is_no_such_policy(desk: Desk, path: str) -> None:
    page = desk.page(path)
    assert page.status == 404
    assert "WB130" in page.words


def test_nothing_is_foreseen_before_somebody_asks(desk: Desk) -> None:
    found = desk.told("/policies/house/what-if")
    assert (found["foresight"], found["asked"]["version"]) == (None, "1")
    assert found["environments"] == ["production", "staging"]


def test_what_a_stricter_policy_would_do(busy: Desk, moving: Promoted) -> None:
    publish(moving)
    found = busy.told("/policies/house/what-if?version=2&environment=production")
    foreseen = found["foresight"]
    assert (foreseen["hypothetical"], foreseen["change"]["policy"]) == (True, "house@2")
    (one,) = foreseen["releases"]
    assert (one["name"], one["version"], one["effect"]) == ("demo", "1.1.0", "blocked")
    assert (one["before"], one["approvalsAgain"]) == ("allowed", True)
    assert "approvals:2" in {change["id"] for change in one["changes"]}
    page = busy.page("/policies/house/what-if?version=2&environment=production&name=demo")
    assert "1 would be blocked" in page.words
    assert "Its approvals lapse" in page.words
    entries = moving.registry
    with entries.reading() as view:
        size = view.size
    busy.page("/policies/house/what-if?version=2")
    with entries.reading() as view:
        assert view.size == size


def test_waivers_are_supposed_and_taken_away(desk: Desk, still: Promoted) -> None:
    found = desk.told("/policies/house/what-if?version=none&without=sec001&waive=DEP005,INT001")
    change = found["foresight"]["change"]
    assert (change["policy"], change["withoutWaivers"]) == (None, ["SEC001"])
    assert change["waived"] == ["DEP005", "INT001"]
    assert found["foresight"]["summary"]["stays"] == 2
    assert {one["release"] for one in found["foresight"]["releases"]} == {still.digest(SECOND)}


def test_places_are_looked_at_a_page_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weighbridge.server.dashboard.pages.what_if.MANY", 1)
    path = "/policies/house/what-if?version=1"
    first = desk.told(path)
    (production,) = first["foresight"]["releases"]
    assert production["environment"] == "production"
    assert "at most 1 are looked at" in desk.page(path).words
    second = desk.told(f"{path}&after={first['next']}")
    (staging,) = second["foresight"]["releases"]
    assert (staging["environment"], second["next"]) == ("staging", "")
    assert desk.page(f"{path}&after=x").status == 400


def test_a_registry_without_owners_has_no_policies(bare: Desk) -> None:
    assert bare.told("/policies")["policies"] == []
    assert "weighbridge policy publish shipped:baseline" in bare.page("/policies").words
    assert bare.page("/policies/house").status == 404
    assert bare.page("/policies/house/what-if").status == 404


def test_examples_that_do_not_hold_are_told(busy: Desk, moving: Promoted) -> None:
    publish(moving, STRICTER.replace("card: {path: README.md}}}", "card: {digest: x}}}"))
    found = busy.told("/policies/house")["examples"]
    assert (found["ok"], found["wrong"]) == (False, 1)
    (wrong,) = [one for one in found["results"] if not one["ok"]]
    assert (wrong["condition"], wrong["wanted"]) == ("card-sealed", "fail")
    assert "1 of 19 are not as they should be" in busy.page("/policies/house").words
