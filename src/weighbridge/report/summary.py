"""What every format says alike: the order of things and the one line at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.finding import Finding
    from weighbridge.model.report import Input, Report, Skip


def ordered_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by place, code and subject, whatever order they came in."""
    return sorted(findings, key=lambda f: (f.order, f.verdict.value, f.seen, f.wanted))


def ordered_skips(skips: Iterable[Skip]) -> list[Skip]:
    """Sort rules that were not run by code."""
    return sorted(skips, key=lambda skip: (skip.code, skip.by, skip.reason))


def ordered_inputs(inputs: Iterable[Input]) -> list[Input]:
    """Sort inputs by name."""
    return sorted(inputs, key=lambda given: (given.name, given.digest, given.cached))


def codes_run(report: Report) -> list[str]:
    """List the rules that ran, whatever they said, by code."""
    return sorted({*report.passed, *(finding.code for finding in report.findings)})


def summary_line(report: Report) -> str:
    """Say the verdict and what it rests on, without a line break.

    `fail: 2 errors, 1 warning (13 rules, 3 skipped)`, or `pass: 15 rules over 4 inputs`.
    """
    rules, counts = plural(len(codes_run(report)), "rule"), _counts(report)
    aside = [f"{len(report.skipped)} skipped"] if report.skipped else []
    cached = sum(given.cached for given in report.inputs)
    if cached:
        aside.append(f"{plural(cached, 'digest')} from the cache")
    if counts:
        said, aside = ", ".join(counts), [rules, *aside]
    else:
        said = f"{rules} over {plural(len(report.inputs), 'input')}"
    return f"{report.verdict.value}: {said}" + (f" ({', '.join(aside)})" if aside else "")


def _counts(report: Report) -> list[str]:
    """Write the counts of `Report.summary` that are not zero."""
    found = report.summary()
    graded = ("error", "warning", "note")
    counted = [plural(found[f"{word}s"], word) for word in graded if found[f"{word}s"]]
    return counted + [f"{found[w]} {w}" for w in ("inconclusive", "waived") if found[w]]
