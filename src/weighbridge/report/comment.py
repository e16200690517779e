"""One comment on a pull request or merge request: verdict, what would pass, risk, what changed.

The same comment is written anew with each run, so its first line says in an HTML comment which one
it is. It has at most `ROOM` bytes, so that it fits where 65,536 characters are the most; what was
cut is said. No line begins with text from outside: GitLab would take a `/word` there for an order.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.finding import Verdict
from weighbridge.model.wording import plural
from weighbridge.report.diff import diff_rows, totals
from weighbridge.report.faults import level_of, render_fault, render_finding
from weighbridge.report.markup import code, code_block, cut, fitting, folded, prose, table
from weighbridge.report.summary import notes, ordered_skips, summary_line, told_findings
from weighbridge.report.tensors import tensor_heading, tensor_rows, tensors_left

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weighbridge.model.change import Change, TensorChanges
    from weighbridge.model.decision import Decision
    from weighbridge.model.errors import Fault
    from weighbridge.model.finding import Finding
    from weighbridge.model.report import Report, Skip
    from weighbridge.model.step import Step

ROOM = 60 * 1024
"""Bytes a comment has at most."""
NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
"""What a comment may be called: nothing that ends an HTML comment."""

_FINDINGS, _BLOCKS, _STEPS, _CHANGES, _TENSORS, _SKIPS = (
    1024 * kib for kib in (12, 10, 9, 14, 5, 4)
)
"""Bytes each part has at most; with all that is between them they are fewer than `ROOM`."""
_CELL = 200
"""Characters of a text from outside that are shown in a cell or a line."""
_NOTE = 1000
"""Characters of what else the verdict rests on, a note."""
_LISTED = 5
"""Environments that are told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What changed since another release.

    Attributes:
        name: What the other is called.
        changes: What differs between the manifests.
        tensors: What differs between the tensors.
        problem: Why it could not be told, or empty.
    """

    name: str
    changes: Sequence[Change] = ()
    tensors: Sequence[TensorChanges] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the gate of an environment would say.

    Attributes:
        environment: Its name.
        decision: The gate's word; None if it could not be asked.
        sealed: Whether the release is sealed.
        bound: What its name and version stand for already, if that is another release.
        problem: Why the gate could not be asked, or empty.
    """

    environment: str
    decision: Decision | None = None
    sealed: bool = False
    bound: str = ""
    problem: str = ""


def marker(name: str) -> str:
    """Write the line by which a comment is found again."""
    return f"<!-- weighbridge:{name} -->"


def render_comment(
    report: Report,
    *,
    name: str,
    since: Since | None = None,
    outlooks: Sequence[Outlook] = (),
) -> str:
    """Write the comment.

    Args:
        report: What the rules found.
        name: What the comment is called.
        since: What changed, if there was something to compare with.
        outlooks: What the gates of environments would say.
    """
    title = cut(f"{report.release.name}@{report.release.version}", _CELL)
    verdict, rest = summary_line(report).split(":", 1)
    findings = told_findings(report)
    parts = [marker(name), f"### weighbridge: {code(title)}", f"**{verdict}**:{rest}"]
    parts += [prose(cut(one, _NOTE)) for one in notes(report)]
    parts += [_risk(since)] if since is not None else []
    parts += _table_of(findings)
    if outlooks:
        room = _STEPS // min(len(outlooks), _LISTED)
        for one in outlooks[:_LISTED]:
            parts += _outlook(one, title, room)
        parts += _left(len(outlooks) - _LISTED, "environment")
    else:
        parts += _remedies([one for one in findings if _stops(one, report)])
    parts += _since(since) if since is not None else []
    parts += _blocks(findings)
    parts += _skipped(ordered_skips(report.skipped))
    return _whole(parts)


def render_comment_of_faults(faults: Sequence[Fault], *, name: str) -> str:
    """Write the comment where nothing could be weighed: what stood in the way."""
    blocks = [render_fault(fault) for fault in faults]
    shown = fitting(blocks, _FINDINGS, between=2)
    parts = [marker(name), "### weighbridge", "**not weighed**: nothing is known of the release"]
    parts += [code_block("\n\n".join(shown))] if shown else []
    parts += _left(len(blocks) - len(shown), "error")
    return _whole(parts)


def _whole(parts: Sequence[str]) -> str:
    """Join what there is room for; each part has its own, so this is for what nobody thought of."""
    end = "The rest is not shown: this comment is too short."
    shown = fitting(parts, ROOM - len(end) - 1, between=2)
    return "\n\n".join([*shown, end] if len(shown) < len(parts) else shown) + "\n"


def _left(count: int, noun: str) -> list[str]:
    """Say what was cut."""
    return [f"{plural(count, noun)} more not shown: this comment is too short."] * (count > 0)


def _said(text: str) -> str:
    return prose(cut(text, _CELL))


def _shown(text: str) -> str:
    return code(cut(text, _CELL))


def _risk(since: Since) -> str:
    """Say how much a mistake in what changed could hurt: as much as in its riskiest part."""
    other = _shown(since.name)
    if since.problem:
        return f"**risk unknown**: what changed since {other} could not be told"
    found = Counter[str](change.risk for change in since.changes)
    worst = next((risk for risk in ("high", "medium", "low") if found[risk]), "no")
    return f"**{worst} risk**: {totals(since.changes)} since {other}"


def _table_of(findings: Sequence[Finding]) -> list[str]:
    rows = [_row(finding) for finding in findings]
    return _tabled(("", "rule", "subject", "what is wrong", "where"), rows, _FINDINGS, "finding")


def _row(finding: Finding) -> list[str]:
    at = finding.location
    return [
        level_of(finding),
        f"{_shown(finding.code)} {_said(finding.name)}",
        _shown(finding.subject),
        _said(finding.message),
        _shown(f"{at.file}:{at.line}") if at.file else "",
    ]


def _tabled(
    headings: Sequence[str], rows: Sequence[Sequence[str]], room: int, noun: str
) -> list[str]:
    """Write as many rows as there is room for, and how many are left out."""
    lines = [" | ".join(row) for row in rows]
    shown = rows[: len(fitting(lines, room, between=len("|  |\n")))]
    parts = [table(headings, shown)] if shown else []
    return parts + _left(len(rows) - len(shown), noun)


def _listed(lines: Sequence[str], room: int) -> list[str]:
    """Number what is to be done."""
    numbered = [f"{at}. {line}" for at, line in enumerate(lines, 1)]
    shown = fitting(numbered, room, between=1)
    return ["\n".join(shown)] * bool(shown) + _left(len(numbered) - len(shown), "step")


def _stops(finding: Finding, report: Report) -> bool:
    """Tell whether the check would not pass as long as this is found."""
    unknown = finding.verdict is Verdict.INCONCLUSIVE and finding.stands
    return unknown or finding in report.failures


def _remedies(findings: Iterable[Finding]) -> list[str]:
    """List what mends findings, each way once with all the rules it is for."""
    codes: dict[str, dict[str, None]] = {}
    for one in findings:
        for step in one.remediation:
            codes.setdefault(step, {})[_shown(one.code)] = None
    told = [f"{_said(step)} ({', '.join(rules)})" for step, rules in codes.items()]
    return ["#### What would pass", *_listed(told, _STEPS)] if told else []


def _outlook(one: Outlook, title: str, room: int) -> list[str]:
    """Say what the gate of an environment wants."""
    environment = _shown(one.environment)
    decision = one.decision
    if decision is None:
        return [f"#### To {environment}", f"**unknown**: {_said(one.problem)}"]
    steps = [_step(step) for step in decision.steps]
    if one.bound:
        bound = f"{_shown(title)} stands for {_shown(one.bound)} already"
        steps.insert(0, f"raise {code('metadata.version')}: {bound}")
    if not one.sealed:
        steps.insert(bool(one.bound), code("weighbridge seal"))
    said = f"under {_shown(decision.policy)}, risk {_said(decision.risk)}"
    return [
        f"#### To {environment}",
        f"**{decision.verdict.value}** {said}. It passes if:" * bool(steps)
        or f"**{decision.verdict.value}** {said}.",
        *_listed(steps, room),
    ]


def _step(step: Step) -> str:
    command = step.action.command
    told = _shown(command) if command.startswith("weighbridge ") else _said(command)
    return f"{told} ({_said(step.who)})" if step.who else told


def _since(since: Since) -> list[str]:
    heading = f"#### Since {_shown(since.name)}"
    if since.problem:
        return [heading, f"What changed could not be told: {_said(since.problem)}"]
    headings = ("", "risk", "where", "before", "after", "rules")
    rows = list(diff_rows(since.changes))
    parts = [heading] if rows or since.tensors else []
    parts += _tabled(headings, rows, _CHANGES, "change")
    return parts + list(_tensors(since.tensors))


def _tensors(every: Sequence[TensorChanges]) -> Iterator[str]:
    """Fold away the tensors that differ, a file after the other."""
    written = []
    for found in every:
        rows = [[sign, _shown(name), _said(told)] for sign, name, told in tensor_rows(found)]
        body = [table(("", "tensor", "data"), rows)] if rows else []
        body += filter(None, [tensors_left(found)])
        summary = plural(len(found.changes), "tensor")
        joined = "\n\n".join(body)
        heading = prose(cut(tensor_heading(found), _CELL))
        written.append(f"{heading}\n\n{folded(summary, joined)}" if body else heading)
    shown = fitting(written, _TENSORS, between=2)
    yield from shown
    yield from _left(len(written) - len(shown), "file")


def _blocks(findings: Sequence[Finding]) -> list[str]:
    """Fold away the findings in full."""
    blocks = fitting([render_finding(one) for one in findings], _BLOCKS, between=2)
    left = _left(len(findings) - len(blocks), "finding")
    if not blocks:
        return left
    summary = f"{plural(len(blocks), 'finding')} in full"
    return [folded(summary, code_block("\n\n".join(blocks))), *left]


def _skipped(skips: Sequence[Skip]) -> list[str]:
    if not skips:
        return []
    rows = [(_shown(one.code), _said(one.reason), _shown(one.by)) for one in skips]
    body = "\n\n".join(_tabled(("rule", "why", "by"), rows, _SKIPS, "rule"))
    return [folded(f"{plural(len(skips), 'rule')} skipped", body)]
