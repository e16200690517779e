from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.render.orders import files_of, rendered
from tests.render.test_workload import IMAGE, knob


def objects(
    *,
    namespace: str = "",
    options: dict[str, str] | None = None,
    change: dict[str, Any] | None = None,
) -> dict[str, dict[str, Any]]:
    done = rendered("kubernetes", namespace=namespace, options=options, change=change)
    return {
        path.removesuffix(".yaml"): yaml.safe_load(text)
        for path, text in files_of(done).items()
        if path.endswith(".yaml")
    }


def test_a_release_has_its_minimum_of_kinds() -> None:
    assert set(objects()) == {
        *("configmap", "deployment", "horizontalpodautoscaler", "networkpolicy"),
        *("poddisruptionbudget", "service"),
    }


def test_all_objects_select_the_replicas_by_the_same_labels() -> None:
    found = objects()
    chosen = {"app.kubernetes.io/name": "file-type-detector"}
    assert found["deployment"]["spec"]["selector"]["matchLabels"] == chosen
    assert found["service"]["spec"]["selector"] == chosen
    assert found["networkpolicy"]["spec"]["podSelector"]["matchLabels"] == chosen
    assert found["poddisruptionbudget"]["spec"]["selector"]["matchLabels"] == chosen
    labels = found["deployment"]["spec"]["template"]["metadata"]["labels"]
    assert chosen.items() <= labels.items()


def test_the_autoscaler_says_how_many_replicas_there_are() -> None:
    found = objects(options={"replicas": "6", "maxReplicas": "4", "cpuUtilization": "50"})
    spec = found["horizontalpodautoscaler"]["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (6, 6)
    assert spec["metrics"][0]["resource"]["target"]["averageUtilization"] == 50
    assert "replicas" not in found["deployment"]["spec"]


def test_another_configuration_lies_in_another_configmap() -> None:
    change = {"spec": {"parameters": {"max_batch_size": {"value": 64}}}}
    one, other = objects()["configmap"], objects(change=change)["configmap"]
    assert one["metadata"]["name"] != other["metadata"]["name"]
    assert one["immutable"] is True


def test_a_pod_reads_the_configmap_beside_it() -> None:
    found = objects()
    (volume, *_) = found["deployment"]["spec"]["template"]["spec"]["volumes"]
    assert volume["configMap"]["name"] == found["configmap"]["metadata"]["name"]


@pytest.mark.parametrize(
    ("rollout", "expected"),
    [
        (None, {"maxSurge": 1, "maxUnavailable": 0}),
        ({"strategy": "rolling", "maxSurge": "25%"}, {"maxSurge": "25%", "maxUnavailable": 0}),
        ({"strategy": "rolling", "maxUnavailable": 2}, {"maxSurge": 1, "maxUnavailable": 2}),
        ({"strategy": "recreate"}, None),
    ],
)
def test_replicas_are_replaced_as_the_manifest_says(
    rollout: dict[str, Any] | None, expected: dict[str, Any] | None
) -> None:
    whole = rollout and {"steps": None, "analysis": None, **rollout}
    found = objects(change={"spec": {"rollout": whole, "rollback": None}})
    strategy = found["deployment"]["spec"]["strategy"]
    assert strategy.get("rollingUpdate") == expected
    assert strategy["type"] == ("RollingUpdate" if expected else "Recreate")


@pytest.mark.parametrize("strategy", ["canary", "blueGreen"])
def test_a_rollout_that_kubernetes_has_not_is_said(strategy: str) -> None:
    done = rendered("kubernetes", change={"spec": {"rollout": {"strategy": strategy}}})
    assert any(f"Kubernetes itself has no {strategy} rollout" in one for one in done.notices)


def test_knobs_stand_in_the_deployment() -> None:
    found = objects(change=knob("minReadySeconds", value=5))
    assert found["deployment"]["spec"]["minReadySeconds"] == 5


@pytest.mark.parametrize("version", ["1.33", "1.34"])
def test_a_kubernetes_that_mounts_no_images_is_refused_the_model(version: str) -> None:
    (refusal,) = rendered("kubernetes", version=version, options={"model": IMAGE}).refusals
    assert refusal.message.startswith(f"Kubernetes {version} mounts no images")
    assert refusal.alternatives[0] == "deliver to Kubernetes 1.35 or newer"
    assert refusal.wanted == "Kubernetes 1.35"


@pytest.mark.parametrize("kind", ["argo", "flagger"])
def test_controllers_ask_which_kubernetes_they_run_on(kind: str) -> None:
    options = {"model": IMAGE, "kubernetesVersion": "1.34"}
    assert any(
        "mounts no images" in one.message for one in rendered(kind, options=options).refusals
    )
    assert not rendered(kind, options={"model": IMAGE}).refusals


def service(endpoint: str) -> dict[str, Any]:
    one = {"name": "a", "endpoint": endpoint, "timeout": "1s", "fallback": "none"}
    return {"spec": {"externalServices": [one]}}


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [
        ("https://a.example.com/x", 443),
        ("http://a.example.com", 80),
        ("https://a.example.com:8443", 8443),
        ("a.example.com:7000", 7000),
        ("redis://a.example.com", 6379),
        ("grpc://a.example.com", 443),
        ("postgresql://a.example.com", 5432),
    ],
)
def test_only_the_ports_of_services_it_calls_are_open(endpoint: str, port: int) -> None:
    spec = objects(change=service(endpoint))["networkpolicy"]["spec"]
    assert [one["port"] for one in spec["ingress"][0]["ports"]] == [8080, 9100]
    assert [one["port"] for one in spec["egress"][0]["ports"]] == [53, 53]
    assert spec["egress"][1]["ports"] == [{"port": port, "protocol": "TCP"}]


def test_a_release_that_calls_nobody_resolves_names_only() -> None:
    spec = objects(change={"spec": {"externalServices": None, "observability": None}})
    assert len(spec["networkpolicy"]["spec"]["egress"]) == 1
    assert len(spec["networkpolicy"]["spec"]["ingress"][0]["ports"]) == 1


@pytest.mark.parametrize("endpoint", ["amqp://a.example.com", "a.example.com", "https://a:x"])
def test_a_service_whose_port_is_not_to_be_seen_is_refused(endpoint: str) -> None:
    (refusal,) = rendered("kubernetes", change=service(endpoint)).refusals
    assert refusal.pointer == "/spec/externalServices/0/endpoint"
    assert refusal.alternatives == ("write it down: https://HOST:PORT",)


def test_objects_are_in_the_namespace_that_is_named() -> None:
    assert {one["metadata"].get("namespace") for one in objects().values()} == {None}
    assert {one["metadata"]["namespace"] for one in objects(namespace="ml").values()} == {"ml"}
