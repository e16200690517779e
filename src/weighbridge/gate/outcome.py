"""The outcome an approval is given for, and the verdict over all conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.decision import GateVerdict, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weighbridge.gate.case import Case
    from weighbridge.model.decision import Judged


def verdict(judged: Sequence[Judged]) -> GateVerdict:
    """Sum up: denied before inconclusive before needs before allowed; of nothing, denied."""
    open_ = [one for one in judged if one.is_open]
    if not judged or any(one.outcome is Outcome.UNMET and not one.waits for one in open_):
        return GateVerdict.DENIED
    if any(one.outcome is Outcome.INCONCLUSIVE for one in open_):
        return GateVerdict.INCONCLUSIVE
    return GateVerdict.NEEDS if open_ else GateVerdict.ALLOWED


def outcome_of(
    case: Case, risk: str, judged: Iterable[Judged], waivers: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """Gather what an approval is given for: no times, no ages, no people."""
    bound = [one for one in judged if one.binds]
    conditions = [
        {
            "findings": sorted(
                ({key: finding[key] for key in sorted(finding)} for finding in one.findings),
                key=canonical_bytes,
            ),
            "id": one.id,
            "outcome": one.outcome.value,
            "pointer": one.pointer,
            "skipped": sorted(one.skipped),
            **({"warns": True} if one.warns else {}),
        }
        for one in bound
    ]
    return {
        "conditions": sorted(conditions, key=canonical_bytes),
        "effectiveRisk": risk,
        "environment": case.environment_digest,
        "inputs": sorted({digest for one in bound for digest in one.inputs}),
        "policy": case.bundle_digest,
        "release": case.release,
        "waivers": [dict(one) for one in waivers],
    }
