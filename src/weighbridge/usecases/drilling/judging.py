"""What stood in the way of an act, line by line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weighbridge.gate.exceptions import EXPIRED
from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.finding import Severity
from weighbridge.usecases.drilling.evidence_edits import CODE
from weighbridge.usecases.drilling.interface import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from weighbridge.model.decision import Judged
    from weighbridge.model.policy import Evidence
    from weighbridge.model.verification import Audit, Problem, Verification
    from weighbridge.usecases.deciding import Promotion
    from weighbridge.usecases.drilling.interface import Line
    from weighbridge.usecases.drilling.scene import Scene

AUDIT = "log verify"
VERIFY = "verify"
RACE = "generation"
_CAUSE = re.compile(r"(?:[A-Z]{3}[0-9]{3}, )?([a-z]+(?:-[a-z]+)+)(?:;.*)?")
_OPEN = {Outcome.UNMET, Outcome.INCONCLUSIVE}


def asked(scene: Scene, done: Promotion) -> Trial:
    """Say what came of asking the gate."""
    spec = scene.origin.place.bundle.policy.spec
    demands = {f"evidence:{one.type}": one for one in reversed(spec.evidence or ())}
    demands |= {f"evidence:{one.type}:{at}": one for at, one in enumerate(spec.evidence or ())}
    open_ = [one for one in done.decision.conditions if one.outcome in _OPEN]
    # That a waiver ended says why something blocks, which is told by itself.
    lines = {line for one in open_ if one.id != EXPIRED for line in _lines(one, demands)}
    if done.lost is not None:
        lines.add((RACE,))
    verdict = done.decision.verdict
    refused = verdict is not GateVerdict.ALLOWED or done.lost is not None
    why = "; ".join(f"{one.id}: {one.why}{_seen(one)}" for one in open_)
    word = "lost" if done.lost is not None else verdict.value
    return Trial(refused=refused, verdict=word, lines=frozenset(lines), why=why)


def promoted(scene: Scene) -> Trial:
    """Ask for the promotion, as deployers do, and say what came of it."""
    return attempted(lambda: asked(scene, scene.promote()))


def verified(found: Verification) -> Trial:
    """Say what verifying the release came to."""
    return problems_told(found.problems)


def problems_told(problems: Sequence[Problem]) -> Trial:
    """Say what verifying files came to."""
    return Trial(
        refused=bool(problems),
        verdict="failed" if problems else "verified",
        lines=frozenset({(VERIFY,)} if problems else set()),
        why="; ".join(f"{one.code} {one.subject}: {one.message}" for one in problems),
    )


def audited(found: Audit) -> Trial:
    """Say what verifying the ledger came to."""
    why = "; ".join(dict.fromkeys(problem.message for problem in found.problems))
    return Trial(
        refused=bool(found.problems),
        verdict="failed" if found.problems else "verified",
        lines=frozenset({(AUDIT,)} if found.problems else set()),
        why=why,
    )


def attempted(act: Callable[[], Trial], *, what: str = "") -> Trial:
    """Do something that may be refused by an error, and say what came of it.

    Args:
        act: What is done.
        what: What the line is called; by default the error's code, and its cause if that is a word.
    """
    try:
        return act()
    except WeighbridgeError as error:
        fault = error.faults[0]
        cause = _CAUSE.fullmatch(fault.cause)
        name = what or (cause[1] if cause else error.code)
        return Trial(
            refused=True,
            verdict="refused",
            lines=frozenset({(name,)}),
            why=f"{error.code}: {fault.message}",
        )


def done(act: Callable[[], object], *, what: str = "") -> Trial:
    """Do something that is refused by an error or not at all."""

    def trial() -> Trial:
        act()
        return Trial(refused=False, verdict="done")

    return attempted(trial, what=what)


def first_refused(trials: Iterable[Trial]) -> Trial:
    """Sum up acts of which any that is refused is enough: what stood in the way of each."""
    every = list(trials)
    refused = [one for one in every if one.refused]
    if not refused:
        return every[-1]
    return Trial(
        refused=True,
        verdict=refused[0].verdict,
        lines=frozenset().union(*(one.lines for one in refused)),
        why="; ".join(one.why for one in refused),
    )


def _lines(judged: Judged, demands: Mapping[str, Evidence]) -> Iterator[Line]:
    """Name what stands in the way within one condition: rules, or the condition itself."""
    demand = demands.get(judged.id)
    blocking = [one for one in judged.findings if demand is None or _blocks(one, demand)]
    for finding in blocking:
        yield (judged.id,) if finding["code"] == CODE else (finding["code"], judged.id)
    if judged.skipped or not blocking:
        yield (judged.id,)


def _blocks(finding: Mapping[str, str], demand: Evidence) -> bool:
    if finding["verdict"] == "waived":
        return False
    if finding["verdict"] == "inconclusive":
        return demand.blocks_inconclusive
    rank = Severity(finding["severity"]).rank if finding["severity"] in set(Severity) else 99
    return rank > Severity(demand.none_above or "warning").rank


def _seen(judged: Judged) -> str:
    return f" ({judged.seen})" if judged.seen else ""
