"""Targets whose controllers do the work: given the objects, then looked at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from weighbridge.adapters.cluster.objects import FIRST, objects_of, workload
from weighbridge.model.errors import UsageError
from weighbridge.rollout.controllers import argo, flagger, kubernetes
from weighbridge.rollout.controllers.argo_runs import HASH
from weighbridge.rollout.controllers.fields import RELEASE, is_of, text

if TYPE_CHECKING:
    from weighbridge.adapters.cluster.kubectl import Kubectl
    from weighbridge.model.delivery import Order
    from weighbridge.model.delivery_ports import Cargo
    from weighbridge.rollout.controllers.sighting import Patch, Sighted

_DEPLOYMENTS = "deployments.apps"


class ClusterTarget(ABC):
    """A target whose controller does the work (`Followed`)."""

    kind: ClassVar[str]
    """Kind of the object its controller reports on."""
    resource: ClassVar[str]
    """The same as the API names it."""

    def __init__(self, kubectl: Kubectl) -> None:
        """Say by what the cluster is reached."""
        self._kubectl = kubectl

    def apply(self, cargo: Cargo) -> None:
        """Hand over what a release is rendered as.

        The server is asked first whether it takes all of it. Then what stands around goes before
        what runs, so that no rollout begins whose surroundings were refused.

        Raises:
            WeighbridgeError: It was not taken.
        """
        found = [self._prepared(one, cargo) for one in objects_of(cargo)]
        self._kubectl.apply(found, try_out=True)
        self._kubectl.apply([one for one in found if one["kind"] in FIRST])
        for one in found:
            if one["kind"] not in FIRST:
                self._kubectl.apply([one])

    def look(self, cargo: Cargo) -> Sighted:
        """Look how far the controller has come.

        Raises:
            WeighbridgeError: That cannot be told.
        """
        return self.look_since(cargo, "")

    def order(self, cargo: Cargo, order: Order) -> None:
        """Pass on what a person orders; what is so already is left.

        Raises:
            UsageError: The controller cannot do that, or has this release no more.
            WeighbridgeError: The cluster did not take it.
        """
        name = self._name(cargo)
        there = self._kubectl.get(self.resource, name)
        if not is_of(there, cargo.digest):
            raise UsageError(
                f"the {self.kind} {name} is not of this release: nothing was ordered",
                seen=text(there, "metadata", "annotations", RELEASE) or "none",
                wanted=cargo.digest,
                help=["see what runs where: weighbridge status"],
            )
        version = text(there, "metadata", "resourceVersion")
        for patch in self._patches(there, order):
            # Only what was looked at is patched: another rollout may have begun meanwhile.
            about = {"metadata": {"resourceVersion": version}} if version else {}
            self._kubectl.patch(self.resource, name, {**about, **patch.body}, status=patch.status)
            version = ""

    def mark(self, cargo: Cargo) -> str:  # noqa: ARG002 - most controllers say it themselves
        """Return what tells later statuses of this target from all before; empty if none is needed.

        Raises:
            WeighbridgeError: That cannot be told.
        """
        return ""

    @abstractmethod
    def look_since(self, cargo: Cargo, mark: str) -> Sighted:
        """Look how far the controller has come since a mark."""

    @abstractmethod
    def _patches(self, there: object, order: Order) -> tuple[Patch, ...]:
        """Return what an order comes to."""

    def _prepared(self, one: dict[str, Any], cargo: Cargo) -> dict[str, Any]:  # noqa: ARG002
        """Return an object as it is applied."""
        return one

    def _name(self, cargo: Cargo) -> str:
        return str(workload(cargo, self.kind)["metadata"]["name"])


class ArgoTarget(ClusterTarget):
    """Argo Rollouts."""

    kind = "Rollout"
    resource = "rollouts.argoproj.io"

    def look_since(self, cargo: Cargo, mark: str) -> Sighted:  # noqa: ARG002
        """Look at the Rollout, and at the analyses of its newest ReplicaSet."""
        there = self._kubectl.get(self.resource, self._name(cargo))
        own = text(there, "status", "currentPodHash")
        found: list[object] = []
        if is_of(there, cargo.digest) and own.isascii() and own.isalnum():
            found = self._kubectl.listed("analysisruns.argoproj.io", f"{HASH}={own}")
        return argo.sighted(there, found, cargo.digest)

    def _patches(self, there: object, order: Order) -> tuple[Patch, ...]:
        return argo.patches(there, order)


class KubernetesTarget(ClusterTarget):
    """Kubernetes' own Deployment."""

    kind = "Deployment"
    resource = _DEPLOYMENTS

    def look_since(self, cargo: Cargo, mark: str) -> Sighted:  # noqa: ARG002
        """Look at the Deployment."""
        there = self._kubectl.get(self.resource, self._name(cargo))
        return kubernetes.sighted(there, cargo.digest)

    def _patches(self, there: object, order: Order) -> tuple[Patch, ...]:
        return kubernetes.patches(there, order)


class FlaggerTarget(ClusterTarget):
    """Flagger."""

    kind = "Canary"
    resource = "canaries.flagger.app"

    def look_since(self, cargo: Cargo, mark: str) -> Sighted:
        """Look at the Canary, the Deployment it watches and the primary it made of it."""
        name = self._name(cargo)
        there = self._kubectl.get(self.resource, name)
        watched = self._kubectl.get(_DEPLOYMENTS, name)
        primary = self._kubectl.get(_DEPLOYMENTS, f"{name}-primary")
        return flagger.sighted(there, watched, primary, cargo.digest, mark)

    def mark(self, cargo: Cargo) -> str:
        """Return what tells later statuses of the Canary from all before."""
        return flagger.mark(self._kubectl.get(self.resource, self._name(cargo)))

    def _prepared(self, one: dict[str, Any], cargo: Cargo) -> dict[str, Any]:
        if one["kind"] != self.kind:
            return one
        there = self._kubectl.get(self.resource, one["metadata"]["name"])
        return flagger.marked(one, there, cargo.digest)

    def _patches(self, there: object, order: Order) -> tuple[Patch, ...]:
        return flagger.patches(there, order)
