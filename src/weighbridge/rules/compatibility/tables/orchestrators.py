"""Kubernetes: container runtimes, APIs that are gone, how far components may lag behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.compatibility_data import Kind, Row
from weighbridge.rules.compatibility.tables.making import (
    FOR_HALF_A_YEAR,
    Source,
    series,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTAINERD: Final = Source(
    url="https://github.com/containerd/containerd/blob/main/RELEASES.md#kubernetes-support",
    until=FOR_HALF_A_YEAR,
)
_CRIO: Final = Source(
    url="https://github.com/cri-o/cri-o#compatibility-matrix-cri-o--kubernetes",
    until=FOR_HALF_A_YEAR,
    confidence="medium",
)
"""It says that its minor versions are those of Kubernetes; not of each that it is out."""

_DOCKERSHIM: Final = Source(url="https://kubernetes.io/blog/2022/02/17/dockershim-faq/")
_APIS: Final = Source(
    url="https://kubernetes.io/docs/reference/using-api/deprecation-guide/",
)
_SKEW: Final = Source(url="https://kubernetes.io/releases/version-skew-policy/")

# Kubernetes, then the first patch of each branch of containerd that is recommended for it.
_RECOMMENDED: Final = """
1.26 1.6.15 1.7.0
1.27 1.6.15 1.7.0
1.28 1.6.15 1.7.0
1.29 1.6.27 1.7.11
1.30 1.6.28 1.7.13 2.0.0 2.1.0
1.31 1.6.34 1.7.20 2.0.0 2.1.0
1.32 1.6.36 1.7.24 2.0.1 2.1.0
1.33 1.6.36 1.7.24 2.0.4 2.1.0
1.34 1.6.39 1.7.28 2.0.6 2.1.3
1.35 1.7.28 2.1.5 2.2.0
1.36 2.2.0 2.3.0
"""
_NEWEST_RECOMMENDED: Final = 36
_UNTESTED: Final = "that branch is newer than those containerd recommends with it"
_NEWEST_MINOR: Final = 37

# Removed in, group and version, what to use instead, kinds.
_REMOVED: Final = """
1.16 extensions/v1beta1 networking.k8s.io/v1 NetworkPolicy
1.16 extensions/v1beta1 policy/v1beta1 PodSecurityPolicy
1.16 extensions/v1beta1 apps/v1 DaemonSet Deployment ReplicaSet
1.16 apps/v1beta1 apps/v1 Deployment ReplicaSet StatefulSet
1.16 apps/v1beta2 apps/v1 DaemonSet Deployment ReplicaSet StatefulSet
1.22 admissionregistration.k8s.io/v1beta1 admissionregistration.k8s.io/v1 \
MutatingWebhookConfiguration ValidatingWebhookConfiguration
1.22 apiextensions.k8s.io/v1beta1 apiextensions.k8s.io/v1 CustomResourceDefinition
1.22 apiregistration.k8s.io/v1beta1 apiregistration.k8s.io/v1 APIService
1.22 authentication.k8s.io/v1beta1 authentication.k8s.io/v1 TokenReview
1.22 authorization.k8s.io/v1beta1 authorization.k8s.io/v1 \
LocalSubjectAccessReview SelfSubjectAccessReview SubjectAccessReview
1.22 certificates.k8s.io/v1beta1 certificates.k8s.io/v1 CertificateSigningRequest
1.22 coordination.k8s.io/v1beta1 coordination.k8s.io/v1 Lease
1.22 extensions/v1beta1 networking.k8s.io/v1 Ingress
1.22 networking.k8s.io/v1beta1 networking.k8s.io/v1 Ingress IngressClass
1.22 rbac.authorization.k8s.io/v1beta1 rbac.authorization.k8s.io/v1 \
ClusterRole ClusterRoleBinding Role RoleBinding
1.22 scheduling.k8s.io/v1beta1 scheduling.k8s.io/v1 PriorityClass
1.22 storage.k8s.io/v1beta1 storage.k8s.io/v1 CSIDriver CSINode StorageClass VolumeAttachment
1.25 batch/v1beta1 batch/v1 CronJob
1.25 discovery.k8s.io/v1beta1 discovery.k8s.io/v1 EndpointSlice
1.25 events.k8s.io/v1beta1 events.k8s.io/v1 Event
1.25 autoscaling/v2beta1 autoscaling/v2 HorizontalPodAutoscaler
1.25 policy/v1beta1 policy/v1 PodDisruptionBudget
1.25 policy/v1beta1 - PodSecurityPolicy
1.25 node.k8s.io/v1beta1 node.k8s.io/v1 RuntimeClass
1.26 flowcontrol.apiserver.k8s.io/v1beta1 flowcontrol.apiserver.k8s.io/v1 \
FlowSchema PriorityLevelConfiguration
1.26 autoscaling/v2beta2 autoscaling/v2 HorizontalPodAutoscaler
1.27 storage.k8s.io/v1beta1 storage.k8s.io/v1 CSIStorageCapacity
1.29 flowcontrol.apiserver.k8s.io/v1beta2 flowcontrol.apiserver.k8s.io/v1 \
FlowSchema PriorityLevelConfiguration
1.32 flowcontrol.apiserver.k8s.io/v1beta3 flowcontrol.apiserver.k8s.io/v1 \
FlowSchema PriorityLevelConfiguration
"""

# Component, API servers it stands beside, how many minor releases older it may be.
_LAGS: Final = (
    ("kubelet", "<1.28", "<=2"),
    ("kubelet", ">=1.28", "<=3"),
    ("kube-proxy", "<1.28", "<=2"),
    ("kube-proxy", ">=1.28", "<=3"),
    ("cloud-controller-manager", "", "<=1"),
    ("kube-controller-manager", "", "<=1"),
    ("kube-scheduler", "", "<=1"),
    ("kube-apiserver", "", "<=1"),
)


def rows() -> Iterator[Row]:
    """Make the rows."""
    yield from _runtimes()
    for removed, version, instead, *kinds in words(_REMOVED):
        for kind in kinds:
            subject = f"{version} {kind}"
            yield _APIS.row(
                Kind.API,
                f"{version}/{kind}",
                subject,
                "",
                f"<{removed}",
                instead="" if instead == "-" else instead,
            )
    for component, servers, lag in _LAGS:
        name = f"{component}/{servers or 'any'}"
        yield _SKEW.row(Kind.SKEW, name, component, servers, f">=0,{lag}")


def _runtimes() -> Iterator[Row]:
    for kubernetes, *patches in words(_RECOMMENDED):
        yield _CONTAINERD.row(
            Kind.RUNTIME,
            f"containerd/{kubernetes}",
            "containerd",
            series(kubernetes),
            _from_each(patches),
            outside="unknown",
        )
        major, branch, _ = patches[-1].split(".")
        yield _CONTAINERD.row(
            Kind.RUNTIME,
            f"containerd/{kubernetes}/newest",
            "containerd",
            series(kubernetes),
            f"<{major}.{int(branch) + 1}",
            outside="if",
            condition=_UNTESTED,
        )
    yield _CONTAINERD.row(
        Kind.RUNTIME,
        "containerd/cri-v1",
        "containerd",
        f">=1.26,<1.{_NEWEST_RECOMMENDED + 1}",  # of a newer one it is not all there is to say
        ">=1.6",
        instead="containerd 1.7.28 or newer: Kubernetes 1.26 ended the old interface",
    )
    for minor in range(24, _NEWEST_MINOR + 1):
        same = series(f"1.{minor}")
        yield _CRIO.row(Kind.RUNTIME, f"cri-o/1.{minor}", "cri-o", same, same, outside="unknown")
    yield _DOCKERSHIM.row(
        Kind.RUNTIME,
        "docker/1.24",
        "docker",
        ">=1.24",
        "<0.1",  # no version of it: dockershim is gone
        instead="containerd, CRI-O, or cri-dockerd between Kubernetes and Docker",
    )
    yield _DOCKERSHIM.row(Kind.RUNTIME, "docker/dockershim", "docker", "<1.24", ">=0.1")


def _from_each(patches: list[str]) -> str:
    """Write a range: from each patch to the end of its branch, from the last one on to any."""
    ends = [f",<{after.rpartition('.')[0]}" for after in patches[1:]]
    return " || ".join(f">={patch}{end}" for patch, end in zip(patches, [*ends, ""], strict=True))
