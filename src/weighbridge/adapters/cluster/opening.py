"""From what an environment says of its target to the target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.cluster.followed import ArgoTarget, FlaggerTarget, KubernetesTarget
from weighbridge.adapters.cluster.gitops import GitOpsTarget
from weighbridge.adapters.cluster.kserve import KServeTarget
from weighbridge.adapters.cluster.kubectl import Kubectl
from weighbridge.adapters.cluster.program import find_kubectl
from weighbridge.adapters.metrics.prometheus import PrometheusMeter
from weighbridge.model.errors import UnavailableError, UsageError
from weighbridge.render.argo import PROMETHEUS_OPTION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.adapters.cluster.followed import ClusterTarget
    from weighbridge.model.delivery import Place

FOLLOWED: Final[Mapping[str, Callable[[Kubectl], ClusterTarget]]] = {
    "argo": ArgoTarget,
    "flagger": FlaggerTarget,
    "kubernetes": KubernetesTarget,
}
"""Targets whose controllers do the work, by kind."""
KINDS: Final = (*FOLLOWED, "kserve")
"""Targets on a cluster."""


def followed_for(
    place: Place, *, environ: Mapping[str, str], gitops: Path | None = None
) -> ClusterTarget | GitOpsTarget:
    """Open a target whose controller does the work.

    Args:
        place: The target.
        environ: The user's variables.
        gitops: Folder the files go to, in place of the cluster; that of the option if None.

    Raises:
        UnavailableError: There is no kubectl, and no folder.
        UsageError: It is no such target.
    """
    make = FOLLOWED.get(place.kind)
    if make is None:
        wanted = ", ".join(sorted(FOLLOWED))
        raise UsageError(
            f"{place.kind} has no controller to follow", seen=place.kind, wanted=wanted
        )
    named = place.options.get("gitops", "")
    folder = gitops if gitops is not None else Path(named) if named else None
    if folder is None:
        return make(kubectl_for(place, environ))
    there = find_kubectl(environ) is not None
    return GitOpsTarget(folder, make(kubectl_for(place, environ)) if there else None)


def kserve_for(
    place: Place,
    *,
    environ: Mapping[str, str],
    gitops: Path | None = None,
    token: Path | None = None,
) -> KServeTarget:
    """Open a KServe.

    Args:
        place: The target.
        environ: The user's variables.
        gitops: Folder the files were to go to.
        token: File of the bearer token of its Prometheus.

    Raises:
        UnavailableError: There is no kubectl.
        UsageError: A folder was named: steps are driven, which no pipeline does.
    """
    if gitops is not None or place.options.get("gitops"):
        raise UsageError(
            "a rollout of KServe is driven step by step, and cannot be handed over as files",
            help=["deliver without gitops", "or take argo or flagger, whose controllers do it"],
        )
    address = place.options.get(PROMETHEUS_OPTION.name) or PROMETHEUS_OPTION.default
    return KServeTarget(kubectl_for(place, environ), PrometheusMeter(address=address, token=token))


def target_for(
    place: Place,
    *,
    environ: Mapping[str, str],
    gitops: Path | None = None,
    token: Path | None = None,
) -> ClusterTarget | GitOpsTarget | KServeTarget:
    """Open a target on a cluster: `Driven` for kserve, `Followed` for all others.

    Args:
        place: The target.
        environ: The user's variables.
        gitops: Folder the files go to, in place of the cluster.
        token: File of the bearer token of its Prometheus (kserve).

    Raises:
        UnavailableError: There is no kubectl.
        UsageError: It is none on a cluster.
    """
    if place.kind == "kserve":
        return kserve_for(place, environ=environ, gitops=gitops, token=token)
    return followed_for(place, environ=environ, gitops=gitops)


def kubectl_for(place: Place, environ: Mapping[str, str]) -> Kubectl:
    """Make kubectl ready for a target.

    Raises:
        UnavailableError: There is none.
    """
    program = find_kubectl(environ)
    if program is None:
        raise UnavailableError(
            "there is no kubectl on the path",
            wanted="kubectl",
            help=[
                "install it: it is how the cluster is reached",
                "or write the files for a pipeline to apply: --gitops DIR",
            ],
        )
    return Kubectl(
        program=program,
        environ=environ,
        context=place.options.get("kubeContext", ""),
        kubeconfig=place.options.get("kubeconfig", ""),
        namespace=place.namespace,
    )
