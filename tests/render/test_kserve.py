from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.render.orders import files_of, rendered
from tests.render.test_workload import IMAGE, knob

PLAIN: dict[str, Any] = {"system": {"sysctls": None}}
STANDARD = {"deploymentMode": "Standard"}
STORED = f"oci://r.example.com/m@sha256:{'2' * 64}"


def changed(rollout: dict[str, Any] | None = None, **spec: object) -> dict[str, Any]:
    return {"spec": {"environment": PLAIN, "rollout": rollout or {}, **spec}}


def files(
    rollout: dict[str, Any] | None = None,
    options: dict[str, str] | None = None,
    version: str = "",
) -> dict[str, Any]:
    done = rendered("kserve", version=version, options=options, change=changed(rollout))
    return {
        path: json.loads(text) if path.endswith(".json") else yaml.safe_load(text)
        for path, text in files_of(done).items()
        if path != "SHA256SUMS"
    }


def predictor(options: dict[str, str] | None = None) -> dict[str, Any]:
    found = files({"strategy": "rolling", "steps": None}, options)
    one: dict[str, Any] = found["inferenceservice.yaml"]["spec"]["predictor"]
    return one


def test_a_canary_is_the_first_step_and_files_of_the_others() -> None:
    found = files()
    assert set(found) == {
        *("configmap.yaml", "inferenceservice.yaml", "steps/plan.json"),
        *("steps/02-weight-50.yaml", "steps/03-weight-100.yaml"),
    }
    shares = [
        found[path]["spec"]["predictor"].get("canaryTrafficPercent")
        for path in ("inferenceservice.yaml", "steps/02-weight-50.yaml", "steps/03-weight-100.yaml")
    ]
    assert shares == [10, 50, None]


def test_a_canary_that_does_not_end_is_given_its_end() -> None:
    found = files({"steps": [{"weight": 10}]})
    assert "steps/02-weight-100.yaml" in found


def test_the_plan_says_what_kserve_does_not_do() -> None:
    plan = files()["steps/plan.json"]
    assert plan["steps"][0] == {
        "analysis": "errors",
        "file": "inferenceservice.yaml",
        "hold": "300s",
        "weight": 10,
    }
    assert plan["steps"][2] == {"file": "steps/03-weight-100.yaml", "weight": 100}
    assert plan["release"] in plan["analysis"]["errors"]["query"]
    assert plan["analysis"]["errors"]["minSamples"] == 200
    done = rendered("kserve", change=changed())
    assert any("KServe judges nothing" in one for one in done.notices)


def test_a_rolling_rollout_with_an_analysis_has_a_plan_too() -> None:
    steps = [{"weight": 50, "hold": "1m", "analysis": "errors"}]
    plan = files({"strategy": "rolling", "steps": steps})["steps/plan.json"]
    assert plan["steps"] == [
        {"analysis": "errors", "file": "inferenceservice.yaml", "hold": "60s", "weight": 100}
    ]


def test_a_release_without_a_rollout_has_neither_steps_nor_plan() -> None:
    change = {"spec": {"environment": PLAIN, "rollout": None, "rollback": None}}
    found = files_of(rendered("kserve", change=change))
    assert set(found) == {"configmap.yaml", "inferenceservice.yaml", "SHA256SUMS"}


def test_a_switch_gets_no_requests_at_first_and_can_be_tried_by_its_tag() -> None:
    found = files({"strategy": "blueGreen", "steps": None})
    first = found["inferenceservice.yaml"]
    assert first["spec"]["predictor"]["canaryTrafficPercent"] == 0
    assert first["metadata"]["annotations"]["serving.kserve.io/enable-tag-routing"] == "true"
    assert "canaryTrafficPercent" not in found["steps/02-weight-100.yaml"]["spec"]["predictor"]


def test_a_switch_has_no_shares() -> None:
    rollout = {"strategy": "blueGreen", "steps": [{"weight": 50}]}
    (refusal,) = rendered("kserve", change=changed(rollout)).refusals
    assert refusal.wanted == "0 or 100"


@pytest.mark.parametrize(
    ("version", "mode", "expected"),
    [
        ("0.15", "Knative", "Serverless"),
        ("0.15", "Standard", "RawDeployment"),
        ("0.16", "Serverless", "Knative"),
        ("0.20", "RawDeployment", "Standard"),
    ],
)
def test_modes_are_called_as_the_version_calls_them(version: str, mode: str, expected: str) -> None:
    rolling = {"strategy": "rolling", "steps": None}
    found = files(rolling, {"deploymentMode": mode}, version)["inferenceservice.yaml"]
    about = found["metadata"]["annotations"]
    assert about["serving.kserve.io/deploymentMode"] == expected


@pytest.mark.parametrize("strategy", ["canary", "blueGreen"])
@pytest.mark.parametrize("version", ["0.15", "0.16", "0.17", "0.18", "0.19"])
def test_a_canary_that_standard_mode_would_ignore_is_refused(version: str, strategy: str) -> None:
    steps = {"steps": None} if strategy == "blueGreen" else {}
    change = changed({"strategy": strategy, **steps})
    done = rendered("kserve", version=version, options=STANDARD, change=change)
    (refusal,) = done.refusals
    assert refusal.pointer == "/spec/rollout/strategy"
    assert "ignores canaryTrafficPercent" in refusal.message
    assert refusal.alternatives[0] == "take Knative mode: option deploymentMode=Knative"
    assert "--target-version 0.20" in refusal.alternatives[1]


def test_the_newest_standard_mode_sets_the_release_beside_the_one_before() -> None:
    found = files(None, STANDARD)
    assert "inferenceservice.yaml" not in found
    patch = found["steps/01-weight-10.patch.yaml"]
    (canary,) = patch["spec"]["canary"]
    assert canary["trafficPercent"] == 10
    name = canary["predictor"]["name"]
    assert name.startswith("r")
    assert not set(canary["predictor"]) & {"minReplicas", "maxReplicas", "scaleMetric"}
    whole = found["steps/03-weight-100.yaml"]["spec"]["predictor"]
    assert whole["name"] == name
    assert whole["containers"] == canary["predictor"]["containers"]
    assert whole["scaleMetric"] == "cpu"
    plan = found["steps/plan.json"]["steps"]
    assert [one["file"] for one in plan] == [
        *("steps/01-weight-10.patch.yaml", "steps/02-weight-50.patch.yaml"),
        "steps/03-weight-100.yaml",
    ]
    done = rendered("kserve", namespace="ml", options=STANDARD, change=changed())
    assert any("the steps are patches" in one for one in done.notices)
    assert "namespace: ml" in files_of(done)["steps/01-weight-10.patch.yaml"]


@pytest.mark.parametrize(
    ("rollout", "expected"),
    [
        (
            {"strategy": "rolling", "maxSurge": "25%"},
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
        ),
        ({"strategy": "recreate"}, {"type": "Recreate"}),
    ],
)
def test_standard_mode_replaces_replicas_as_the_manifest_says(
    rollout: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = files({"steps": None, **rollout}, STANDARD)["inferenceservice.yaml"]
    assert found["spec"]["predictor"]["deploymentStrategy"] == expected
    about = found["metadata"]["annotations"]
    assert about["serving.kserve.io/autoscalerClass"] == "hpa"


def test_stopping_first_is_refused_where_knative_does_not() -> None:
    rollout = {"strategy": "recreate", "steps": None, "analysis": None}
    (refusal,) = rendered("kserve", change=changed(rollout)).refusals
    assert refusal.alternatives[0] == "take Standard mode: option deploymentMode=Standard"


def test_a_surge_that_says_nothing_to_knative_is_said() -> None:
    rollout = {"strategy": "rolling", "steps": None, "maxSurge": 1}
    done = rendered("kserve", change=changed(rollout))
    assert any(one.startswith("Knative keeps all old replicas") for one in done.notices)


def test_knative_is_asked_for_no_more_than_it_admits() -> None:
    found = predictor()
    (container,) = found["containers"]
    assert not {"securityContext", "automountServiceAccountToken"} & set(found)
    assert "terminationGracePeriodSeconds" not in found
    assert container["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["ports"] == [{"name": "http1", "containerPort": 8080, "protocol": "TCP"}]
    assert "startupProbe" not in container
    assert container["livenessProbe"]["initialDelaySeconds"] == 300
    assert container["readinessProbe"]["httpGet"]["port"] == 8080
    assert found["annotations"]["serving.knative.dev/progress-deadline"] == "300s"


def test_what_knative_or_its_cluster_sees_to_is_said() -> None:
    placement = {"nodeSelector": {"a": "b"}}
    change = {"spec": {"environment": {**PLAIN, "placement": placement}, "observability": None}}
    options = {"graceSeconds": "5", "cpuUtilization": "50"}
    done = rendered("kserve", options=options, change=change)
    for words in (
        "refuse the token of its service account",
        "gives a replica its request timeout to end, whatever option graceSeconds says",
        "scales by concurrency or requests, whatever option cpuUtilization says",
        "has to admit nodeSelector: kubernetes.podspec-nodeselector",
        "no NetworkPolicy and no PodDisruptionBudget",
    ):
        assert any(words in one for one in done.notices), words
    assert not any("lists one port" in one for one in done.notices)


def test_standard_mode_runs_the_whole_pod() -> None:
    found = predictor(STANDARD)
    assert found["securityContext"]["runAsNonRoot"] is True
    assert found["terminationGracePeriodSeconds"] == 30
    assert "startupProbe" in found["containers"][0]
    assert (found["scaleMetric"], found["scaleTarget"]) == ("cpu", 80)


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({"spec": {"rollout": {}}}, {}, "Knative sets nothing of the kernel"),
        (changed(), {"model": IMAGE}, "Knative mounts no images"),
        (changed(), {"modelFormat": "onnx"}, "option modelFormat says nothing without"),
        (changed(), {"runtime": "x"}, "option runtime says nothing without"),
    ],
)
def test_what_knative_mode_cannot_is_refused_with_what_would_do(
    change: dict[str, Any], options: dict[str, str], words: str
) -> None:
    refusal = rendered("kserve", options=options, change=change).refusals[0]
    assert refusal.message.startswith(words)
    assert len(refusal.alternatives) > 1


def test_standard_mode_mounts_images_where_kubernetes_does() -> None:
    rolling = {"strategy": "rolling", "steps": None}
    options = STANDARD | {"model": IMAGE}
    found = files(rolling, options)["inferenceservice.yaml"]["spec"]["predictor"]
    assert found["volumes"][-1]["image"]["reference"] == IMAGE
    old = options | {"kubernetesVersion": "1.33"}
    assert rendered("kserve", options=old, change=changed(rolling)).refusals


def test_a_stored_model_is_served_by_a_runtime_in_the_image_of_the_release() -> None:
    found = predictor({"storage": STORED, "runtime": "onnx-1"})
    assert "containers" not in found
    model = found["model"]
    assert model["modelFormat"] == {"name": "onnx"}
    assert (model["storageUri"], model["runtime"]) == (STORED, "onnx-1")
    assert model["image"].startswith("registry.example.com/ml/serving@sha256:")
    assert "name" not in model
    other = predictor({"storage": STORED, "modelFormat": "triton"})["model"]
    assert other["modelFormat"] == {"name": "triton"}
    assert "runtime" not in other


def test_a_stored_model_without_a_format_is_refused() -> None:
    change = changed(model={"name": "x", "format": None})
    (refusal,) = rendered("kserve", options={"storage": STORED}, change=change).refusals
    assert refusal.pointer == "/spec/model/format"


@pytest.mark.parametrize(
    "storage", ["oci://r.example.com/m:latest", "s3://bucket/model", "pvc://a"]
)
def test_a_model_that_is_not_pinned_is_no_option(storage: str) -> None:
    (refusal,) = rendered("kserve", options={"storage": storage}, change=changed()).refusals
    assert refusal.message == f"option storage cannot be {storage}"


@pytest.mark.parametrize("version", ["0.15", "0.19"])
def test_an_older_kserve_that_mounts_no_images_is_refused_with_what_would_do(version: str) -> None:
    native = STORED.replace("oci://", "oci+native://")
    done = rendered("kserve", version=version, options={"storage": native}, change=changed())
    (refusal,) = done.refusals
    assert refusal.alternatives[0].startswith(f"take {STORED}")
    assert not rendered("kserve", options={"storage": native}, change=changed()).refusals


def given(name: str, value: object, kind: str = "integer") -> dict[str, Any]:
    found = knob(name, value=value, kind=kind, target="kserve")
    found["spec"] |= {
        "environment": PLAIN,
        "rollout": {"strategy": "rolling", "steps": None, "analysis": None},
    }
    return found


@pytest.mark.parametrize(
    ("name", "value", "kind", "options", "expected"),
    [
        ("containerConcurrency", 4, "integer", {}, {"containerConcurrency": 4}),
        ("timeout", 10, "integer", {}, {"timeout": 10}),
        ("batcher.maxBatchSize", 8, "integer", {}, {"batcher": {"maxBatchSize": 8}}),
        ("minReplicas", 0, "integer", {}, {"minReplicas": 0, "maxReplicas": 4}),
        ("maxReplicas", 9, "integer", {}, {"minReplicas": 2, "maxReplicas": 9}),
        ("scaleMetric", "rps", "string", {}, {"scaleMetric": "rps"}),
        ("scaleMetric", "memory", "string", STANDARD, {"scaleMetric": "memory"}),
        ("scaleMetricType", "Utilization", "string", STANDARD, {"scaleMetricType": "Utilization"}),
    ],
)
def test_knobs_stand_where_kserve_reads_them(
    name: str, value: object, kind: str, options: dict[str, str], expected: dict[str, Any]
) -> None:
    done = files_of(rendered("kserve", options=options, change=given(name, value, kind)))
    found = yaml.safe_load(done["inferenceservice.yaml"])["spec"]["predictor"]
    assert expected.items() <= found.items()


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (given("containerConcurrency", 4), STANDARD, "ignores containerConcurrency"),
        (given("scaleMetricType", "Utilization", "string"), {}, "ignores scaleMetricType"),
        (given("scaleMetric", "cpu", "string"), {}, "turns down scaleMetric cpu"),
        (given("scaleMetric", "rps", "string"), STANDARD, "turns down scaleMetric rps"),
        (given("scaleMetricType", "Some", "string"), STANDARD, "turns down scaleMetricType"),
        (given("minReplicas", 0), STANDARD, "turns down minReplicas 0"),
        (given("maxReplicas", 1), {}, "turns down maxReplicas 1"),
        (given("canaryTrafficPercent", 1), {}, "has no knob canaryTrafficPercent"),
        (given("timeout", "10", "string"), {}, "sets timeout to what that cannot be"),
    ],
)
def test_a_knob_the_mode_would_ignore_or_turn_down_is_refused(
    change: dict[str, Any], options: dict[str, str], words: str
) -> None:
    (refusal,) = rendered("kserve", options=options, change=change).refusals
    assert words in refusal.message
    assert refusal.alternatives
    assert refusal.pointer.startswith("/spec/parameters/a/")
