"""Rule packs a policy demands: each must have run, whole and with the thresholds of the policy.

Each is a question of its own. A report by other packs says nothing of this one: it neither counts
here nor supersedes an older report that does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.rule_pack import RulePackFormatError, published_rule_pack
from weighbridge.gate.kinds import ours
from weighbridge.model.authoring.rule_codes import is_ours
from weighbridge.model.decision import Judged, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.gate.case import Case, Evidence
    from weighbridge.model.policy import RulePackDemand

CHECK = "weighbridge check REF --sign --for-env ENV --key NAME"


def packs_in(predicate: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """List what a report says of the packs it was made with."""
    report = ours(predicate).get("report")
    found = report.get("rulePacks") if isinstance(report, dict) else None
    yield from (one for one in found or () if isinstance(one, dict))


def codes_of_packs(predicate: Mapping[str, Any]) -> frozenset[str]:
    """List the codes that are of packs in a report; what begins as ours do is ours, always."""
    named = (_codes(one) for one in packs_in(predicate))
    return frozenset(code for codes in named for code in codes if not is_ours(code))


def ran(demand: RulePackDemand, predicate: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Find what a report says of a demanded pack; None if just that one did not run."""
    wanted = (demand.name, demand.version, demand.digest, demand.parameters or {})
    for one in packs_in(predicate):
        if tuple(one.get(key) for key in ("name", "version", "digest", "parameters")) == wanted:
            return one
    return None


def demanded_codes(
    demand: RulePackDemand, said: Mapping[str, Any], case: Case
) -> tuple[frozenset[str], frozenset[str]]:
    """List the rules of a pack that must have run, and all that are its own.

    A pack that owners published says so itself, at the time of the decision. Of one in Python
    there is only what the report says.

    Raises:
        RulePackFormatError: The published bytes are no pack.
    """
    data = case.packs.get(demand.digest)
    if data is None:
        codes = frozenset(code for code in _codes(said) if not is_ours(code))
        return codes, codes
    rules = published_rule_pack(data).spec.rules
    asked = frozenset(rule.code for rule in rules if not rule.why_not_at(case.now))
    return asked, frozenset(rule.code for rule in rules)


def did_not_run(name: str, demand: RulePackDemand, reports: Iterable[Evidence]) -> Judged:
    """Say that no report was made with a pack, and with what the newest was made instead."""
    others = [
        _instead(demand, one)
        for report in sorted(reports, key=lambda report: report.entry)
        for one in packs_in(report.predicate)
        if one.get("name") == demand.name
    ]
    return Judged(
        id=name,
        outcome=Outcome.INCONCLUSIVE,
        why=f"rule pack {demand.title} did not run",
        seen=others[-1] if others else "no report was made with it",
        wanted=f"a report made with {demand.title}, {demand.digest}",
        remedy=(CHECK,),
    )


def unreadable(name: str, demand: RulePackDemand, error: RulePackFormatError) -> Judged:
    """Say that a pack cannot be read."""
    why = f"rule pack {demand.title} cannot be read: {error}"
    return Judged(id=name, outcome=Outcome.INCONCLUSIVE, why=why, wanted=demand.digest)


def _instead(demand: RulePackDemand, one: Mapping[str, Any]) -> str:
    if one.get("version") != demand.version:
        return f"{demand.name}@{one.get('version')}"
    if one.get("digest") != demand.digest:
        return f"{demand.title} of another digest: {one.get('digest')}"
    return f"{demand.title} with other parameters: {one.get('parameters')}"


def _codes(said: Mapping[str, Any]) -> frozenset[str]:
    found = said.get("rules")
    listed = found if isinstance(found, list) else []
    return frozenset(code for code in listed if isinstance(code, str))
