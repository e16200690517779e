"""Before a rollback: where it would go, what the gate says of that, and what would change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import NotFoundError, UsageError
from weighbridge.server.dashboard.acting import signature_json
from weighbridge.server.dashboard.page import Page, Parts
from weighbridge.server.dashboard.pages.environments import TAB

if TYPE_CHECKING:
    from weighbridge.model.change import Change
    from weighbridge.model.ports import Registry
    from weighbridge.server.dashboard.page import Asked

_SHOWN: Final = 40
"""Changes that are shown; the comparison of both releases has all."""
_RISKS: Final = ("high", "medium", "low")


def preview(asked: Asked) -> dict[str, Any]:
    """Tell what a rollback would do; nothing is signed, logged or moved.

    Raises:
        NotFoundError: There is no such environment, or nothing of the name stands there, or the
            release that is asked for is none of that name.
    """
    from weighbridge.usecases.rollback import target_of  # noqa: PLC0415 - late, as the gate is

    where, name = asked.names["environment"], asked.names["name"]
    present = _present(asked, where, name)
    told = {"schemaVersion": 1, "environment": where, "name": name, "present": present}
    wanted = asked.query.get("to", "")
    try:
        target, generation = target_of(name, where, registry=asked.registry, release=wanted or None)
    except UsageError as error:
        return {**told, "target": None, "why": str(error), "decision": None, "difference": None}
    return {**told, "why": "", **_considered(asked, present, target, generation)}


def _present(asked: Asked, where: str, name: str) -> dict[str, Any]:
    """Tell what stands there, what runs, and every release one could go back to."""
    from weighbridge.usecases.delivering.book import newest  # noqa: PLC0415
    from weighbridge.usecases.gathering import Gathering  # noqa: PLC0415

    with asked.registry.reading() as view:
        if not view.size:
            raise NotFoundError("there is no such environment")
        gathering = Gathering.of(view, asked.registry)
        gathering.environment(where)
        pointer = gathering.pointer(where, name)
        wanted = asked.query.get("to", "")
        if wanted and name not in {known for known, _ in view.names_of(wanted)}:
            raise NotFoundError("there is no such release of that name")
        delivery = newest(gathering.log, where, name)
    if not pointer.moves:
        raise NotFoundError("nothing of that name stands in this environment")
    versions = {move.release: move.version for move in pointer.moves}
    serving = None if delivery is None else delivery.serving
    return {
        "release": pointer.release,
        "version": versions[pointer.release],
        "generation": pointer.generation,
        "held": pointer.held or None,
        "serving": serving or None,
        "servingVersion": versions.get(serving or ""),
        "phase": None if delivery is None else delivery.position.phase.value,
        "before": [
            {"release": release, "version": version, "left": release in pointer.left}
            for release, version in reversed(versions.items())
            if release != pointer.release
        ],
    }


def _considered(
    asked: Asked, present: dict[str, Any], target: str, generation: int
) -> dict[str, Any]:
    from weighbridge.report.decision_json import decision_json  # noqa: PLC0415
    from weighbridge.usecases.rollback import consider_rollback  # noqa: PLC0415

    found = consider_rollback(
        asked.names["name"],
        asked.names["environment"],
        release=target,
        registry=asked.registry,
        now=asked.now,
    )
    decision = found.decision
    return {
        "target": {"release": target, "version": decision.version, "generation": generation},
        "release": target,
        "generation": generation,
        "signature": signature_json(asked),
        "decision": decision_json(decision, generation=generation, bundle="", mode=found.mode),
        "difference": _difference(asked.registry, present["release"], target),
    }


def _difference(registry: Registry, before: str, after: str) -> dict[str, Any]:
    """Compare the manifests of two releases; what is of most risk comes first."""
    from weighbridge.codec.resolved import list_keys, resolved  # noqa: PLC0415
    from weighbridge.diffing.compare import differences  # noqa: PLC0415
    from weighbridge.model.release import ModelRelease  # noqa: PLC0415
    from weighbridge.report.diff import render_diff_json, totals  # noqa: PLC0415
    from weighbridge.usecases.references import sealed_release  # noqa: PLC0415

    left, right = (resolved(sealed_release(one, registry).release) for one in (before, after))
    changes = sorted(differences(left, right, keys=list_keys(ModelRelease)), key=_gravity)
    plain = json.loads(render_diff_json(changes[:_SHOWN]))
    return {
        "totals": totals(changes),
        "changes": plain["changes"],
        "more": max(len(changes) - _SHOWN, 0),
    }


def _gravity(change: Change) -> tuple[int, str]:
    return _RISKS.index(change.risk), change.pointer


PARTS = Parts(
    pages=(
        Page(
            path="/environments/{environment}/rollback/{name}",
            template="rollback.html",
            view=preview,
            docs="how-to/roll-back.md",
            tab=TAB,
        ),
    ),
)
