"""What a SARIF log says: which findings stand in it, and whether its tools came to an end.

Suppressed findings count: a comment in the code that is judged takes nothing away. What was found
before and is gone (`baselineState: absent`) does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.predicates import shape_fault
from weighbridge.model.decision import Outcome
from weighbridge.model.predicates import SARIF
from weighbridge.model.wording import some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.policy import Evidence as Demand

_RANKS = {"none": 0, "note": 1, "warning": 2, "error": 3}


def judge_sarif(demand: Demand, predicate: Mapping[str, Any]) -> tuple[Outcome, str, str, str]:
    """Judge a SARIF log: unmet above a level, inconclusive where a tool did not finish."""
    floor = demand.none_above or "warning"
    wanted = f"nothing above {floor}"
    if fault := shape_fault(SARIF, predicate):
        return Outcome.INCONCLUSIVE, f"it is not whole: {fault}", "", wanted
    runs: list[Mapping[str, Any]] = predicate["runs"]
    found = {
        f"{_rule_id(result)} ({level})"
        for run in runs
        for result, level in _levels(run)
        if _RANKS[level] > _RANKS[floor]
    }
    if found:
        return Outcome.UNMET, "it has findings that block", some_of(sorted(found)), wanted
    if not runs:
        return Outcome.INCONCLUSIVE, "no tool ran", "", wanted
    for run in runs:
        if why := _unfinished(run):
            return Outcome.INCONCLUSIVE, why, str(run["tool"]["driver"]["name"]), wanted
    return Outcome.MET, "nothing in it blocks", "", wanted


def _unfinished(run: Mapping[str, Any]) -> str:
    """Say why a run does not show what its tool would find, or empty."""
    if run.get("results") is None or "results" in (run.get("externalPropertyFileReferences") or {}):
        return "a tool gave no results, or keeps them elsewhere"
    if not all(one["executionSuccessful"] for one in run.get("invocations") or ()):
        return "a tool did not come to an end"
    return ""


def _levels(run: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """List the results of a run that are findings, each with its level (SARIF, section 3.27.10)."""
    for result in run.get("results") or ():
        if result.get("baselineState") != "absent":
            yield result, _level(result, run)


def _level(result: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    said = result.get("level")
    if said is not None:
        return str(said)
    if (result.get("kind") or "fail") != "fail":
        return "none"
    rule = _rule(result, run)
    configured = (rule.get("defaultConfiguration") or {}).get("level")
    # The default of the standard, unless a rule that cannot be found might say worse.
    return str(configured or ("warning" if rule or not _names_rule(result) else "error"))


def _rule(result: Mapping[str, Any], run: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find the rule of a result; none is found where it stands in an extension."""
    rules: list[Mapping[str, Any]] = run["tool"]["driver"].get("rules") or []
    index = result.get("ruleIndex")
    if isinstance(index, int) and 0 <= index < len(rules):
        return rules[index]
    name = result.get("ruleId")
    return next((rule for rule in rules if rule["id"] == name), {})


def _names_rule(result: Mapping[str, Any]) -> bool:
    return result.get("ruleIndex") is not None or result.get("rule") is not None


def _rule_id(result: Mapping[str, Any]) -> str:
    found = result.get("ruleId")
    return found if isinstance(found, str) else "a finding"
