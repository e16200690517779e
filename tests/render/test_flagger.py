from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.render.orders import files_of, rendered
from tests.render.test_analysis import RATIO, WHOLE
from tests.render.test_workload import knob
from weighbridge.codec.promql import read_query


def objects(
    rollout: dict[str, Any] | None = None,
    options: dict[str, str] | None = None,
    change: dict[str, Any] | None = None,
) -> dict[str, Any]:
    change = change or {"spec": {"rollout": rollout or {}}}
    done = rendered("flagger", options=options, change=change)
    return {
        path.removesuffix(".yaml"): yaml.safe_load(text)
        for path, text in files_of(done).items()
        if path.endswith(".yaml")
    }


def canary(
    rollout: dict[str, Any] | None = None, options: dict[str, str] | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = objects(rollout, options)["canary"]["spec"]
    return found


def one(**change: object) -> dict[str, Any]:
    found = {key: value for key, value in (WHOLE | change).items() if value is not None}
    return {"analysis": [found]}


def test_a_release_has_its_minimum_of_kinds() -> None:
    assert set(objects()) == {
        *("canary", "configmap", "deployment", "horizontalpodautoscaler"),
        *("metrictemplate-errors", "networkpolicy", "poddisruptionbudget"),
    }


def test_steps_are_weights_and_the_longest_hold_is_the_interval() -> None:
    analysis = canary()["analysis"]
    assert analysis["stepWeights"] == [10, 50, 100]
    assert analysis["interval"] == "600s"
    assert analysis["threshold"] == 2
    done = rendered("flagger")
    assert "Flagger has one interval for all steps: each lasts 600 s" in done.notices


def test_steps_of_one_length_are_no_matter_of_notice() -> None:
    steps = [{"weight": 10, "hold": "1m"}, {"weight": 50, "hold": "1m"}, {"weight": 100}]
    done = rendered("flagger", change={"spec": {"rollout": {"steps": steps, "analysis": None}}})
    assert not any("one interval" in each for each in done.notices)
    analysis = yaml.safe_load(files_of(done)["canary.yaml"])["spec"]["analysis"]
    assert analysis == {"interval": "60s", "threshold": 1, "stepWeights": [10, 50, 100]}


def test_steps_without_a_time_last_a_minute() -> None:
    steps = [{"weight": 10}, {"weight": 100}]
    assert canary({"steps": steps, "analysis": None})["analysis"]["interval"] == "60s"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, [{"max": 0.009999999999999998}]),
        ({"success": "value <= 2", "failure": None}, [{"max": 2}]),
        ({"success": None, "failure": "value > 0.05"}, [{"max": 0.05}]),
        ({"success": "value >= 1", "failure": "value < 1"}, [{"min": 1}]),
        ({"success": "value > 0 && value <= 2", "failure": None}, [{"min": 5e-324}, {"max": 2}]),
        ({"success": "value < 5", "failure": "value > 2"}, [{"max": 2}]),
    ],
)
def test_thresholds_are_the_range_that_passes(
    change: dict[str, Any], expected: list[dict[str, float]]
) -> None:
    found = objects(one(**change))
    metrics = found["canary"]["spec"]["analysis"]["metrics"]
    assert [each["thresholdRange"] for each in metrics] == expected
    for each in metrics:
        template = found["metrictemplate-" + each["templateRef"]["name"].split(".", 1)[1]]
        assert template["metadata"]["name"] == each["templateRef"]["name"]
        read_query(template["spec"]["query"])
        worst = next(iter(each["thresholdRange"]))
        assert template["spec"]["query"].startswith(f"{worst}_over_time((")


@pytest.mark.parametrize(
    ("change", "tail"),
    [
        ({}, "[600s:30s]) >= 20)"),
        ({"inconclusiveLimit": 3}, "[600s:30s]) >= 17)"),
        ({"onNoData": "fail", "failureLimit": 2}, "[600s:30s]) >= 18)"),
        ({"onNoData": "pass"}, "[600s:30s]) >= 1)"),
        ({"count": 4}, "[120s:30s]) >= 4)"),
        ({"interval": "0.5s", "count": 4}, "[2s:500ms]) >= 4)"),
        ({"count": 1}, " > -Inf < Inf"),
        ({"interval": None}, " > -Inf < Inf"),
    ],
)
def test_the_worst_of_all_measurements_counts_if_there_were_enough(
    change: dict[str, Any], tail: str
) -> None:
    query = objects(one(**change))["metrictemplate-errors"]["spec"]["query"]
    assert query.endswith(tail), query


def test_what_flagger_does_otherwise_is_stricter_and_said() -> None:
    notices = rendered("flagger").notices
    for words in (
        "fails a check of analysis errors where there is no data, and does not pause",
        "two answers: what is inconclusive fails a check of errors",
        "checks every analysis at every step: errors",
        "requests are split by what Flagger was started with",
    ):
        assert any(words in each for each in notices), words
    done = rendered("flagger", change={"spec": {"rollout": one(onNoData="fail")}})
    assert not any("where there is no data" in each for each in done.notices)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"success": "value < 1 || value > 5", "failure": None}, "success", "more than one range"),
        ({"success": "value != 1", "failure": None}, "success", "all values but one"),
        ({"query": "up", "minSamples": 0}, "query", "may answer with several series"),
    ],
)
def test_what_flagger_cannot_judge_is_refused_with_what_would_do(
    change: dict[str, Any], field: str, words: str
) -> None:
    done = rendered("flagger", change={"spec": {"rollout": one(**change)}})
    (refusal,) = done.refusals
    assert refusal.pointer == f"/spec/rollout/analysis/0/{field}"
    assert words in refusal.message
    assert any("argo" in each for each in refusal.alternatives)


@pytest.mark.parametrize(
    ("rollout", "options", "words"),
    [
        ({"strategy": "recreate", "steps": None}, {}, "has no recreate rollout"),
        ({"strategy": "rolling", "steps": None}, {}, "has no rolling rollout"),
        ({"steps": [{"weight": 0}, {"weight": 100}]}, {}, "goes from weight to weight"),
        ({"steps": [{"weight": 50}, {"weight": 50}]}, {}, "goes from weight to weight"),
        ({"steps": None}, {}, "goes from weight to weight"),
        ({}, {"provider": "kubernetes"}, "splits no requests"),
        ({"strategy": "blueGreen", "steps": [{"weight": 50}]}, {}, "all requests to one release"),
        ({}, {"provider": "gatewayapi:v1"}, "asks for an existing gateway"),
        ({}, {"provider": "nginx"}, "asks for an existing ingress"),
        ({}, {"provider": "linkerd", "gateway": "a/b"}, "option gateway says nothing"),
        ({}, {"ingress": "web"}, "option ingress says nothing to the provider that is not"),
        ({}, {"provider": "nginx", "ingress": "web", "host": "a"}, "option host says nothing"),
    ],
)
def test_what_flagger_has_not_is_refused_with_what_would_do(
    rollout: dict[str, Any], options: dict[str, str], words: str
) -> None:
    done = rendered("flagger", options=options, change={"spec": {"rollout": rollout}})
    found = [each for each in done.refusals if words in each.message]
    assert found
    assert all(each.alternatives for each in done.refusals)


def test_without_a_rollout_there_is_nothing_flagger_could_do() -> None:
    done = rendered("flagger", change={"spec": {"rollout": None, "rollback": None}})
    assert any("no rolling rollout" in each.message for each in done.refusals)


def test_a_switch_checks_before_it_or_behind_it() -> None:
    step = {"hold": "5m", "analysis": "errors"}
    before = canary({"strategy": "blueGreen", "steps": [{"weight": 0, **step}]})["analysis"]
    assert (before["iterations"], before["interval"]) == (1, "300s")
    assert "stepWeights" not in before
    behind = canary({"strategy": "blueGreen", "steps": [{"weight": 100, **step}]})["analysis"]
    assert behind["stepWeights"] == [100]
    assert canary({"strategy": "blueGreen", "steps": None})["analysis"]["iterations"] == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"provider": "gatewayapi:v1", "gateway": "web/main", "host": "a.example.com"},
            {"gatewayRefs": [{"name": "main", "namespace": "web"}], "hosts": ["a.example.com"]},
        ),
        ({"provider": "istio", "gateway": "web/main"}, {"gateways": ["web/main"]}),
        ({"provider": "linkerd"}, {}),
    ],
)
def test_a_provider_is_told_what_it_asks_for(
    options: dict[str, str], expected: dict[str, Any]
) -> None:
    spec = canary(None, options)
    assert spec["provider"] == options["provider"]
    assert expected.items() <= spec["service"].items()


def test_an_ingress_is_named() -> None:
    spec = canary(None, {"provider": "nginx", "ingress": "web"})
    assert spec["ingressRef"]["name"] == "web"


def test_the_primary_is_guarded_too() -> None:
    found = objects()
    names = ["file-type-detector", "file-type-detector-primary"]
    expected = [{"key": "app.kubernetes.io/name", "operator": "In", "values": names}]
    assert found["networkpolicy"]["spec"]["podSelector"]["matchExpressions"] == expected
    assert found["poddisruptionbudget"]["spec"]["selector"]["matchExpressions"] == expected


def given(name: str, value: object, kind: str = "integer") -> dict[str, Any]:
    return knob(name, value=value, kind=kind, target="flagger")


def test_knobs_stand_where_flagger_reads_them() -> None:
    spec = objects(change=given("primaryReadyThreshold", 50))["canary"]["spec"]
    assert spec["analysis"]["primaryReadyThreshold"] == 50
    found = objects(change=given("trafficDistribution", "PreferClose", "string"))
    assert found["canary"]["spec"]["service"]["trafficDistribution"] == "PreferClose"
    found = objects(change=given("minReadySeconds", 5))
    assert found["deployment"]["spec"]["minReadySeconds"] == 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (given("trafficDistribution", "Close", "string"), "trafficDistribution to what that"),
        (given("primaryReadyThreshold", 101), "primaryReadyThreshold to what that"),
    ],
)
def test_a_knob_that_cannot_be_so_is_refused(change: dict[str, Any], words: str) -> None:
    (refusal,) = rendered("flagger", change=change).refusals
    assert words in refusal.message


def test_an_older_flagger_without_a_knob_is_refused_with_what_would_do() -> None:
    change = given("trafficDistribution", "PreferClose", "string")
    refusal = rendered("flagger", version="1.41", change=change).refusals[-1]
    assert "it came with 1.42" in refusal.message
    assert refusal.alternatives[0] == "render for Flagger 1.42 or newer: --target-version 1.42"


def test_flagger_makes_services_itself() -> None:
    assert not any(name.startswith("service") for name in objects())
    assert RATIO.split("{")[0] in objects(one())["metrictemplate-errors"]["spec"]["query"]
