"""What every format says alike: the order of things and the one line at the end."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING

from weighbridge.model.wording import plural, some_of
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.finding import Finding
    from weighbridge.model.finding_baseline import RecordedFinding
    from weighbridge.model.report import Input, Report, Skip

_GONE = 3
"""Entries of a baseline that are named when they are gone."""


def ordered_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by place, code and subject, whatever order they came in."""
    return sorted(findings, key=lambda f: (f.order, f.verdict.value, f.seen, f.wanted))


def told_findings(report: Report) -> list[Finding]:
    """Sort the findings people are told of: those of a baseline are counted, and not told again."""
    return ordered_findings(one for one in report.findings if not one.baselined)


def notes(report: Report) -> Iterator[str]:
    """Say what else the verdict rests on, a line each: no manifest, or a baseline of findings."""
    if report.proposed:
        yield "there is no manifest: weighed against what `weighbridge init` would write"
    used = report.baseline
    if used is None:
        return
    by_code = Counter(one.code for one in report.findings if one.baselined)
    codes = ", ".join(f"{code} {count}" for code, count in sorted(by_code.items()))
    told = f" ({visible(codes)})" if codes else ""
    does = "does" if by_code.total() == 1 else "do"
    file = visible(used.file)
    yield f"{plural(by_code.total(), 'finding')} of {file} {does} not count{told}"
    if used.gone:
        is_ = "is" if len(used.gone) == 1 else "are"
        command = (
            f"`weighbridge check --baseline {visible(shlex.quote(used.file))} --prune-baseline`"
        )
        names = some_of([_named(one) for one in used.gone], _GONE)
        yield f"{len(used.gone)} of {file} {is_} gone: {names}; {command} takes them out"


def _named(one: RecordedFinding) -> str:
    return visible(f"{one.code} {one.subject}")


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
    words = ("inconclusive", "waived", "baselined")
    return counted + [f"{found[word]} {word}" for word in words if found.get(word)]
