"""Reports that say something else than a check did, signed by who may sign reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.predicates import OURS

if TYPE_CHECKING:
    from collections.abc import Callable

    Tree = dict[str, Any]

CODE = "ZZZ999"
"""Code of no rule: what is found under it is found by nobody else."""

_COUNTED = {"error": "errors", "warning": "warnings", "note": "notes"}


def edited(statement: Tree, edit: Callable[[Tree], None]) -> bytes:
    """Edit what a report says, beside what it concludes from it."""
    edit(statement["predicate"][OURS]["report"])
    return canonical_bytes(statement)


def with_finding(statement: Tree, *, severity: str = "error", verdict: str = "fail") -> bytes:
    """Add a finding to a report that goes on saying what it concluded before."""

    def add(report: Tree) -> None:
        report["findings"].append(
            {
                "cause": "a drill",
                "code": CODE,
                "location": {"column": 0, "file": "", "line": 0, "pointer": ""},
                "message": "planted by a drill",
                "name": "drill",
                "remediation": [],
                "seen": "",
                "severity": severity,
                "subject": "drill",
                "verdict": verdict,
                "waivedBy": None,
                "wanted": "",
            }
        )
        unsure = verdict == "inconclusive"
        report["summary"]["inconclusive" if unsure else _COUNTED[severity]] += 1

    return edited(statement, add)


def counted_only(statement: Tree) -> bytes:
    """Take a finding out of a report that goes on counting it."""

    def count(report: Tree) -> None:
        report["summary"]["errors"] += 1

    return edited(statement, count)
