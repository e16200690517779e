"""KServe, driven step by step: it splits requests, and judges nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.cluster.objects import FIRST, documents, objects_of
from weighbridge.model.delivery import WHOLE, Health
from weighbridge.model.errors import ClusterError, WeighbridgeError
from weighbridge.rollout.controllers import kserve
from weighbridge.rollout.controllers.fields import entries, is_of, number, text
from weighbridge.rollout.controllers.kserve import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.adapters.cluster.kubectl import Kubectl
    from weighbridge.adapters.metrics.prometheus import PrometheusMeter
    from weighbridge.model.delivery import Desired
    from weighbridge.model.delivery_ports import Cargo
    from weighbridge.model.ports import Progress
    from weighbridge.model.rendering import RenderedFile

RESOURCE: Final = "inferenceservices.serving.kserve.io"
_KIND: Final = "InferenceService"
_PLAN: Final = "steps/plan.json"
_LABEL: Final = "weighbridge.dev/release"
_DIGITS: Final = 63


class KServeTarget:
    """A KServe that we drive (`Driven`)."""

    def __init__(self, kubectl: Kubectl, meter: PrometheusMeter) -> None:
        """Say by what the cluster is reached, and where its metrics are."""
        self._kubectl = kubectl
        self._meter = meter
        self._names: dict[str, str] = {}

    @property
    def meter(self) -> PrometheusMeter:
        """Where its metrics are."""
        return self._meter

    def prepare(self, cargo: Cargo, progress: Progress) -> None:  # noqa: ARG002 - nothing takes long
        """See that the API answers, and that the server would take what stands around a release.

        Raises:
            WeighbridgeError: It does not.
        """
        self._kubectl.get(RESOURCE, self._known(cargo))
        self._kubectl.apply(_around(cargo), try_out=True)

    def converge(self, release: Cargo, previous: Cargo | None, desired: Desired) -> None:
        """Apply the step of a weight; on the way back, the whole of the release before.

        Raises:
            WeighbridgeError: It cannot be made so.
        """
        name = self._known(release)
        if previous is not None:
            self._known(previous)
        if desired.release:
            self._forward(release, previous, desired.weight)
        elif desired.previous and previous is not None:
            self._back(previous)
        elif is_of(self._kubectl.get(RESOURCE, name), release.digest):
            self._kubectl.delete(RESOURCE, name)

    def health(self, digest: str) -> Health:
        """Look how a release runs; one that was never converged does not."""
        name = self._names.get(digest)
        if name is None:
            return Health()
        try:
            service = self._kubectl.get(RESOURCE, name)
            own = digest.removeprefix("sha256:")[:_DIGITS]
            pods = self._kubectl.listed("pods", f"{_LABEL}={own}")
        except WeighbridgeError:
            return Health()  # what cannot be seen is not ready, and nobody saw it end
        return kserve.health(service, pods, digest)

    def watched(self, digest: str) -> bool:
        """Tell whether a release's metrics are read: somebody else's Prometheus finds its pods.

        At a share of requests that is nothing yet there may be nothing to read, so nobody waits.
        """
        del digest
        return True

    def firing(self, digest: str) -> Mapping[str, str] | None:
        """Return failure modes whose alerts fire; None if that cannot be told."""
        return self._meter.firing(digest)

    def _known(self, cargo: Cargo) -> str:
        name = text(_whole(cargo).body, "metadata", "name")
        self._names[cargo.digest] = name
        return name

    def _forward(self, release: Cargo, previous: Cargo | None, weight: int) -> None:
        step = kserve.step_for(steps_of(release), weight, alone=previous is None)
        if step is None:
            known = ", ".join(str(one.weight) for one in steps_of(release))
            raise ClusterError(
                f"no step of the rendering has the weight {weight}", seen=str(weight), wanted=known
            )
        self._kubectl.apply(_around(release))
        body = step.body
        if step.patch and previous is not None:
            body = kserve.beside(_whole(previous).body, step)
        self._kubectl.apply([body])

    def _back(self, previous: Cargo) -> None:
        body = _whole(previous).body
        name = text(body, "metadata", "name")
        there = self._kubectl.get(RESOURCE, name)
        self._kubectl.apply(_around(previous))
        self._kubectl.apply([kserve.returning(body, there, previous.digest)])


def _around(cargo: Cargo) -> list[dict[str, Any]]:
    return [one for one in objects_of(cargo) if one["kind"] in FIRST]


def _whole(cargo: Cargo) -> Step:
    """Return the InferenceService that gets all requests; a rendering always has one."""
    return next(one for one in steps_of(cargo) if one.weight == WHOLE)


def steps_of(cargo: Cargo) -> tuple[Step, ...]:
    """Return the steps of a rendering, as its plan names them.

    Raises:
        ClusterError: The plan does not fit the files.
    """
    files = {one.path: one for one in cargo.files}
    plan = files.get(_PLAN)
    if plan is None:
        found: tuple[Step, ...] = (_step(files, "inferenceservice.yaml", WHOLE, cargo.digest),)
        return found
    try:
        read = json.loads(plan.content)
    except ValueError as error:
        raise ClusterError(f"{_PLAN} of the rendering is no JSON") from error
    named = [(text(one, "file"), number(one, "weight")) for one in entries(read, "steps")]
    if text(read, "release") != cargo.digest or not named or named[-1][1] != WHOLE:
        raise ClusterError(f"{_PLAN} of the rendering is not of this release, or does not end")
    return tuple(_step(files, path, weight or 0, cargo.digest) for path, weight in named)


def _step(files: Mapping[str, RenderedFile], path: str, weight: int, digest: str) -> Step:
    file = files.get(path)
    found = documents(file) if file is not None else []
    patch = path.endswith(".patch.yaml")
    if len(found) != 1 or found[0]["kind"] != _KIND or not (patch or is_of(found[0], digest)):
        raise ClusterError(f"{path or 'a step'} of the rendering is no {_KIND} of the release")
    return Step(weight=weight, body=found[0], patch=patch)
