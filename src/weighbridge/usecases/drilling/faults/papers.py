"""Manifests that say less than they must, or something else, sealed in order and by the book."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from weighbridge.model.risk import RISKS
from weighbridge.usecases.drilling.closing import BASELINE, RISK
from weighbridge.usecases.drilling.interface import Fault
from weighbridge.usecases.drilling.playing import resealed

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "papers"


def _dirty(manifest: dict[str, Any]) -> None:
    manifest["spec"].setdefault("source", {})["dirty"] = True


def _unknown(manifest: dict[str, Any]) -> None:
    manifest["spec"].setdefault("source", {}).pop("commit", None)


def _unlicensed(manifest: dict[str, Any]) -> None:
    manifest["spec"]["model"]["license"] = "NOASSERTION"


def _restricted(manifest: dict[str, Any]) -> None:
    manifest["spec"]["model"]["license"] = "CC-BY-NC-4.0"


def _mutable(manifest: dict[str, Any]) -> None:
    manifest["spec"]["environment"]["image"] = {"ref": "registry.example.com/drill:latest"}


def _unreachable(manifest: dict[str, Any]) -> None:
    manifest["metadata"]["owner"].pop("contact", None)


def _undigested(manifest: dict[str, Any]) -> None:
    for artifact in manifest["spec"]["artifacts"]:
        if "path" in artifact:
            artifact.pop("digest", None)
            return


def _lowered(scene: Scene) -> Trial:
    """Have one of the highest risk be there, and another ask that says it is of the lowest."""
    scene.reseal(partial(_risky, risk=RISKS[-1]))
    scene.put(scene.environment, generation=1)
    return resealed(scene, partial(_risky, risk=RISKS[0]))


def _risky(manifest: dict[str, Any], *, risk: str) -> None:
    manifest["metadata"]["risk"] = risk


def _always_high(scene: Scene) -> str:
    """Say that the policy may raise the risk whatever a manifest says of it, or nothing."""
    rules = scene.origin.place.bundle.policy.spec.risk_when or ()
    if all(rule.risk != RISKS[-1] for rule in rules):
        return ""
    low = scene.origin.manifest["metadata"].get("risk", RISKS[0]) == RISKS[0]
    if low and scene.considered().risk != RISKS[-1]:
        return ""
    return "the policy may count it as high whatever its manifest says"


def _plant(scene: Scene, change: Callable[[dict[str, Any]], None]) -> Trial:
    return resealed(scene, change)


_fault = partial(Fault, family=FAMILY, begins="founded", control="resealed", close=BASELINE)

FAULTS = (
    _fault(
        "dirty-source",
        "it was made from files that no commit has",
        partial(_plant, change=_dirty),
        {"REP004", "source-known"},
    ),
    _fault(
        "unknown-source",
        "nobody says from which commit it was made",
        partial(_plant, change=_unknown),
        {"REP004", "source-known"},
    ),
    _fault(
        "licence-missing",
        "the licence of the model is not stated any more",
        partial(_plant, change=_unlicensed),
        {"licence-stated", "DEP013"},
    ),
    _fault(
        "licence-lowered",
        "the licence of the model forbids commercial use",
        partial(_plant, change=_restricted),
        {"DEP013"},
    ),
    _fault(
        "mutable-image",
        "the container image is named by a tag that moves",
        partial(_plant, change=_mutable),
        {"image-digests", "INT004", "INT011", "WB110"},
    ),
    _fault(
        "owner-unreachable",
        "nobody says how the owner is reached",
        partial(_plant, change=_unreachable),
        {"owner-reachable", "GOV001"},
    ),
    _fault(
        "artifact-without-digest",
        "an artifact is named by its path alone",
        partial(_plant, change=_undigested),
        {"artifact-digests", "INT"},
    ),
    _fault(
        "risk-lowered",
        "it says that it is of low risk, and the one before it was of high risk",
        _lowered,
        {"GOV008", "risk:kept"},
        missing=_always_high,
        close=RISK,
    ),
)
