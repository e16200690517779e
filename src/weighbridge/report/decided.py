"""A decision as a report: what is not met, as the findings every renderer of reports writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge import __version__
from weighbridge.model.decision import Outcome
from weighbridge.model.finding import Finding, Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.report import Input, ReleaseName, Report, RuleSet

if TYPE_CHECKING:
    from weighbridge.model.decision import Decision, Judged

SEALED = "manifest.json"
"""The file a pointer of a decision leads into: the sealed manifest."""

_VERDICTS = {Outcome.UNMET: Verdict.FAIL, Outcome.INCONCLUSIVE: Verdict.INCONCLUSIVE}


def decision_report(decision: Decision) -> Report:
    """Write a decision as a report, its conditions in the place of rules, the policy of a rule set.

    A report fails on what is unmet; that people are missing (`needs`) is a failure there, too. What
    is met and to be told all the same is a warning.
    """
    return Report(
        release=ReleaseName(name=decision.name, version=decision.version, digest=decision.release),
        rule_set=RuleSet(version=__version__, digest=decision.policy_digest),
        findings=tuple(
            _finding(judged, decision)
            for judged in decision.conditions
            if judged.outcome in _VERDICTS or judged.warns
        ),
        passed=tuple(
            sorted(
                {
                    one.id
                    for one in decision.conditions
                    if one.outcome is Outcome.MET and not one.warns
                }
            )
        ),
        inputs=tuple(
            Input(name=f"evidence/{digest.removeprefix('sha256:')}", digest=digest)
            for digest in decision.evidence
        ),
    )


def _finding(judged: Judged, decision: Decision) -> Finding:
    return Finding(
        code=judged.id,
        name=judged.id,
        severity=Severity.WARNING if judged.warns else Severity.ERROR,
        verdict=_VERDICTS.get(judged.outcome, Verdict.FAIL),
        subject=f"{decision.name}@{decision.version} to {decision.environment}",
        message=judged.why,
        location=Location(SEALED, pointer=judged.pointer),
        seen=judged.seen,
        wanted=judged.wanted,
        remediation=judged.remedy,
    )
