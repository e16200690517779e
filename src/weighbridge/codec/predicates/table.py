"""Which shape goes with which predicate type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.predicates import bills, findings, imports, in_toto, ours, slsa
from weighbridge.codec.predicates.shape import ShapeError, record
from weighbridge.model import predicates as types
from weighbridge.model.predicates import family

if TYPE_CHECKING:
    from weighbridge.codec.predicates.shape import Shape

SHAPES: Final[dict[str, Shape]] = {
    types.APPROVAL: ours.APPROVAL,
    types.BEHAVIOUR: ours.BEHAVIOUR,
    types.CONTROL: ours.CONTROL,
    types.DELEGATION: ours.DELEGATION,
    types.DELIVERY: ours.DELIVERY,
    types.DELIVERY_ORDER: ours.DELIVERY_ORDER,
    types.DRILL: ours.DRILL,
    types.EXPLANATION: ours.EXPLANATION,
    types.IMPORT: imports.IMPORT,
    types.OPENVEX: findings.OPENVEX,
    types.PARITY: ours.PARITY,
    types.RENDERING: ours.RENDERING,
    types.PROVENANCE: slsa.PROVENANCE,
    types.PUBLISH: record({}, closed=True),
    types.RELEASE: ours.RELEASE,
    types.REPLAY: ours.REPLAY,
    types.SARIF: findings.SARIF,
    types.SBOM: bills.CYCLONEDX,
    types.SPDX: bills.spdx,
    types.TEST_RESULT: ours.REPORT,
    types.VSA: ours.DECISION,
    types.VULNERABILITIES: in_toto.VULNERABILITIES,
    types.VULNERABILITIES_02: in_toto.vulnerabilities_02,
    types.WAIVER: ours.WAIVER,
    types.WAIVER_REQUEST: ours.WAIVER_REQUEST,
    types.WAIVER_WITHDRAWAL: ours.WAIVER_WITHDRAWAL,
}
"""Every type whose shape is known, without its version where there may be one."""


def shape_fault(predicate_type: str, predicate: Any) -> str:
    """Say where a predicate has not the shape of its type; empty if it has, or nobody knows it."""
    shape = SHAPES.get(family(predicate_type))
    if shape is None:
        return ""
    try:
        shape(predicate, ())
    except ShapeError as error:
        return str(error)
    return ""
