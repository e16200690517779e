"""The packages of a release against an approved baseline, and against those now there.

Judged from the bytes of the sealed locks. A lock that is not there or cannot be read, a baseline
that approves nothing, an entry without a version: all of it leaves open what was asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.gate.case import runtime_lock
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.wording import plural, some_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.codec.bundle.baseline import Baseline
    from weighbridge.gate.case import Case
    from weighbridge.model.graph.changes import PackageChange
    from weighbridge.model.lock import Lock, Pin

BASELINE_ID = "dependencies:baseline"
TRANSITIVE_ID = "dependencies:transitive"
_POINTER = "/spec/dependencies/runtime"
_SHOWN = 20
_SEAL_AGAIN = "seal a release with a lock that can be read"
_OTHER_DATA = "have owners publish a policy with a baseline"
_TELLING = "lock in a format that says who needs whom: uv.lock, or what pip-compile writes"
_DRIFT, _UNEXPECTED = "DEP010", "DEP011"


class _OpenError(Exception):
    """What was asked cannot be decided."""

    def __init__(self, why: str, remedy: str = _SEAL_AGAIN) -> None:
        """Say why, and what to do."""
        super().__init__(why)
        self.remedy = remedy


def judge_dependencies(case: Case) -> Iterator[Judged]:
    """Judge the packages of the runtime lock as far as the policy asks."""
    packages = case.policy.dependencies
    if packages is None:
        return
    if packages.baseline is not None:
        yield _closed(BASELINE_ID, case, lambda: _judge_baseline(case, packages.baseline or ""))
    if packages.compares:
        yield _closed(TRANSITIVE_ID, case, lambda: _judge_transitives(case))


def _closed(name: str, case: Case, judge: Any) -> Judged:  # noqa: ANN401 - a function of nothing
    try:
        found: Judged = judge()
    except _OpenError as error:
        return Judged(
            id=name,
            outcome=Outcome.INCONCLUSIVE,
            why=str(error),
            pointer=_POINTER,
            remedy=(error.remedy,),
            inputs=_inputs(case),
        )
    return found


def _judge_baseline(case: Case, name: str) -> Judged:
    """Hold every entry of the lock against the approved versions."""
    baseline = _baseline(case, name)
    lock = _lock(case, case.manifest, "the release")
    off = [pin for pin in lock.pins if _admitted(baseline, pin) is False]
    unsure = [pin for pin in lock.pins if _admitted(baseline, pin) is None]
    packages = case.policy.dependencies
    warns = packages is not None and packages.off_baseline == "warn" and bool(off)
    told = (
        *(_finding(_DRIFT, _called(pin), severity="error") for pin in off),
        *(_finding(_DRIFT, _called(pin), severity="error", sure=False) for pin in unsure),
    )
    outcome = _outcome(off, unsure, warns=warns)
    return Judged(
        id=BASELINE_ID,
        outcome=outcome,
        why=_drifted(len(lock.pins), off, unsure),
        seen=_listed(_called(pin) for pin in [*off, *unsure]),
        wanted=_listed(_approved(baseline, pin) for pin in [*off, *unsure])
        if told
        else f"the baseline {name}",
        pointer=_POINTER,
        remedy=() if not told else _back(name),
        findings=told,
        inputs=_inputs(case),
        warns=warns and outcome is Outcome.MET,
    )


def _baseline(case: Case, name: str) -> Baseline:
    from weighbridge.codec.bundle.baseline import BaselineError, read_baseline  # noqa: PLC0415 - rare

    if name not in case.bundle.data:
        raise _OpenError(f"the policy has no data {name} to take as a baseline", _OTHER_DATA)
    try:
        return read_baseline(case.bundle.data[name])
    except BaselineError as error:
        raise _OpenError(f"data.{name} is no baseline: {error}", _OTHER_DATA) from error


def _admitted(baseline: Baseline, pin: Pin) -> bool | None:
    """Tell whether an entry is approved; None if that cannot be told."""
    if pin.source == "include":
        return None
    if pin.name not in baseline:
        return False
    return None if pin.version is None else baseline.admits(pin.name, pin.version)


def _approved(baseline: Baseline, pin: Pin) -> str:
    if pin.name in baseline:
        return f"{pin.name}{baseline.shown(pin.name)}"
    return f"{pin.name} in the baseline"


def _drifted(count: int, off: Sequence[Pin], unsure: Sequence[Pin]) -> str:
    if not off and not unsure:
        return f"{plural(count, 'package')} as approved"
    told = [f"{plural(len(off), 'package')} off the baseline"] if off else []
    told += [f"of {plural(len(unsure), 'entry', 'entries')} the version is not known"] * bool(
        unsure
    )
    return ", ".join(told)


def _back(name: str) -> tuple[str, ...]:
    return (
        "lock the approved versions again, and seal",
        f"or have owners approve these: publish a policy with another data/{name}.json",
    )


def _judge_transitives(case: Case) -> Judged:
    """Hold what nobody asked for itself against what is there now."""
    if not case.serving:
        why = "there is no other release of its name to compare with"
        return Judged(id=TRANSITIVE_ID, outcome=Outcome.MET, why=why, inputs=_inputs(case))
    if case.serving_manifest is None:
        raise _OpenError(f"the release now there cannot be read: {case.serving}")
    changes = _changes(case, case.serving_manifest)
    packages = case.policy.dependencies
    warns = packages is not None and packages.unexpected_transitives == "warn" and bool(changes)
    return Judged(
        id=TRANSITIVE_ID,
        outcome=_outcome(changes, (), warns=warns),
        why=f"{plural(len(changes), 'package')} nobody asked for changed"
        if changes
        else "nothing changed that nobody asked for",
        seen=_listed(map(_told, changes)),
        wanted="the packages of the release now there, but for what was asked for itself",
        pointer=_POINTER,
        remedy=("ask for them where the lock is made from, or lock what was there before",)
        if changes
        else (),
        findings=tuple(
            {**_finding(_UNEXPECTED, one.name, severity="warning"), "seen": _told(one)}
            for one in changes
        ),
        inputs=_inputs(case),
        warns=warns,
    )


def _changes(case: Case, serving: Mapping[str, Any]) -> list[PackageChange]:
    from weighbridge.model.graph.building import GraphError, graph_of  # noqa: PLC0415 - rare
    from weighbridge.model.graph.changes import package_changes  # noqa: PLC0415 - rare

    ours, theirs = (
        _lock(case, case.manifest, "the release"),
        _lock(case, serving, "the release now there"),
    )
    if any(pin.source == "include" for lock in (ours, theirs) for pin in lock.pins):
        raise _OpenError("a lock refers to another file, which is not sealed")
    try:
        before, after = graph_of(theirs), graph_of(ours)
    except GraphError as error:
        raise _OpenError(f"a lock is too large to be compared: {error}") from error
    changes = list(package_changes(before, after))
    untold = [graph for graph in (before, after) if graph.origin == "nobody"]
    if changes and untold:
        names = some_of([change.name for change in changes])
        why = f"packages changed, and a lock does not say who needs them: {names}"
        raise _OpenError(why, _TELLING)
    return [change for change in changes if not change.direct]


def _told(change: PackageChange) -> str:
    """Write what happened to a package, and who brings it."""
    versions = [", ".join(filter(None, side)) for side in (change.before, change.after)]
    path = " -> ".join(change.path)
    return f"{change.kind} {change.name} {' -> '.join(filter(None, versions))} ({path})"


def _lock(case: Case, manifest: Mapping[str, Any], whose: str) -> Lock:
    """Read a runtime lock from the bytes in the case."""
    from weighbridge.codec.locks import LockSyntaxError, read_lock  # noqa: PLC0415 - rare

    told = runtime_lock(manifest)
    data = case.locks.get(told.get("digest", ""))
    if data is None:
        raise _OpenError(f"the lock of {whose} is not there")
    try:
        lock = read_lock(data, told.get("format", ""), told.get("lock", "lock"))
    except LockSyntaxError as error:
        raise _OpenError(f"the lock of {whose} cannot be read: {error}") from error
    return lock


def _inputs(case: Case) -> tuple[str, ...]:
    """Name what the judgement is about: the locks, and the release that was compared with."""
    return tuple(sorted({*case.locks, *([case.serving] if case.serving else [])}))


def _outcome(bad: Sequence[object], unsure: Sequence[object], *, warns: bool) -> Outcome:
    if bad and not warns:
        return Outcome.UNMET
    return Outcome.INCONCLUSIVE if unsure else Outcome.MET


def _finding(code: str, subject: str, *, severity: str, sure: bool = True) -> dict[str, str]:
    verdict = "fail" if sure else "inconclusive"
    return {"code": code, "severity": severity, "subject": subject, "verdict": verdict}


def _called(pin: Pin) -> str:
    return f"{pin.name}=={pin.version}" if pin.version is not None else pin.name


def _listed(names: Iterable[str]) -> str:
    return some_of(list(dict.fromkeys(names)), _SHOWN)
