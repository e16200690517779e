from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.adapters.cluster.conftest import load
from weighbridge.adapters.cluster import kserve_for, target_for
from weighbridge.adapters.cluster.followed import ArgoTarget, FlaggerTarget, KubernetesTarget
from weighbridge.adapters.cluster.gitops import GitOpsTarget
from weighbridge.adapters.cluster.kserve import KServeTarget
from weighbridge.adapters.cluster.objects import FIRST, LAST, objects_of
from weighbridge.model.delivery import Place
from weighbridge.model.errors import (
    AdmissionError,
    ClusterError,
    FieldConflictError,
    LoginError,
    UnavailableError,
    UsageError,
    WeighbridgeError,
)
from weighbridge.model.rendering import RenderedFile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.adapters.cluster.conftest import Cluster, Load
    from weighbridge.model.delivery_ports import Cargo, Driven, Followed, Meter, Sighting

ARGO = load("argo")
LOGGED = "E1129 01:47:37.574818 14779 memcache.go:265] couldn't get current server API group"
KINDS = ("argo", "flagger", "kserve", "kubernetes")


def options_of(kind: str) -> dict[str, str]:
    return {"provider": "istio", "gateway": "web/main"} if kind == "flagger" else {}


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_is_rendered_for_a_cluster_is_delivered_in_order(kind: str) -> None:
    found = [one["kind"] for one in objects_of(load(kind, options=options_of(kind)))]
    known = [*FIRST, *LAST]
    assert found == sorted(found, key=known.index)
    assert found[0] == "ConfigMap"
    assert found[-1] in LAST


def test_the_workload_comes_last_and_each_object_is_managed_by_us(cluster: Cluster) -> None:
    ArgoTarget(cluster.kubectl).apply(ARGO)
    calls = [one for one in cluster.calls if one["verb"] == "apply"]
    assert [("--dry-run" in one["flags"]) for one in calls] == [True, False, False]
    assert {one["flags"]["--field-manager"] for one in calls} == {"weighbridge"}
    assert {one["flags"]["--namespace"] for one in calls} == {"ml"}
    kinds = {one["kind"] for one in cluster.objects()}
    assert {"Rollout", "AnalysisTemplate", "ConfigMap", "Service"} < kinds


def test_applying_again_changes_nothing(cluster: Cluster) -> None:
    target = ArgoTarget(cluster.kubectl)
    target.apply(ARGO)
    before = cluster.get("Rollout")["metadata"]["generation"]
    target.apply(ARGO)
    assert cluster.get("Rollout")["metadata"]["generation"] == before


def test_a_conflict_names_the_other_and_changes_nothing(cluster: Cluster) -> None:
    target = KubernetesTarget(cluster.kubectl)
    target.apply(load("kubernetes"))
    cluster.manage("Deployment", "spec.strategy.type", "Recreate", "kubectl-edit")
    before = cluster.objects()
    with pytest.raises(FieldConflictError, match="kubectl-edit manages") as raised:
        target.apply(load("kubernetes", "1.5.0"))
    fault = raised.value.faults[0]
    assert ".spec.strategy.type" in fault.seen
    assert any("kubectl-edit" in one for one in fault.help)
    assert cluster.objects() == before


@pytest.mark.parametrize(
    ("stderr", "error", "kind"),
    [
        (
            'Error from server (Forbidden): rollouts.argoproj.io is forbidden: User "x" cannot',
            LoginError,
            "forbidden",
        ),
        ("error: You must be logged in to the server (Unauthorized)", LoginError, "forbidden"),
        (
            f"{LOGGED}\nThe connection to the server 127.0.0.1:1 was refused - did you specify",
            UnavailableError,
            "unavailable",
        ),
        (
            'error: error validating "STDIN": dial tcp 127.0.0.1:1: connect: connection refused',
            UnavailableError,
            "unavailable",
        ),
        ("Unable to connect to the server: x509: unknown authority", UnavailableError, ""),
        ("Error from server (Conflict): the object has been modified", UnavailableError, ""),
        (
            'Error from server (Forbidden): admission webhook "w" denied the request: not promoted',
            AdmissionError,
            "failed",
        ),
        ('The Deployment "x" is invalid: spec.selector: field is immutable', ClusterError, ""),
        (
            'Error from server (BadRequest): strict decoding error: unknown field "spec.x"',
            ClusterError,
            "failed",
        ),
        ('Error from server (NotFound): namespaces "ml" not found', ClusterError, "failed"),
        (
            'error: no matches for kind "Rollout" in version "argoproj.io/v1alpha1"',
            UnavailableError,
            "unavailable",
        ),
        ("Error in configuration: context was not found for specified context: z", UsageError, ""),
        ("error: stat /nope: no such file or directory", UsageError, "usage"),
        ("something nobody has seen before", UnavailableError, "unavailable"),
        ("", UnavailableError, "unavailable"),
    ],
)
def test_what_kubectl_says_becomes_an_error_to_act_on(
    cluster: Cluster, stderr: str, error: type[WeighbridgeError], kind: str
) -> None:
    cluster.fault("", stderr)
    target = ArgoTarget(cluster.kubectl)
    for act in (target.apply, target.look):
        with pytest.raises(error) as raised:
            act(ARGO)
        assert raised.value.kind == (kind or raised.value.kind)
        assert "memcache" not in raised.value.faults[0].seen


@pytest.mark.parametrize("stdout", ["[]", "{", '{"metadata": {"name": "x"}}', "[" * 100_000, "1"])
def test_what_is_no_object_is_an_error(cluster: Cluster, stdout: str) -> None:
    cluster.fault("get", stdout=stdout, code=0)
    with pytest.raises(UnavailableError):
        ArgoTarget(cluster.kubectl).look(ARGO)


def test_a_webhook_that_knows_no_dry_run_is_no_obstacle(cluster: Cluster) -> None:
    cluster.fault("apply", "admission webhook x does not support dry run")
    with pytest.raises(WeighbridgeError):
        ArgoTarget(cluster.kubectl).apply(ARGO)
    assert [("--dry-run" in one["flags"]) for one in cluster.calls] == [True, False]


def with_file(path: str, text: str) -> Load:
    return replace(ARGO, files=(*ARGO.files, RenderedFile(path=path, content=text.encode())))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}),
            "a Secret is nothing that is delivered",
        ),
        (
            json.dumps({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}),
            "does not say its release",
        ),
        ("a: [", "is no YAML"),
        ("[]", "no object"),
        ("kind: [a]", "no object"),
        ("", ""),
    ],
)
def test_only_objects_of_the_release_are_delivered(cluster: Cluster, text: str, words: str) -> None:
    target = ArgoTarget(cluster.kubectl)
    if not words:
        target.apply(with_file("z.yaml", text))
        return
    with pytest.raises(ClusterError, match=words):
        target.apply(with_file("z.yaml", text))
    assert cluster.calls == []


def test_a_program_that_never_ends_is_ended(cluster: Cluster) -> None:
    program = cluster.bin / "kubectl"
    program.write_text("#!/bin/sh\n/bin/sleep 60 & /bin/sleep 60\n")
    kubectl = replace(cluster.kubectl, seconds=0.3)
    with pytest.raises(UnavailableError, match="longer than"):
        ArgoTarget(kubectl).look(ARGO)


def test_a_program_that_says_too_much_is_ended(cluster: Cluster) -> None:
    (cluster.bin / "kubectl").write_text("#!/bin/sh\nexec /usr/bin/yes >&2\n")
    with pytest.raises(UnavailableError, match="more than can be read"):
        ArgoTarget(cluster.kubectl).look(ARGO)


def test_a_program_that_cannot_be_run_is_unavailable(cluster: Cluster) -> None:
    (cluster.bin / "kubectl").chmod(0o644)
    with pytest.raises(UnavailableError, match="cannot be run"):
        ArgoTarget(cluster.kubectl).look(ARGO)


def test_nothing_of_ours_is_told_to_the_program(cluster: Cluster) -> None:
    (cluster.bin / "kubectl").write_text('#!/bin/sh\n/usr/bin/env > "$CLUSTER/seen"\nexit 1\n')
    environ = {**cluster.environ, "WEIGHBRIDGE_KEY_PASSPHRASE_FD": "3", "AWS_PROFILE": "ml"}
    with pytest.raises(UnavailableError):
        ArgoTarget(replace(cluster.kubectl, environ=environ)).look(ARGO)
    seen = (cluster.folder / "seen").read_text()
    assert "WEIGHBRIDGE" not in seen
    assert "AWS_PROFILE=ml" in seen


def test_targets_are_opened_by_what_the_environment_says(cluster: Cluster, tmp_path: Path) -> None:
    options = {"kubeContext": "production", "kubeconfig": str(tmp_path / "config")}
    for kind, made in (
        ("argo", ArgoTarget),
        ("flagger", FlaggerTarget),
        ("kubernetes", KubernetesTarget),
        ("kserve", KServeTarget),
    ):
        place = Place(kind=kind, namespace="ml", options=options)
        assert type(target_for(place, environ=cluster.environ)) is made
    place = Place(kind="argo", namespace="ml", options=options)
    target = target_for(place, environ=cluster.environ)
    assert isinstance(target, ArgoTarget)
    target.look(ARGO)
    flags = cluster.calls[-1]["flags"]
    assert flags["--context"] == "production"
    assert flags["--kubeconfig"] == str(tmp_path / "config")


def test_targets_are_what_a_delivery_asks_for(cluster: Cluster, tmp_path: Path) -> None:
    place = Place(kind="kserve", namespace="ml")
    driven: Driven = kserve_for(place, environ=cluster.environ)
    meter: Meter = driven.meter
    assert meter.ask("up").error
    followed: list[Followed] = [
        make(cluster.kubectl) for make in (ArgoTarget, FlaggerTarget, KubernetesTarget)
    ]
    followed.append(GitOpsTarget(tmp_path, None))
    cargo: Cargo = ARGO
    seen: Sighting = followed[0].look(cargo)
    assert seen.measured == ()


def test_without_kubectl_files_can_still_be_handed_over(tmp_path: Path) -> None:
    place = Place(kind="argo", namespace="ml")
    for path in ("", "bin", str(tmp_path)):
        with pytest.raises(UnavailableError, match="no kubectl") as raised:
            target_for(place, environ={"PATH": path})
        assert any("--gitops" in one for one in raised.value.faults[0].help)
    assert isinstance(target_for(place, environ={}, gitops=tmp_path / "out"), GitOpsTarget)
    named = replace(place, options={"gitops": str(tmp_path / "out")})
    assert isinstance(target_for(named, environ={}), GitOpsTarget)
    with pytest.raises(UsageError, match="driven step by step"):
        target_for(Place(kind="kserve"), environ={}, gitops=tmp_path)
    with pytest.raises(UsageError, match="no controller"):
        target_for(Place(kind="local"), environ={})
