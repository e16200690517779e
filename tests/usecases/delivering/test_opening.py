"""Which target is opened for which kind, and with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weighbridge.adapters.cluster.followed import ArgoTarget, FlaggerTarget, KubernetesTarget
from weighbridge.adapters.cluster.gitops import GitOpsTarget
from weighbridge.adapters.cluster.kserve import KServeTarget
from weighbridge.adapters.local.target import LocalTarget
from weighbridge.bootstrap.delivery import Around, open_target
from weighbridge.model.delivery import DRIVEN, FOLLOWED, Place
from weighbridge.model.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

OPENED = {
    "argo": ArgoTarget,
    "flagger": FlaggerTarget,
    "kserve": KServeTarget,
    "kubernetes": KubernetesTarget,
    "local": LocalTarget,
}


def around(folder: Path, *, kubectl: bool = True, gitops: Path | None = None) -> Around:
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    if kubectl:
        (programs / "kubectl").write_text("#!/bin/sh\nexit 1\n")
        (programs / "kubectl").chmod(0o755)
    return Around(
        home=folder / "home",
        environment="production",
        name="demo",
        environ={"PATH": str(programs)},
        gitops=gitops,
    )


def test_every_kind_is_opened_by_what_drives_or_follows_it(tmp_path: Path) -> None:
    found = {kind: open_target(Place(kind=kind), around(tmp_path)) for kind in OPENED}

    assert {kind: type(target) for kind, target in found.items()} == OPENED
    assert OPENED.keys() == DRIVEN | FOLLOWED
    assert not (tmp_path / "home").exists(), "nothing is made before something is prepared"


@pytest.mark.parametrize("kind", ["compose", "systemd", "sandbox", "prometheus"])
def test_what_nothing_delivers_to_is_refused_with_what_would_do(kind: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"nothing delivers to a target {kind}") as caught:
        open_target(Place(kind=kind), around(tmp_path))

    assert f"weighbridge render --target {kind}" in str(caught.value.faults[0].help)


def test_without_kubectl_there_is_no_cluster_but_a_folder_will_do(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="no kubectl"):
        open_target(Place(kind="argo"), around(tmp_path, kubectl=False))

    handed = around(tmp_path, kubectl=False, gitops=tmp_path / "out")

    assert isinstance(open_target(Place(kind="argo"), handed), GitOpsTarget)
    with pytest.raises(UsageError, match="driven step by step"):
        open_target(Place(kind="kserve"), around(tmp_path, gitops=tmp_path / "out"))
