"""The way back: whether there is one, and whether what starts and verifies it is declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.authoring.todo import TODO
from weighbridge.model.finding import Severity
from weighbridge.rules import items, placed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.fact import Facts
    from weighbridge.model.release import Spec
    from weighbridge.model.release.rollout import FailureMode, Rollback
    from weighbridge.rules.interface import Judgement

ROLLBACK = "/spec/rollback"


def judge(spec: Spec, facts: Facts) -> Iterator[Judgement]:
    """Say what is wrong with the way back."""
    modes = {mode.id: mode for mode in spec.failure_modes or ()}
    if spec.rollback is None:
        yield from _no_way_back(spec, facts)
        return
    analyses = {each.name for each in spec.rollout.analysis or ()} if spec.rollout else set()
    yield from _started(spec.rollback, analyses, modes, facts)
    for index, name in enumerate(spec.rollback.verify or ()):
        if name not in (TODO, *analyses):
            what = "a rollback is verified by"
            yield _undeclared(facts, f"{ROLLBACK}/verify/{index}", what, name, analyses)
    yield from _not_listed(spec, spec.rollback, facts)


def _no_way_back(spec: Spec, facts: Facts) -> Iterator[Judgement]:
    """Ask for a rollback where something is rolled out step by step, or wants to be undone."""
    if items.is_todo(facts, ROLLBACK):
        return
    strategy = spec.rollout.strategy if spec.rollout else TODO
    wanting = [mode.id for mode in spec.failure_modes or () if mode.action == "rollback"]
    if strategy not in (TODO, "recreate"):
        why, where = f"a {strategy} rollout has no spec.rollback", "/spec/rollout"
    elif wanting:
        where = "/spec/failureModes"
        why = f"failure mode {wanting[0]} asks for a rollback, and there is no spec.rollback"
    else:
        return
    yield placed.against(
        facts,
        ROLLBACK,
        why,
        location=items.place(facts, where, key=True),
        seen="no `rollback`",
        wanted="rollback: {to: previous}",
        remediation=(placed.setting(facts, f"{ROLLBACK}/to", "previous"),),
    )


def _started(
    rollback: Rollback, analyses: set[str], modes: Mapping[str, FailureMode], facts: Facts
) -> Iterator[Judgement]:
    """Judge what starts a rollback by itself."""
    for index, name in enumerate(rollback.automatic_on or ()):
        at = f"{ROLLBACK}/automaticOn/{index}"
        if name == TODO or name in analyses:
            continue
        if name not in modes:
            what = "a rollback is started by"
            yield _undeclared(facts, at, what, name, {*analyses, *modes})
        elif modes[name].signal is None and not _signal_is_todo(name, modes, facts):
            mode = f"/spec/failureModes/{list(modes).index(name)}"
            yield placed.against(
                facts,
                at,
                f"a rollback is started by {name}, a failure mode that no signal shows",
                seen="no `signal`",
                wanted="signal: the name of a metric, an alert or an analysis",
                remediation=(placed.setting(facts, f"{mode}/signal"),),
            )


def _signal_is_todo(name: str, modes: Mapping[str, FailureMode], facts: Facts) -> bool:
    return items.is_todo(facts, f"/spec/failureModes/{list(modes).index(name)}/signal")


def _undeclared(facts: Facts, at: str, what: str, name: str, known: set[str]) -> Judgement:
    message = f"{what} {name}, which is not declared"
    kind = "an analysis or a failure mode"
    return placed.one_of(facts, at, message, seen=name, names=known, what=kind)


def _not_listed(spec: Spec, rollback: Rollback, facts: Facts) -> Iterator[Judgement]:
    """Warn of failure modes that ask for a rollback which nothing starts."""
    if items.is_todo(facts, f"{ROLLBACK}/automaticOn"):
        return
    for index, mode in enumerate(spec.failure_modes or ()):
        listed = (TODO, *(rollback.automatic_on or ()))
        if mode.action == "rollback" and mode.id not in listed and mode.signal not in listed[1:]:
            at = f"/spec/failureModes/{index}/action"
            yield placed.against(
                facts,
                at,
                f"failure mode {mode.id} asks for a rollback, and spec.rollback.automaticOn "
                "does not list it",
                seen="action: rollback",
                wanted=f"automaticOn: [{mode.id}]",
                remediation=(
                    f"add `{mode.id}` to `spec.rollback.automaticOn`",
                    f"or, if people decide, {placed.setting(facts, at, 'page')}",
                ),
                severity=Severity.WARNING,
            )
