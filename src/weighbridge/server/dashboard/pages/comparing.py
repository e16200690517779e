"""What differs between two releases, by meaning, the riskiest first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import NotFoundError, UnreadableError, UsageError
from weighbridge.report.problem import fault_json
from weighbridge.server.dashboard.page import Page, Parts
from weighbridge.server.dashboard.pages.graphs import graph_in
from weighbridge.server.dashboard.pages.one_release import find, sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.change import Change, TensorChanges
    from weighbridge.model.graph.changes import PackageChange
    from weighbridge.server.dashboard.page import Asked

_MANY: Final = 300
"""Changes, and changes of packages, that a page shows."""
_MOST: Final = 16 << 20
"""Bytes of artifacts that are read for their tensors while somebody waits for a page."""
_RISKS: Final = ("high", "medium", "low")


def chosen(asked: Asked) -> dict[str, Any]:
    """Compare what a form names; what it does not find it says beside the form."""
    left, right = (asked.query.get(side, "").strip() for side in ("left", "right"))
    empty = {"schemaVersion": 1, "given": {"left": left, "right": right}, "faults": []}
    if not (left and right):
        return {**empty, "compared": None}
    try:
        return {**empty, "compared": _compared(asked, left, right)}
    except NotFoundError as error:
        return {**empty, "compared": None, "faults": [fault_json(one) for one in error.faults]}


def compared(asked: Asked) -> dict[str, Any]:
    """Compare two releases.

    Raises:
        NotFoundError: There is no such release.
    """
    left, right = asked.names["left"], asked.names["right"]
    given = {"left": left, "right": right}
    found = _compared(asked, left, right)
    return {"schemaVersion": 1, "given": given, "faults": [], "compared": found}


def _compared(asked: Asked, left: str, right: str) -> dict[str, Any]:
    digests = find(asked, left), find(asked, right)
    return asked.services.kept.get(("compared", *digests), lambda: _told(asked, *digests))


def _told(asked: Asked, left: str, right: str) -> dict[str, Any]:
    from weighbridge.usecases.compare import compare  # noqa: PLC0415 - heavy

    before, after = sealed(asked, left), sealed(asked, right)
    found = compare(before, after, blobs=asked.registry.blobs, environ={}, most=_MOST)
    return {
        "left": _side(left, before.release.metadata),
        "right": _side(right, after.release.metadata),
        "same": left == right,
        **_changes(found.changes),
        "tensors": [_tensors(one) for one in found.tensors],
        "unread": list(found.unread),
        **_packages(asked, left, right),
    }


def _side(digest: str, metadata: Any) -> dict[str, str]:  # noqa: ANN401 - pydantic's, imported late
    return {"digest": digest, "name": metadata.name, "version": metadata.version}


def _changes(changes: Sequence[Change]) -> dict[str, Any]:
    """Tell changes by section; those of the highest risk are shown first, and never left out."""
    from weighbridge.report.diff import below, sections  # noqa: PLC0415 - as the others
    from weighbridge.report.told import sides  # noqa: PLC0415 - as the others

    shown = sorted(changes, key=lambda one: _RISKS.index(one.risk))[:_MANY]
    kept = {id(one) for one in shown}
    told = []
    for section, own in sections([one for one in changes if id(one) in kept]):
        rows = []
        for one in own:
            before, after = sides(one)
            rows.append(
                {
                    "place": below(one),
                    "pointer": one.pointer,
                    "kind": one.kind,
                    "risk": one.risk,
                    "before": before,
                    "after": after,
                    "delta": one.delta,
                    "rules": list(one.rules),
                }
            )
        told.append({"section": section.rpartition("/")[2], "risk": own[0].risk, "changes": rows})
    counts = Counter(one.risk for one in changes)
    return {
        "sections": sorted(told, key=lambda one: _RISKS.index(str(one["risk"]))),
        "total": len(changes),
        "risks": {risk: counts[risk] for risk in _RISKS},
        "leftOut": len(changes) - len(shown),
    }


def _tensors(found: TensorChanges) -> dict[str, Any]:
    from weighbridge.report.tensors import tensor_rows  # noqa: PLC0415 - as the others

    rows = [{"sign": sign, "name": name, "told": told} for sign, name, told in tensor_rows(found)]
    return {
        "artifact": found.artifact,
        "changed": len(found.changes),
        "unchanged": found.unchanged,
        "rows": rows,
        "leftOut": len(found.changes) - len(rows),
    }


def _packages(asked: Asked, left: str, right: str) -> dict[str, Any]:
    """Tell what became of the packages that are run; why not, where a lock does not say."""
    from weighbridge.diffing.graph import graph_changes  # noqa: PLC0415 - heavy

    try:
        graphs = (graph_in(asked, digest, "runtime").graph for digest in (left, right))
        changes = graph_changes(*graphs)
    except (UnreadableError, UsageError) as error:
        return {"packages": [], "packagesLeftOut": 0, "packagesUnknown": str(error)}
    return {
        "packages": [_package(one) for one in changes[:_MANY]],
        "packagesLeftOut": max(len(changes) - _MANY, 0),
        "packagesUnknown": "",
    }


def _package(change: PackageChange) -> dict[str, Any]:
    return {
        "name": change.name,
        "kind": change.kind,
        "before": list(change.before),
        "after": list(change.after),
        "step": change.step,
        "direct": change.direct,
        "path": list(change.path),
    }


PARTS: Final = Parts(
    pages=tuple(
        Page(
            path=path,
            template="compare.html",
            view=view,
            docs="how-to/compare-releases.md",
            tab="All releases",
        )
        for path, view in (("/compare", chosen), ("/compare/{left}/{right}", compared))
    ),
)
