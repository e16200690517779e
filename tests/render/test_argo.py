from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.render.orders import files_of, rendered
from tests.render.test_analysis import RATIO, WHOLE
from tests.render.test_workload import knob

if TYPE_CHECKING:
    from weighbridge.model.rendering import Refusal

ERRORS = "file-type-detector.errors"


def objects(
    rollout: dict[str, Any] | None = None,
    options: dict[str, str] | None = None,
    namespace: str = "",
) -> dict[str, Any]:
    change = {"spec": {"rollout": rollout or {}}}
    done = rendered("argo", namespace=namespace, options=options, change=change)
    return {
        path.removesuffix(".yaml"): yaml.safe_load(text)
        for path, text in files_of(done).items()
        if path.endswith(".yaml")
    }


def strategy(
    rollout: dict[str, Any] | None = None,
    options: dict[str, str] | None = None,
    namespace: str = "",
) -> dict[str, Any]:
    found: dict[str, Any] = objects(rollout, options, namespace)["rollout"]["spec"]["strategy"]
    return found


def asks(name: str) -> dict[str, Any]:
    return {"templates": [{"templateName": name}]}


def refusals(
    rollout: dict[str, Any] | None = None, options: dict[str, str] | None = None
) -> list[Refusal]:
    change = {"spec": {"rollout": rollout or {}}}
    return list(rendered("argo", options=options, change=change).refusals)


def test_a_release_has_its_minimum_of_kinds() -> None:
    assert set(objects()) == {
        *("analysistemplate-errors.10", "analysistemplate-errors.20", "configmap", "rollout"),
        *("horizontalpodautoscaler", "networkpolicy", "poddisruptionbudget"),
        *("service", "service-canary", "service-stable"),
    }


def test_the_steps_of_a_canary_hold_and_measure_until_their_end() -> None:
    found = strategy()["canary"]
    assert found["steps"] == [
        {"setWeight": 10},
        {"pause": {"duration": "30s"}},
        {"analysis": asks(f"{ERRORS}.10")},
        {"setWeight": 50},
        {"pause": {"duration": "30s"}},
        {"analysis": asks(f"{ERRORS}.20")},
        {"setWeight": 100},
    ]
    assert (found["maxSurge"], found["maxUnavailable"]) == (1, 0)


@pytest.mark.parametrize(
    ("hold", "own", "pause", "count", "interval"),
    [
        ("5m", {"count": 4}, "210s", 4, "30s"),
        ("5m", {"count": 1}, "300s", 1, None),
        ("20s", {}, "20s", 1, None),
        (None, {"count": 3}, None, 3, "30s"),
        ("1m", {"count": 5, "interval": "0.5s"}, "58s", 5, "0.5s"),
        ("1m", {"interval": None}, "60s", 1, None),
        ("30s", {"count": 5}, None, 5, "30s"),
    ],
)
def test_measurements_fit_into_their_step(
    hold: str | None, own: dict[str, Any], pause: str | None, count: int, interval: str | None
) -> None:
    one = {key: value for key, value in (WHOLE | own).items() if value is not None}
    step = {"weight": 10, "analysis": "errors", **({"hold": hold} if hold else {})}
    found = objects({"steps": [step, {"weight": 100}], "analysis": [one]})
    pauses = [
        each["pause"]["duration"]
        for each in found["rollout"]["spec"]["strategy"]["canary"]["steps"]
        if "pause" in each
    ]
    assert pauses == ([pause] if pause else [])
    (metric,) = found["analysistemplate-errors"]["spec"]["metrics"]
    assert (metric["count"], metric.get("interval")) == (count, interval)


def test_measuring_that_takes_longer_than_its_step_is_said() -> None:
    one = WHOLE | {"count": 5}
    steps = [{"weight": 10, "hold": "30s", "analysis": "errors"}, {"weight": 100}]
    done = rendered("argo", change={"spec": {"rollout": {"steps": steps, "analysis": [one]}}})
    assert any("step 0 lasts 120 s, longer than its hold" in each for each in done.notices)


def test_a_template_tolerates_what_the_manifest_does() -> None:
    one = WHOLE | {"failureLimit": 2, "inconclusiveLimit": 3}
    (metric,) = objects({"analysis": [one]})["analysistemplate-errors.10"]["spec"]["metrics"]
    assert (metric["failureLimit"], metric["inconclusiveLimit"]) == (2, 3)
    address = metric["provider"]["prometheus"]["address"]
    assert address == "http://prometheus-operated.monitoring:9090"


def test_limits_that_are_not_said_tolerate_nothing() -> None:
    one = {key: value for key, value in WHOLE.items() if key != "failureLimit"}
    (metric,) = objects({"analysis": [one]})["analysistemplate-errors.10"]["spec"]["metrics"]
    assert (metric["failureLimit"], metric["inconclusiveLimit"]) == (0, 0)


def test_an_analysis_of_no_step_is_asked_all_along_and_said() -> None:
    other = WHOLE | {"name": "other", "count": None, "query": RATIO}
    rollout = {"analysis": [WHOLE, {k: v for k, v in other.items() if v is not None}]}
    found = objects(rollout)
    assert found["rollout"]["spec"]["strategy"]["canary"]["analysis"] == asks(
        "file-type-detector.other"
    )
    (metric,) = found["analysistemplate-other"]["spec"]["metrics"]
    assert "count" not in metric
    assert metric["initialDelay"] == metric["interval"] == "30s"
    done = rendered("argo", change={"spec": {"rollout": rollout}})
    assert "analysis other stands in no step: it is asked all along the steps" in done.notices


@pytest.mark.parametrize("strategy_", ["rolling", None])
def test_a_rolling_rollout_is_a_canary_without_steps(strategy_: str | None) -> None:
    rollout = {"strategy": strategy_, "steps": None, "analysis": None, "maxSurge": "50%"}
    change = {"spec": {"rollout": rollout if strategy_ else None, "rollback": None}}
    files = files_of(rendered("argo", change=change))
    found = yaml.safe_load(files["rollout.yaml"])["spec"]["strategy"]["canary"]
    assert "steps" not in found
    assert found["maxSurge"] == ("50%" if strategy_ else 1)


def test_a_rolling_rollout_is_analysed_behind_its_replicas() -> None:
    step = {"weight": 100, "hold": "1m", "analysis": "errors"}
    found = strategy({"strategy": "rolling", "steps": [step]})["canary"]
    assert [next(iter(one)) for one in found["steps"]] == ["setWeight", "pause", "analysis"]


def test_stopping_first_is_refused_with_what_does() -> None:
    (refusal,) = refusals({"strategy": "recreate", "steps": None, "analysis": None})
    assert refusal.pointer == "/spec/rollout/strategy"
    assert refusal.alternatives[0].startswith("render for kubernetes")


def test_a_switch_is_judged_before_or_behind_as_its_weight_says() -> None:
    step = {"hold": "5m", "analysis": "errors"}
    before = objects({"strategy": "blueGreen", "steps": [{"weight": 0, **step}]})
    spec = before["rollout"]["spec"]["strategy"]["blueGreen"]
    assert spec == {
        "activeService": "file-type-detector",
        "previewService": "file-type-detector-preview",
        "autoPromotionEnabled": True,
        "prePromotionAnalysis": asks(ERRORS),
    }
    (metric,) = before["analysistemplate-errors"]["spec"]["metrics"]
    assert (metric["initialDelay"], metric["count"]) == ("30s", 10)
    behind = strategy({"strategy": "blueGreen", "steps": [{"weight": 100, **step}]})["blueGreen"]
    assert behind["postPromotionAnalysis"] == asks(ERRORS)


@pytest.mark.parametrize(
    ("weight", "field"), [(0, "autoPromotionSeconds"), (100, "scaleDownDelaySeconds")]
)
def test_a_switch_that_only_holds_waits(weight: int, field: str) -> None:
    steps = [{"weight": weight, "hold": "1.5s"}]
    rollout = {"strategy": "blueGreen", "steps": steps, "analysis": None, "maxUnavailable": 1}
    found = strategy(rollout)["blueGreen"]
    assert found[field] == 2
    assert found["maxUnavailable"] == 1


def test_an_analysis_of_no_step_is_asked_behind_the_switch() -> None:
    found = strategy({"strategy": "blueGreen", "steps": None, "maxSurge": 1})["blueGreen"]
    assert found["postPromotionAnalysis"] == asks(ERRORS)
    done = rendered(
        "argo",
        change={"spec": {"rollout": {"strategy": "blueGreen", "steps": None, "maxSurge": 1}}},
    )
    assert any("maxSurge says nothing of a blue-green" in one for one in done.notices)


def test_a_switch_has_no_shares() -> None:
    (refusal,) = refusals({"strategy": "blueGreen", "steps": [{"weight": 50}]})
    assert refusal.pointer == "/spec/rollout/steps/0/weight"
    assert refusal.wanted == "0 or 100"


@pytest.mark.parametrize(
    ("router", "expected"),
    [
        ("nginx", {"nginx": {"stableIngress": "web"}}),
        ("istio", {"istio": {"virtualService": {"name": "web"}}}),
        (
            "gatewayAPI",
            {"plugins": {"argoproj-labs/gatewayAPI": {"httpRoute": "web", "namespace": "ml"}}},
        ),
    ],
)
def test_a_router_splits_requests(router: str, expected: dict[str, Any]) -> None:
    options = {"trafficRouter": router, "route": "web"}
    assert strategy(None, options, "ml")["canary"]["trafficRouting"] == expected
    done = rendered("argo", namespace="ml", options=options)
    assert not any("without a traffic router" in one for one in done.notices)


def test_without_a_router_the_share_is_said_to_be_of_replicas() -> None:
    assert any("reaches a weight by numbers of replicas" in one for one in rendered("argo").notices)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"trafficRouter": "istio"}, "go together"),
        ({"route": "web"}, "go together"),
        ({"trafficRouter": "gatewayAPI", "route": "web"}, "asks for the namespace"),
    ],
)
def test_half_a_router_is_refused(options: dict[str, str], words: str) -> None:
    (refusal,) = refusals(options=options)
    assert words in refusal.message
    assert refusal.alternatives


def test_a_switch_has_no_router() -> None:
    options = {"trafficRouter": "istio", "route": "web"}
    (refusal,) = refusals({"strategy": "blueGreen", "steps": None}, options=options)
    assert "has no traffic router" in refusal.message


def given(name: str, value: object, kind: str = "integer") -> dict[str, Any]:
    return knob(name, value=value, kind=kind, target="argo")


@pytest.mark.parametrize(
    ("name", "value", "kind", "expected"),
    [
        ("minReadySeconds", 5, "integer", 5),
        ("progressDeadlineAbort", True, "boolean", True),
        ("rollbackWindow", 3, "integer", {"revisions": 3}),
    ],
)
def test_knobs_stand_in_the_rollout(name: str, value: object, kind: str, expected: object) -> None:
    files = files_of(rendered("argo", change=given(name, value, kind)))
    assert yaml.safe_load(files["rollout.yaml"])["spec"][name] == expected


def test_the_newest_argo_passes_a_step_with_a_share_of_its_replicas() -> None:
    files = files_of(rendered("argo", change=given("replicaProgressThreshold", 90)))
    found = yaml.safe_load(files["rollout.yaml"])["spec"]["strategy"]["canary"]
    assert found["replicaProgressThreshold"] == {"type": "Percentage", "value": 90}


@pytest.mark.parametrize("version", ["1.7", "1.8"])
def test_an_older_argo_that_would_not_is_refused_with_what_would_do(version: str) -> None:
    done = rendered("argo", version=version, change=given("replicaProgressThreshold", 90))
    refusal = done.refusals[-1]
    assert "replicaProgressThreshold came with 1.9" in refusal.message
    assert refusal.alternatives == (
        "render for Argo Rollouts 1.9: --target-version 1.9",
        "or leave replicaProgressThreshold out of `mapsTo`",
    )


def test_a_switch_has_no_threshold_of_replicas() -> None:
    change = given("replicaProgressThreshold", 90)
    change["spec"]["rollout"] = {"strategy": "blueGreen", "steps": None}
    assert "only a canary" in rendered("argo", change=change).refusals[0].message


def test_old_replicas_are_kept_where_something_splits_requests_or_switches() -> None:
    change = given("scaleDownDelaySeconds", 90)
    (refusal,) = rendered("argo", change=change).refusals
    assert "keeps no old replicas: scaleDownDelaySeconds" in refusal.message
    options = {"trafficRouter": "istio", "route": "web"}
    files = files_of(rendered("argo", change=change, options=options))
    found = yaml.safe_load(files["rollout.yaml"])["spec"]["strategy"]["canary"]
    assert found["scaleDownDelaySeconds"] == 90


def test_the_autoscaler_scales_the_rollout() -> None:
    found = objects()["horizontalpodautoscaler"]["spec"]["scaleTargetRef"]
    assert (found["apiVersion"], found["kind"]) == ("argoproj.io/v1alpha1", "Rollout")
