"""Decisions of the gate, written for people and programs: why, and what would pass."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.report.account import account_lines, account_rows
from weighbridge.report.markup import prose
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.decision import Decision, Judged
    from weighbridge.report.style import Style

_STYLES: Mapping[Outcome, Style] = {
    Outcome.MET: "good",
    Outcome.UNMET: "error",
    Outcome.INCONCLUSIVE: "inconclusive",
    Outcome.WAIVED: "waived",
}
VERDICTS: Mapping[GateVerdict, Style] = {
    GateVerdict.ALLOWED: "good",
    GateVerdict.DENIED: "error",
    GateVerdict.INCONCLUSIVE: "inconclusive",
    GateVerdict.NEEDS: "warning",
}
_MODES = {
    ("observe", True): "this environment only observes: what is not met does not block",
    ("observe", False): "observed: it does not block, and nothing was moved",
    ("break-glass", True): "the glass is broken: what is not met did not block; review it",
    ("break-glass", False): "the glass is broken: what is not met does not block",
}
_WIDTH = max(map(len, Outcome))
_REPORTED = ("evidence:", "rule-pack:")
"""Conditions whose findings are a report's: what is seen names their codes."""


def render_decision(
    decision: Decision,
    *,
    generation: int,
    moved: bool,
    mode: str = "enforce",
    styled: bool = False,
    verbose: bool = False,
) -> str:
    """Write a decision: what is not met first, each with its way out, then the verdict.

    Args:
        decision: The decision.
        generation: Generation of the pointer now.
        moved: Whether it moved.
        mode: `enforce`, or `observe` if an unmet policy does not block.
        styled: Whether a terminal that shows colour looks on.
        verbose: Whether all that was skipped, waived and left out is told, and every input.
    """
    told = [one for one in decision.conditions if _is_told(one)]
    met = [one for one in decision.conditions if not _is_told(one)]
    lines = [line for one in told for line in _lines(one, styled=styled)]
    if met:
        outcome = paint(f"{Outcome.MET.value:<{_WIDTH}}", "good", styled=styled)
        names = dict.fromkeys(visible(one.id) for one in met)
        lines.extend(_wrap(", ".join(names), width=88, indent=f"{outcome}  "))
    lines.extend(_to_pass(decision, styled=styled))
    if verbose:
        lines.extend(account_lines(decision, styled=styled))
    release = visible(f"{decision.name}@{decision.version}")
    verdict = paint(decision.verdict.value, VERDICTS[decision.verdict], styled=styled)
    lines.append(f"{verdict}: {release} to {visible(decision.environment)}")
    lines.append(f"  under {visible(decision.policy)}, risk {decision.risk}, at {decision.at}")
    lines.extend(
        f"  reused {visible(one.predicate_type)} of {visible(one.release)}"
        for one in decision.reused
    )
    if (mode, moved) in _MODES:
        lines.append(f"  {_MODES[mode, moved]}")
    if moved:
        lines.append(f"  {visible(decision.environment)} points to it, generation {generation}")
    return "\n".join(lines) + "\n"


def _to_pass(decision: Decision, *, styled: bool) -> Iterator[str]:
    """Number what would have to be done."""
    if decision.steps:
        yield paint("to pass", "strong", styled=styled)
    for number, step in enumerate(decision.steps, 1):
        yield f"{number:>4}. {visible(step.told)}"


def _wrap(text: str, *, width: int, indent: str) -> list[str]:
    """Break a list of names into lines; the first has a head, the others its width of blanks."""
    lines = textwrap.wrap(text, width=width - _WIDTH - 2, break_on_hyphens=False)
    blanks = " " * (_WIDTH + 2)
    return [f"{blanks if index else indent}{line}" for index, line in enumerate(lines)]


def _is_told(judged: Judged) -> bool:
    return judged.outcome is not Outcome.MET or judged.warns or bool(judged.excluded)


def _is_open(judged: Judged) -> bool:
    return judged.outcome in {Outcome.UNMET, Outcome.INCONCLUSIVE} or judged.warns


def _lines(judged: Judged, *, styled: bool) -> Iterator[str]:
    outcome = paint(f"{judged.outcome.value:<{_WIDTH}}", _STYLES[judged.outcome], styled=styled)
    yield f"{outcome}  {visible(judged.id)}: {visible(judged.why)}"
    if not _is_open(judged):
        return
    details = {
        "at": judged.pointer,
        "wanted": judged.wanted,
        "seen": judged.seen,
    }
    for label, text in details.items():
        if text:
            yield f"    | {label:<6}  {visible(text)}"
    for step in judged.remedy:
        yield f"    = help:  {visible(step)}"
    for code in _codes(judged):
        yield f"    = more:  weighbridge explain {visible(code)}"


def _codes(judged: Judged) -> list[str]:
    """Name the rules that the gate itself found broken, unless somebody answers for it."""
    if judged.id.startswith(_REPORTED):
        return []
    return sorted({one["code"] for one in judged.findings if one.get("verdict") != Outcome.WAIVED})


def decision_markdown(decision: Decision) -> str:
    """Write a decision as a table, for a pull request."""
    release = prose(f"{decision.name}@{decision.version}")
    environment = prose(decision.environment)
    lines = [
        f"### {decision.verdict.value}: {release} to {environment}",
        "",
        "| condition | outcome | why | wanted | seen |",
        "|---|---|---|---|---|",
    ]
    for one in decision.conditions:
        cells = (one.id, one.outcome.value, one.why, one.wanted, one.seen)
        lines.append("| " + " | ".join(prose(cell) for cell in cells) + " |")
    if decision.steps:
        lines.extend(("", "To pass:", ""))
        lines.extend(f"{at}. {prose(step.told)}" for at, step in enumerate(decision.steps, 1))
    left_out = list(account_rows(decision))
    if left_out:
        lines.extend(("", "| left out | what | why |", "|---|---|---|"))
        lines.extend("| " + " | ".join(map(prose, row)) + " |" for row in left_out)
    return "\n".join(lines) + "\n"
