"""What controllers do with the objects of a cluster, step by step when they are told to."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.adapters.cluster.conftest import Cluster

NOW = "2026-01-01T00:00:{:02}Z"
HASH = "rollouts-pod-template-hash"


def short(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:10]


class Argo:
    """Argo Rollouts."""

    def __init__(self, cluster: Cluster, *verdicts: str) -> None:
        self.cluster = cluster
        self.verdicts = list(verdicts)
        self.time = 0

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.time += 1
            found = self.cluster.get("Rollout")
            found.setdefault("status", {})
            self._step(found, found["status"])
            self.cluster.put(found)

    def _step(self, found: dict[str, Any], status: dict[str, Any]) -> None:
        spec = found["spec"]
        steps = spec["strategy"]["canary"]["steps"]
        status["observedGeneration"] = str(found["metadata"]["generation"])
        own = short(spec["template"])
        if status.get("currentPodHash") != own:
            self._begin(found, status, own)
        if "stableRS" not in status:
            self._end(status, own, len(steps))
        elif status.get("abort"):
            status.update(phase="Degraded", updatedReplicas=0, availableReplicas=2, replicas=2)
            status.setdefault("abortedAt", NOW.format(self.time))
            status.setdefault("message", "RolloutAborted: Rollout aborted update to revision 2")
            status.pop("pauseConditions", None)
        elif spec.get("paused"):
            status.update(phase="Paused", message="manually paused")
        elif status["stableRS"] != own:
            self._advance(found, status, steps)

    def _begin(self, found: dict[str, Any], status: dict[str, Any], own: str) -> None:
        notes = found["metadata"]["annotations"]
        revision = int(notes.get("rollout.argoproj.io/revision", "0")) + 1
        notes["rollout.argoproj.io/revision"] = str(revision)
        for name in ("abort", "abortedAt", "message", "pauseConditions"):
            status.pop(name, None)
        status.update(currentPodHash=own, currentStepIndex=0, phase="Progressing")

    def _end(self, status: dict[str, Any], own: str, steps: int) -> None:
        status.update(stableRS=own, currentStepIndex=steps, phase="Healthy", controllerPause=False)
        status.update(replicas=2, updatedReplicas=2, availableReplicas=2, readyReplicas=2)

    def _advance(
        self, found: dict[str, Any], status: dict[str, Any], steps: list[dict[str, Any]]
    ) -> None:
        if status.get("controllerPause") and not status.get("pauseConditions"):
            status["controllerPause"] = False
        index = status["currentStepIndex"]
        if index >= len(steps):
            self._end(status, status["currentPodHash"], len(steps))
            return
        step = steps[index]
        status["phase"] = "Progressing"
        status.update(replicas=3, updatedReplicas=1, availableReplicas=3)
        if "pause" in step and not status.get("pauseConditions"):
            waits = [{"reason": "CanaryPauseStep", "startTime": NOW.format(self.time)}]
            status.update(phase="Paused", pauseConditions=waits, controllerPause=True)
        elif "analysis" in step:
            self._analyse(found, status, index)
        else:
            status.pop("pauseConditions", None)
            status.update(currentStepIndex=index + 1, controllerPause=False)

    def _analyse(self, found: dict[str, Any], status: dict[str, Any], index: int) -> None:
        if status.get("pauseConditions"):
            status["phase"] = "Paused"
            return
        verdict = self.verdicts.pop(0) if self.verdicts else "Successful"
        self._run(found, status, index, verdict)
        at_step = {"name": f"run-{index}", "status": verdict}
        status.setdefault("canary", {})["currentStepAnalysisRunStatus"] = at_step
        if verdict == "Failed":
            status.update(abort=True, abortedAt=NOW.format(self.time), phase="Degraded")
            status["message"] = 'RolloutAborted: metric "errors" assessed Failed'
        elif verdict == "Inconclusive":
            waits = [{"reason": "InconclusiveAnalysisRun", "startTime": NOW.format(self.time)}]
            status.update(phase="Paused", pauseConditions=waits, controllerPause=True)
        else:
            status["currentStepIndex"] = index + 1

    def _run(self, found: dict[str, Any], status: dict[str, Any], index: int, verdict: str) -> None:
        about = found["metadata"]
        value = {"Successful": "[0.001]", "Failed": "[0.2]", "Inconclusive": "[]"}[verdict]
        moment = NOW.format(self.time)
        one = {"phase": verdict, "value": value, "startedAt": moment, "finishedAt": moment}
        result = {"name": "errors", "phase": verdict, "measurements": [one], "count": 1}
        owner = {"kind": "Rollout", "name": about["name"], "uid": about["uid"]}
        revision = about["annotations"]["rollout.argoproj.io/revision"]
        self.cluster.put(
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "AnalysisRun",
                "metadata": {
                    "name": f"run-{revision}-{index}",
                    "labels": {HASH: status["currentPodHash"]},
                    "annotations": {"rollout.argoproj.io/revision": revision},
                    "ownerReferences": [owner],
                },
                "spec": {"metrics": [{"name": "errors", "provider": {}}]},
                "status": {"phase": verdict, "metricResults": [result]},
            }
        )


class Flagger:
    """Flagger, and what Kubernetes does with its Deployments."""

    def __init__(self, cluster: Cluster, *failures: int) -> None:
        self.cluster = cluster
        self.failures = failures
        self.time = 0
        self.at = 0

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.time += 1
            found = self.cluster.get("Canary")
            if not found["spec"].get("suspend"):
                self._step(found, self.cluster.get("Deployment"))
                self.cluster.put(found)

    def _step(self, found: dict[str, Any], target: dict[str, Any]) -> None:
        status = found.setdefault("status", {"failedChecks": 0, "canaryWeight": 0, "iterations": 0})
        own = short(target["spec"]["template"])
        phase = status.get("phase")
        if phase is None:
            status["lastAppliedSpec"] = status["lastPromotedSpec"] = own
            self._promote(target)
            self._say(status, "Initialized")
        elif phase in ("Initialized", "Succeeded", "Failed"):
            if own not in (status["lastAppliedSpec"], status["lastPromotedSpec"]):
                status["lastAppliedSpec"] = own
                status["canaryWeight"] = 0
                self.at = 0
                self._say(status, "Progressing")
        elif phase == "Progressing":
            self._check(found, status)
        elif phase == "Promoting":
            self._promote(target)
            self._say(status, "Finalising")
        else:
            status["lastPromotedSpec"] = status["lastAppliedSpec"]
            self._say(status, "Succeeded")

    def _check(self, found: dict[str, Any], status: dict[str, Any]) -> None:
        weights = found["spec"]["analysis"]["stepWeights"]
        if self.at in self.failures:
            status["canaryWeight"] = 0
            self._say(status, "Failed")
        elif self.at == len(weights):
            status["canaryWeight"] = 0
            self._say(status, "Promoting")
        else:
            status["canaryWeight"] = weights[self.at]
            self.at += 1

    def _say(self, status: dict[str, Any], phase: str) -> None:
        moment = NOW.format(self.time)
        status["phase"] = phase
        verdict = {"Succeeded": "True", "Initialized": "True", "Failed": "False"}
        status["conditions"] = [
            {
                "type": "Promoted",
                "status": verdict.get(phase, "Unknown"),
                "reason": phase,
                "message": f"Canary analysis {phase}",
                "lastUpdateTime": moment,
                "lastTransitionTime": moment,
            }
        ]

    def _promote(self, target: dict[str, Any]) -> None:
        name = target["metadata"]["name"]
        available = {"type": "Available", "status": "True"}
        self.cluster.put(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": f"{name}-primary", "generation": 1},
                "spec": {"template": target["spec"]["template"]},
                "status": {"observedGeneration": 1, "readyReplicas": 2, "conditions": [available]},
            }
        )


class Kubernetes:
    """Kubernetes' own controller of Deployments."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def tick(self, updated: int = 2, *, late: bool = False) -> None:
        """Replace replicas.

        Args:
            updated: How many of two are of the newest kind.
            late: Whether that took too long.
        """
        found = self.cluster.get("Deployment")
        found["spec"].setdefault("replicas", 2)
        reason = "ProgressDeadlineExceeded" if late else "NewReplicaSetAvailable"
        found["status"] = {
            "observedGeneration": found["metadata"]["generation"],
            "replicas": 2,
            "updatedReplicas": updated,
            "readyReplicas": 2,
            "availableReplicas": 2,
            "conditions": [
                {"type": "Available", "status": "True"},
                {"type": "Progressing", "status": "False" if late else "True", "reason": reason},
            ],
        }
        self.cluster.put(found)


class KServe:
    """KServe in Knative mode, and the pods it has Knative start."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def tick(self, *, ready: bool = True) -> None:
        found = self.cluster.get("InferenceService")
        about = found["metadata"]
        predictor = found["spec"]["predictor"]
        own = short({**predictor, "canaryTrafficPercent": None})
        verdict = "True" if ready else "False"
        part = {"latestCreatedRevision": own, "latestReadyRevision": own if ready else "before"}
        found["status"] = {
            "observedGeneration": about["generation"],
            "components": {"predictor": part},
            "conditions": [{"type": one, "status": verdict} for one in ("Ready", "PredictorReady")],
        }
        self.cluster.put(found)
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"pod-{own}", "labels": predictor["labels"]},
            "status": {"conditions": [{"type": "Ready", "status": verdict}]},
        }
        self.cluster.put(pod)
