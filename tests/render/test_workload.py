from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.render.orders import files_of, rendered

IMAGE = f"r.example.com/m@sha256:{'1' * 64}"


def deployed(
    environment: dict[str, Any] | None = None,
    options: dict[str, str] | None = None,
    **spec: object,
) -> dict[str, Any]:
    """Return the pod's specification."""
    change = {"spec": {"environment": environment or {}, **spec}}
    files = files_of(rendered("kubernetes", options=options, change=change))
    found: dict[str, Any] = yaml.safe_load(files["deployment.yaml"])["spec"]["template"]["spec"]
    return found


def container(environment: dict[str, Any] | None = None, **spec: object) -> dict[str, Any]:
    found: dict[str, Any] = deployed(environment, None, **spec)["containers"][0]
    return found


def test_a_pod_may_do_no_more_than_it_has_to() -> None:
    pod = deployed()
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }


def test_options_give_back_what_an_image_needs() -> None:
    options = {
        "runAsRoot": "true",
        "writableRoot": "true",
        "serviceAccount": "scorer",
        "graceSeconds": "90",
        "startSeconds": "12",
        "port": "9000",
        "readyPath": "/ready",
        "livePath": "/live",
        "model": IMAGE,
    }
    pod = deployed(None, options)
    one = pod["containers"][0]
    assert "runAsNonRoot" not in pod["securityContext"]
    assert one["securityContext"]["readOnlyRootFilesystem"] is False
    assert pod["serviceAccountName"] == "scorer"
    assert pod["terminationGracePeriodSeconds"] == 90
    assert one["ports"][0]["containerPort"] == 9000
    assert one["startupProbe"]["failureThreshold"] == 3
    assert one["startupProbe"]["httpGet"]["path"] == one["readinessProbe"]["httpGet"]["path"]
    assert one["livenessProbe"]["httpGet"]["path"] == "/live"
    assert pod["volumes"][-1]["image"]["reference"] == IMAGE
    assert one["volumeMounts"][-1] == {"name": "model", "mountPath": "/models", "readOnly": True}


def test_the_image_is_pinned_by_its_digest() -> None:
    assert container()["image"].startswith("registry.example.com/ml/serving@sha256:8ee8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(HOME)", "$$(HOME)"),
        ("$$(HOME)", "$$$$(HOME)"),
        ("a$$b", "a$$$$b"),
        ("$5", "$5"),
        ("${HOME}", "${HOME}"),
        ("ends with $", "ends with $"),
    ],
)
def test_kubernetes_puts_no_variable_into_a_text(text: str, expected: str) -> None:
    one = container({"system": {"env": {"A": text}, "args": [text]}})
    assert {"name": "A", "value": expected} in one["env"]
    assert one["args"][0] == expected


@pytest.mark.parametrize(
    ("endpoint", "ports"),
    [
        (":9100/metrics", [8080, 9100]),
        ("/metrics", [8080]),
        ("http://:8080/m", [8080]),
        ("http://localhost:9200", [8080, 9200]),
        ("elsewhere", [8080]),
    ],
)
def test_the_port_of_metrics_is_listed_if_it_is_another(endpoint: str, ports: list[int]) -> None:
    one = container(observability={"metrics": {"endpoint": endpoint}})
    assert [each["containerPort"] for each in one["ports"]] == ports


def test_a_release_that_measures_nothing_has_one_port() -> None:
    assert len(container(observability=None)["ports"]) == 1


def test_accelerators_are_asked_for_by_the_name_of_their_plugin() -> None:
    gpus = {"accelerators": [{"type": "nvidia.com/gpu", "count": 2}]}
    one = container({"resources": {"requests": gpus, "limits": gpus}})
    assert one["resources"]["limits"]["nvidia.com/gpu"] == "2"


def test_without_resources_nothing_is_said_of_them() -> None:
    assert "resources" not in container({"resources": None})
    assert container({"resources": {"requests": {"cpu": "1"}, "limits": None}})["resources"] == {
        "requests": {"cpu": "1000m", "memory": "268435456"}
    }


def test_placement_stands_as_the_manifest_has_it() -> None:
    placement = {"nodeSelector": {"disk": "fast"}, "tolerations": [{"operator": "Exists"}]}
    pod = deployed({"placement": placement})
    assert pod["nodeSelector"] == {"disk": "fast"}
    assert pod["tolerations"] == [{"operator": "Exists"}]


def secret(provider: str) -> list[dict[str, Any]]:
    kept = {"provider": provider, "name": "blocklist", "key": "token"}
    return [
        {
            "name": "blocklist",
            "endpoint": "https://b.example.com",
            "auth": {"scheme": "bearer", "secretRef": kept},
            "timeout": "1s",
            "fallback": "none",
        }
    ]


def test_a_secret_of_kubernetes_is_named_as_it_is() -> None:
    one = container(externalServices=secret("kubernetes"))
    reference = {"name": "blocklist", "key": "token", "optional": False}
    assert {"name": "BLOCKLIST_TOKEN", "valueFrom": {"secretKeyRef": reference}} in one["env"]


def test_a_secret_of_another_keeper_is_said_to_be_brought() -> None:
    change = {"spec": {"externalServices": secret("aws")}}
    done = rendered("kubernetes", change=change)
    notice = next(one for one in done.notices if "is to hold" in one)
    assert "the Secret file-type-detector-blocklist-v0 is to hold aws's blocklist#token" in notice


@pytest.mark.parametrize(
    ("spec", "pointer", "alternative"),
    [
        ({"environment": {"image": None}}, "/spec/environment/image", "name it: spec.env"),
        (
            {"environment": {"system": {"sysctls": [{"name": "vm.swappiness", "value": "1"}]}}},
            "/spec/environment/system/sysctls/0",
            "set it where nodes are set up",
        ),
        (
            {"environment": {"system": {"ulimits": [{"name": "nofile", "soft": 1024}]}}},
            "/spec/environment/system/ulimits",
            "set them in the entry point",
        ),
        (
            {
                "environment": {
                    "resources": {"limits": {"accelerators": [{"type": "a100", "count": 1}]}}
                }
            },
            "/spec/environment/resources/limits/accelerators/0/type",
            "name it as its device plugin does",
        ),
        (
            {"externalServices": secret("env")},
            "/spec/externalServices/0/auth/secretRef/provider",
            "keep it in kubernetes",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["kubernetes", "argo", "flagger"])
def test_what_no_cluster_does_is_refused_with_what_would_do(
    kind: str, spec: dict[str, Any], pointer: str, alternative: str
) -> None:
    done = rendered(kind, change={"spec": spec})
    found = {one.pointer: one.alternatives for one in done.refusals}
    assert found[pointer][0].startswith(alternative)


def test_a_setting_of_the_kernel_that_nodes_have_to_allow_is_said() -> None:
    sysctls = [{"name": "net.core.somaxconn", "value": "1024"}]
    done = rendered(
        "kubernetes", change={"spec": {"environment": {"system": {"sysctls": sysctls}}}}
    )
    assert any(one.startswith("net.core.somaxconn has to be allowed") for one in done.notices)


def knob(
    name: str, *, value: object, kind: str = "integer", target: str = "kubernetes"
) -> dict[str, Any]:
    one = {"kind": "runtime", "type": kind, "value": value, "description": "It."}
    return {"spec": {"parameters": {"a": {**one, "mapsTo": {target: name}}}}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (knob("minReadySecond", value=5), "Kubernetes 1.37 has no knob minReadySecond"),
        (
            knob("minReadySeconds", value="5", kind="string"),
            "sets minReadySeconds to what that cannot be",
        ),
        (knob("minReadySeconds", value=-1), "sets minReadySeconds to what that cannot be"),
        (
            knob("minReadySeconds", value=True, kind="boolean"),
            "sets minReadySeconds to what that cannot be",
        ),
    ],
)
def test_a_knob_that_cannot_be_set_is_refused(change: dict[str, Any], words: str) -> None:
    (refusal,) = rendered("kubernetes", change=change).refusals
    assert words in refusal.message
    assert refusal.alternatives
