"""Where a release stands before any evidence is read: when it may move, soaked, validated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.severities import in_time, is_over, over
from weighbridge.gate.stops import judge_freeze
from weighbridge.gate.times import after, moment, span
from weighbridge.gate.view import items
from weighbridge.gate.windows import judge_windows
from weighbridge.model.decision import Judged, Need, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from weighbridge.gate.case import Case
    from weighbridge.model.policy.demands import Targets


_REPORT = "weighbridge check REF --for-target {target} --sign --key NAME"


def judge_standing(case: Case) -> Iterator[Judged]:
    """Judge when it may move, the environment before this one, and how long it was there."""
    yield from _judge_hold(case)
    yield from judge_freeze(case)
    yield from judge_windows(case)
    yield from _judge_way(case)


def _judge_hold(case: Case) -> Iterator[Judged]:
    if case.held:
        yield Judged(
            id="not-held",
            outcome=Outcome.UNMET,
            why="the environment is held",
            seen=case.held,
            wanted="no hold",
            remedy=("weighbridge lift RELEASE --in ENV --reason TEXT --key NAME",),
            binds=False,
        )


def _judge_way(case: Case) -> Iterator[Judged]:
    """Judge whether the release comes from the environment before, and has soaked there."""
    spec = case.environment["spec"]
    before = spec.get("promotesFrom")
    if before is None:
        return
    if not case.arrived:
        yield Judged(
            id="promoted-before",
            outcome=Outcome.UNMET,
            why=f"the release is not in {before}",
            wanted=f"promoted to {before} first",
            remedy=(f"weighbridge promote REF --to {before}",),
            binds=False,
        )
        return
    why = f"in {before} since {case.arrived}"
    yield Judged(id="promoted-before", outcome=Outcome.MET, why=why, binds=False)
    soak = spec.get("soak")
    if soak is not None:
        yield _judge_soak(case, before, soak)


def _judge_soak(case: Case, before: str, soak: str) -> Judged:
    """Judge how long the release was in the environment before; what left it soaks no longer."""
    stayed = moment(case.departed or case.now) - moment(case.arrived)
    soaked = stayed >= span(soak)
    left = bool(case.departed) and not soaked
    until = f", until {case.departed}" if case.departed else ""
    ends = after(case.arrived, soak)
    return Judged(
        id="soaked",
        outcome=Outcome.MET if soaked else Outcome.UNMET,
        why=f"in {before} since {case.arrived}{until}",
        seen=f"now {case.now}",
        wanted=f"{soak} in {before}" if left else f"not before {ends}",
        remedy=(f"weighbridge promote REF --to {before}",) if left else (),
        waits=not left,
        binds=False,
        need=None if soaked or left else Need(condition="soaked", until=ends),
    )


def judge_targets(case: Case, validated: Collection[str]) -> Iterator[Judged]:
    """Judge whether the declared targets were validated; what declares none needs none.

    Args:
        case: The case.
        validated: Targets that a report which is good enough was made for.
    """
    targets = case.policy.targets
    declared = [str(item.get("name", "")) for item in items(case.today["spec"], "targets")]
    if targets is None or not declared:
        return
    if is_over(targets, case.now):
        yield over("targets", targets)
        return
    yield from in_time([_judge_targets(targets, declared, validated)], targets, case.now)


def _judge_targets(targets: Targets, declared: Sequence[str], validated: Collection[str]) -> Judged:
    missing = [name for name in declared if name not in validated]
    enough = not missing if targets.required == "all-validated" else len(missing) < len(declared)
    return Judged(
        id="targets",
        outcome=Outcome.MET if enough else Outcome.INCONCLUSIVE,
        why="validated" if enough else "there is no evidence for these targets",
        seen=", ".join(sorted(validated)) or "none",
        wanted=", ".join(declared),
        remedy=() if enough else tuple(_REPORT.format(target=name) for name in missing),
        findings=() if enough else tuple(map(_unvalidated, missing)),
    )


def _unvalidated(target: str) -> dict[str, str]:
    return {
        "code": "CMP007",
        "severity": "error",
        "subject": target,
        "verdict": "inconclusive",
    }
