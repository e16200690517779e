"""Promises of performance, each measured under the load it is given for (REP006)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.finding import Verdict
from weighbridge.model.trial import (
    PERFORMANCE,
    Load,
    NoAnswerError,
    Result,
    WrongAnswerError,
)
from weighbridge.rules.behaviour.performance import Promise, judge_promise
from weighbridge.usecases.trying.measuring import Plan, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.release.evaluation import Performance
    from weighbridge.model.trial import Measured, Runner, Served

_USUAL = 99.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What promises are measured with.

    Attributes:
        runner: Who runs the release, and its baseline.
        served: The release, and its baseline if there is one.
        requests: What they are asked.
        seconds: Seconds the blocks of one release may take, of one promise.
        hardware: What somebody says this machine is; empty if nobody does.
        unable: Why the baseline cannot be run; None if it can, or there is none.
    """

    runner: Runner
    served: Sequence[Served]
    requests: Sequence[Mapping[str, Any]]
    seconds: float
    hardware: str
    unable: NoAnswerError | None = None


def judge_promises(performance: list[Performance], bench: Bench) -> Iterator[Result]:
    """Measure, and hold what was measured against each promise."""
    for index, one in enumerate(performance):
        if not _promises(one):
            continue
        try:
            measured = _measured(one, bench)
        except NoAnswerError as error:
            yield _told(index, Verdict.INCONCLUSIVE, f"it cannot be measured: {error}", error.help)
            continue
        except WrongAnswerError as error:
            yield _told(index, Verdict.FAIL, f"it breaks under load: {error}")
            continue
        promise = _promise(one, bench)
        beside = measured[1] if len(measured) > 1 else None
        for kept in judge_promise(promise, measured[0], beside):
            yield Result(
                name=f"performance:{index}:{kept.part}",
                code=PERFORMANCE,
                verdict=kept.verdict,
                pointer=f"/spec/evaluation/performance/{index}",
                message=kept.message,
                seen=kept.seen,
                wanted=kept.wanted,
                help=kept.help,
            )


def _promises(one: Performance) -> bool:
    given = (one.latency, one.throughput, one.memory, one.cold_start, one.regression)
    return any(value is not None for value in given)


def _measured(one: Performance, bench: Bench) -> list[Measured]:
    if bench.unable is not None:
        raise NoAnswerError(f"the baseline cannot be run: {bench.unable}", *bench.unable.help)
    if not bench.requests:
        raise NoAnswerError("there is no known input to ask it", "add spec.evaluation.golden")
    load = Load(
        concurrency=(one.load.concurrency if one.load else None) or 1,
        rate=float((one.load.rate if one.load else None) or 0),
        duration=_seconds(one.load.duration if one.load else None) or 0.0,
    )
    if load.concurrency > 1 and bench.runner.local:
        message = f"what is started here answers one request at a time, and {load.concurrency} are"
        raise NoAnswerError(f"{message} to be open at once", "serve it: --endpoint URL")
    percent = _USUAL if one.percentile is None else float(one.percentile)
    plan = Plan(load=load, percent=percent, seconds=bench.seconds)
    return measure(bench.runner, bench.served, bench.requests, plan)


def _promise(one: Performance, bench: Bench) -> Promise:
    elsewhere = ""
    if one.hardware is not None and one.hardware != bench.hardware:
        elsewhere = f"it is promised on {one.hardware}, and nobody says that this is one"
    elif one.per_replica and not bench.runner.local:
        elsewhere = "it is promised of each replica, and nobody sees from here how many there are"
    return Promise(
        percent=_USUAL if one.percentile is None else float(one.percentile),
        latency=_seconds(one.latency),
        throughput=None if one.throughput is None else float(one.throughput),
        memory=None if one.memory is None else float(one.memory),
        cold_start=_seconds(one.cold_start),
        regression=None if one.regression is None else float(one.regression),
        elsewhere=elsewhere,
    )


def _seconds(duration: str | None) -> float | None:
    return None if duration is None else float(duration.removesuffix("s"))


def _told(index: int, verdict: Verdict, message: str, help_: tuple[str, ...] = ()) -> Result:
    return Result(
        name=f"performance:{index}",
        code=PERFORMANCE,
        verdict=verdict,
        pointer=f"/spec/evaluation/performance/{index}",
        message=message,
        help=help_,
    )
