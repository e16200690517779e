"""Decisions of the gate, written for people and programs: why, and what would pass."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.report.json import SCHEMA_VERSION
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
_VERDICTS: Mapping[GateVerdict, Style] = {
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


def render_decision(
    decision: Decision,
    *,
    generation: int,
    moved: bool,
    mode: str = "enforce",
    styled: bool = False,
) -> str:
    """Write a decision: what is not met first, each with its way out, then the verdict."""
    told = [one for one in decision.conditions if _is_told(one)]
    met = [one for one in decision.conditions if not _is_told(one)]
    lines = [line for one in told for line in _lines(one, styled=styled)]
    if met:
        outcome = paint(f"{Outcome.MET.value:<{_WIDTH}}", "good", styled=styled)
        names = dict.fromkeys(visible(one.id) for one in met)
        lines.extend(_wrap(", ".join(names), width=88, indent=f"{outcome}  "))
    release = visible(f"{decision.name}@{decision.version}")
    verdict = paint(decision.verdict.value, _VERDICTS[decision.verdict], styled=styled)
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


def decision_json(
    decision: Decision, *, generation: int, bundle: str, mode: str
) -> dict[str, object]:
    """Turn a decision into the `promote` shape."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "verdict": decision.verdict.value,
        "environment": decision.environment,
        "name": decision.name,
        "version": decision.version,
        "release": decision.release,
        "generation": generation,
        "decision": bundle or None,
        "mode": mode,
        "policy": {"name": decision.policy, "digest": decision.policy_digest},
        "outcome": decision.outcome_digest,
        "effectiveRisk": decision.risk,
        "at": decision.at,
        "conditions": [
            {
                "id": one.id,
                "outcome": one.outcome.value,
                "why": one.why,
                "seen": one.seen,
                "wanted": one.wanted,
                "pointer": one.pointer,
                "remedy": list(one.remedy),
                "skipped": list(one.skipped),
                "excluded": list(one.excluded),
                "warns": one.warns,
            }
            for one in decision.conditions
        ],
        "passesIf": list(decision.passes_if),
        "reused": [
            {
                "predicateType": one.predicate_type,
                "release": one.release,
                "statement": one.statement,
            }
            for one in decision.reused
        ],
    }


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
    return "\n".join(lines) + "\n"
