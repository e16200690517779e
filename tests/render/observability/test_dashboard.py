from __future__ import annotations

import json
import re

from tests.render.orders import files_of, rendered
from tests.render.watched import EXPECTED, NAME, OPTIONS, digest, documents


def test_a_dashboard_has_a_panel_for_all_that_is_measured() -> None:
    found = documents(options=OPTIONS)
    board = found[f"grafana/{NAME}.json"]
    titles = [one["title"] for one in board["panels"]]
    assert titles[:6] == [one["name"] for one in EXPECTED]
    assert "analysis errors" in titles
    assert "alert UnknownLabels" in titles
    assert [one["id"] for one in board["panels"]] == list(range(1, len(titles) + 1))
    places = {(one["gridPos"]["x"], one["gridPos"]["y"]) for one in board["panels"]}
    assert len(places) == len(titles)
    assert board["uid"] == documents(version="2.53")[f"grafana/{NAME}.json"]["uid"]
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", board["uid"])
    release = next(one for one in board["templating"]["list"] if one["name"] == "release")
    assert release["current"]["value"] == digest(found)
    assert {one["title"]: one["url"] for one in board["links"]} == {
        "loki": "https://logs.example.com/explore?q=%7Bweighbridge_dev_release%3D%22"
        f"{digest(found)[7:70]}%22%7D",
        "runbooks": f"https://wiki.example.com/{NAME}/1.4.0",
    }


def test_panels_ask_by_the_type_of_a_metric() -> None:
    board = documents()[f"grafana/{NAME}.json"]
    asked = {one["title"]: [target["expr"] for target in one["targets"]] for one in board["panels"]}
    assert asked["requests_errors_total"] == [
        'sum(rate(requests_errors_total{release="$release", stage="model"}[$__rate_interval]))'
    ]
    assert len(asked["request_seconds"]) == 3
    assert asked["request_seconds"][2].startswith("histogram_quantile(0.99, sum by (le) (rate(")
    assert asked["unknown_ratio"] == [
        'avg(unknown_ratio{release="$release"})',
        'max(unknown_ratio{release="$release"})',
    ]
    assert asked["answer_bytes"] == ['max by (quantile) (answer_bytes{release="$release"})']
    assert asked["alert UnknownLabels"] == ['unknown_ratio{release="$release"} > 0.2']


def test_panels_of_analyses_show_where_they_succeed_and_fail() -> None:
    def steps(success: str | None, failure: str | None) -> list[tuple[str, float | None]]:
        analysis = {"name": "a", "query": "sum(up)", "success": success, "failure": failure}
        found = files_of(
            rendered("prometheus", change={"spec": {"rollout": {"analysis": [analysis]}}})
        )
        board = json.loads(found[f"grafana/{NAME}.json"])
        (panel,) = (one for one in board["panels"] if one["title"] == "analysis a")
        thresholds = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        return [(one["color"], one["value"]) for one in thresholds]

    assert steps("value < 0.01", "value > 0.05") == [
        ("green", None),
        ("yellow", 0.01),
        ("red", 0.05),
    ]
    assert steps("value >= 0.99", "value < 0.9") == [
        ("red", None),
        ("yellow", 0.9),
        ("green", 0.99),
    ]
    assert steps(None, "value > 5") == [("yellow", None), ("red", 5)]
    assert steps("value == 1", None) == [("text", None)]


def test_a_link_that_leads_nowhere_is_refused() -> None:
    done = rendered("prometheus", options={"links.any": "https://x.example/{query}"})
    assert [one.seen for one in done.refusals] == ["{query}"]
