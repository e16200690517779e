from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.render.orders import files_of, rendered
from tests.tools import validator
from weighbridge.render.kubernetes import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CUSTOM = ("argoproj.io", "flagger.app", "serving.kserve.io")
PLACEMENT = {
    "nodeSelector": {"gpu": "a100"},
    "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": 10,
                    "podAffinityTerm": {
                        "labelSelector": {"matchLabels": {"app": "x"}},
                        "topologyKey": "kubernetes.io/hostname",
                    },
                }
            ]
        }
    },
}
KINDS = [
    ("kubernetes", {}, {}),
    ("kubernetes", {"model": f"r.example.com/m@sha256:{'1' * 64}"}, {"placement": PLACEMENT}),
    ("argo", {}, {"placement": PLACEMENT}),
    ("flagger", {"serviceAccount": "scorer", "runAsRoot": "true", "writableRoot": "true"}, {}),
    ("kserve", {}, {"system": {"sysctls": None}}),
    ("kserve", {"deploymentMode": "Standard"}, {"placement": PLACEMENT}),
]


def core(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what Kubernetes itself can judge: an object, or the pod of a custom one."""
    if not document["apiVersion"].startswith(CUSTOM):
        yield document
        return
    spec = document["spec"].get("template", {}).get("spec") or {
        key: value
        for key, value in document["spec"].get("predictor", {}).items()
        if key in ("containers", "volumes", "affinity", "tolerations", "nodeSelector")
        or key in ("securityContext", "terminationGracePeriodSeconds")
    }
    if spec:
        name = document["kind"].lower()
        yield {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def judged(folder: Path, version: str) -> tuple[int, str]:
    """Let kubernetes-validate judge every file of a folder."""
    done = subprocess.run(
        [validator("kubernetes-validate"), "--strict", "-k", version, *sorted(folder.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def documents() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for kind, options, environment in KINDS:
        rollout = {"strategy": "rolling", "steps": None} if options.get("deploymentMode") else {}
        change = {"spec": {"environment": environment, "rollout": rollout}}
        done = rendered(kind, options=options, change=change)
        for path, text in files_of(done).items():
            found += core(yaml.safe_load(text)) if path.endswith(".yaml") else ()
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_of_every_version_accepts_every_core_kind(
    version: str, documents: list[dict[str, Any]], tmp_path: Path
) -> None:
    for index, one in enumerate(documents):
        (tmp_path / f"{index:02}-{one['kind']}.yaml").write_text(yaml.safe_dump(one))
    code, said = judged(tmp_path, version)
    assert code == 0, said
    assert said.count(" passed ") == len(documents) > 30


@pytest.mark.parametrize("kind", ["Deployment", "Service", "NetworkPolicy", "Pod", "ConfigMap"])
def test_a_typo_in_a_core_kind_is_caught(
    kind: str, documents: list[dict[str, Any]], tmp_path: Path
) -> None:
    one = next(each for each in documents if each["kind"] == kind)
    broken = {**one, "specification": {}}
    (tmp_path / "typo.yaml").write_text(yaml.safe_dump(broken))
    code, said = judged(tmp_path, VERSIONS[-1])
    assert code == 1
    assert "'specification' was unexpected" in said
