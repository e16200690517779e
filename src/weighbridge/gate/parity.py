"""What evidence of parity says, entry by entry (REP008).

Judged is what its entries say, not what it makes of them: drift blocks, and what is unknown leaves
the question open. A result that is worse than its entries counts as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.predicates import PARITY
from weighbridge.model.wording import plural, some_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.policy import Evidence as Demand

CODE: Final = "REP008"
PARITY_TYPES: Final = frozenset({"parity", PARITY})
"""What a policy may call evidence of parity: by its short name, or by its type."""

COMPARE: Final = "weighbridge parity REF RELEASE@ENV --sign --key NAME"
"""How evidence of parity is made: against what stands in the environment."""

_GOOD: Final = ("PASSED", "WARNED")
_VERDICTS: Final = {"drift": "fail", "unknown": "inconclusive"}
_FINE: Final = frozenset({"match", "allowed"})
_WANTED: Final = "entries that match, or that owners let differ"
_REMEDY: Final = (
    "make both the same, or have owners allow the entries: parity.allowed of the environment",
    f"then {COMPARE}",
)


def judge_parity(
    name: str, demand: Demand, predicate: Mapping[str, Any], *, inputs: tuple[str, ...]
) -> Judged:
    """Judge evidence of parity.

    Args:
        name: What the answer is called.
        demand: What is demanded of it.
        predicate: What it says.
        inputs: What it is about.
    """
    found = predicate.get("entries")
    entries = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    open_ = [one for one in entries if one.get("outcome") not in _FINE]
    findings = tuple(_finding(one) for one in open_)
    outcome, why = _outcome(findings, predicate.get("result"), demand, told=bool(entries))
    return Judged(
        id=name,
        outcome=outcome,
        why=why,
        seen=some_of([f"{one['subject']} {one['seen']}" for one in findings])
        or str(predicate.get("result", "")),
        wanted=_WANTED,
        remedy=() if outcome is Outcome.MET else _REMEDY,
        findings=findings,
        inputs=inputs,
    )


def _finding(entry: Mapping[str, Any]) -> dict[str, str]:
    """Write an entry as a finding; what it came to and nobody knows leaves it open."""
    outcome = str(entry.get("outcome"))
    return {
        "code": CODE,
        "severity": "error",
        "subject": str(entry.get("name")),
        "verdict": _VERDICTS.get(outcome, "inconclusive"),
        "seen": outcome,
    }


def _outcome(
    findings: Sequence[Mapping[str, str]], result: object, demand: Demand, *, told: bool
) -> tuple[Outcome, str]:
    drift = sum(one["verdict"] == "fail" for one in findings)
    if drift:
        return Outcome.UNMET, f"{plural(drift, 'entry', 'entries')} differ"
    if findings:
        outcome = Outcome.INCONCLUSIVE if demand.blocks_inconclusive else Outcome.MET
        return outcome, f"of {plural(len(findings), 'entry', 'entries')} nothing is known"
    if result is None:
        return Outcome.INCONCLUSIVE, "it says no result"
    if result not in _GOOD:
        return Outcome.UNMET, "it says that it failed"
    if not told:
        return Outcome.INCONCLUSIVE, "it says of nothing that it is the same"
    return Outcome.MET, "it says that all is the same, or may differ"
