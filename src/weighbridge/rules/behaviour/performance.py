"""Whether a promise of performance was kept, so that a noisy machine does not decide.

Noise makes a model slower, never faster. So a promise that was kept is kept; one is missed only if
every block of requests missed it, and a baseline that ran between them did not miss it, too. What
lies between is inconclusive. Against a baseline each block is held against its neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.model.finding import Verdict
from weighbridge.rules.behaviour.intervals import percentile, percentile_bound, samples_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weighbridge.model.trial import Measured

LEAST_BLOCKS: Final = 6
"""With fewer pairs no interval of their ratios says anything (sign test, 1 - 2 × 7 / 64 = 78 %)."""

_USUAL: Final = 99.0
"""The percentile of a latency that names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A promise of performance; None for what is not promised.

    Attributes:
        percent: Share of requests that keep the latency, in percent.
        latency: Longest time a request may take, in seconds.
        throughput: Requests a second.
        memory: Bytes that must suffice.
        cold_start: Longest time from the start to the first answer, in seconds.
        regression: Share by which each may be worse than that of the baseline.
        elsewhere: Why its times say nothing of this machine; empty if they do.
    """

    percent: float = _USUAL
    latency: float | None = None
    throughput: float | None = None
    memory: float | None = None
    cold_start: float | None = None
    regression: float | None = None
    elsewhere: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What came of one part of a promise.

    Attributes:
        part: `latency`, `throughput`, `memory`, `cold-start`, or `regression` of one of them.
        verdict: What came of it.
        message: A clause.
        seen: What was measured.
        wanted: What was promised.
        help: What to do, a step an entry.
    """

    part: str
    verdict: Verdict
    message: str
    seen: str
    wanted: str
    help: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quantity:
    """Something that was measured of both, a value a block; a smaller one is better.

    Attributes:
        name: What it is called.
        unit: How a value is written.
        own: Values of the release.
        beside: Values of the baseline, each measured beside its neighbour; empty without one.
    """

    name: str
    unit: Callable[[float], str]
    own: tuple[float, ...]
    beside: tuple[float, ...]


def judge_promise(
    promise: Promise, measured: Measured, baseline: Measured | None = None
) -> Iterator[Kept]:
    """Judge each part of a promise.

    Args:
        promise: The promise.
        measured: What was measured of the release.
        baseline: What was measured beside it of another; None if nothing was.
    """
    latency = _latencies(promise, measured, baseline)
    throughput = _throughputs(measured, baseline)
    cold = _cold(measured, baseline)
    if promise.latency is not None:
        yield _latency(promise, measured, latency)
    if promise.throughput is not None:
        yield _timed(throughput, 1 / promise.throughput if promise.throughput else None, promise)
    if promise.memory is not None:
        yield _memory(promise.memory, measured)
    if promise.cold_start is not None:
        yield _timed(cold, promise.cold_start, promise)
    if promise.regression is not None:
        for one in (latency, throughput):
            yield _regression(one, promise.regression, known=baseline is not None)


def _seconds(value: float) -> str:
    return f"{value * 1000:.4g} ms"


def _rate(value: float) -> str:
    return f"{1 / value:.4g} a second" if value else "none"


def _latencies(promise: Promise, own: Measured, beside: Measured | None) -> _Quantity:
    def of(one: Measured | None) -> tuple[float, ...]:
        blocks = one.blocks if one else ()
        return tuple(percentile(block.latencies, promise.percent) for block in blocks)

    return _Quantity(name="latency", unit=_seconds, own=of(own), beside=of(beside))


def _throughputs(own: Measured, beside: Measured | None) -> _Quantity:
    def of(one: Measured | None) -> tuple[float, ...]:
        blocks = one.blocks if one else ()
        return tuple(block.elapsed / len(block.latencies) for block in blocks)

    return _Quantity(name="throughput", unit=_rate, own=of(own), beside=of(beside))


def _cold(own: Measured, beside: Measured | None) -> _Quantity:
    started = beside.cold_starts if beside else ()
    return _Quantity(name="cold-start", unit=_seconds, own=own.cold_starts, beside=started)


def _latency(promise: Promise, measured: Measured, quantity: _Quantity) -> Kept:
    """Judge the latency: that of all requests passes it, blocks fail it."""
    limit = promise.latency or 0.0
    values = [one for block in measured.blocks for one in block.latencies]
    needed = samples_for(promise.percent)
    if len(values) < needed:
        return Kept(
            part="latency",
            verdict=Verdict.INCONCLUSIVE,
            message=f"too few requests to tell a latency at {promise.percent:g} %",
            seen=f"{len(values)} requests",
            wanted=f"at least {needed} requests",
            help=("give it more time: --time SECONDS",),
        )
    bound = percentile_bound(values, promise.percent)
    kept = bound is not None and bound <= limit
    judged = _timed(quantity, limit, promise, kept=kept)
    at = f"{_seconds(percentile(values, promise.percent))} at {promise.percent:g} %"
    return Kept(
        part=judged.part,
        verdict=judged.verdict,
        message=judged.message,
        seen=f"{at} of {len(values)} requests; {judged.seen}",
        wanted=f"{judged.wanted} at {promise.percent:g} %",
        help=judged.help,
    )


def _timed(
    quantity: _Quantity, limit: float | None, promise: Promise, *, kept: bool | None = None
) -> Kept:
    """Judge a time a machine can spoil: by the best and the worst block, and by the baseline's."""
    verdict, message, help_ = _decided(quantity, limit, promise.elsewhere, kept=kept)
    return Kept(
        part=quantity.name,
        verdict=verdict,
        message=message,
        seen=_span(quantity.own, quantity.unit),
        wanted="any" if limit is None else f"no worse than {quantity.unit(limit)}",
        help=help_,
    )


def _decided(
    quantity: _Quantity, limit: float | None, elsewhere: str, *, kept: bool | None
) -> tuple[Verdict, str, tuple[str, ...]]:
    name = quantity.name.replace("-", " ")
    if limit is None:
        return Verdict.PASS, f"no {name} is too low", ()
    if not quantity.own:
        return Verdict.INCONCLUSIVE, f"the {name} was not measured", ()
    if elsewhere:
        return Verdict.INCONCLUSIVE, elsewhere, ("say what this is: --hardware NAME",)
    if max(quantity.own) <= limit if kept is None else kept:
        return Verdict.PASS, f"the {name} was kept", ()
    return _not_kept(quantity, limit)


def _not_kept(quantity: _Quantity, limit: float) -> tuple[Verdict, str, tuple[str, ...]]:
    """Say of a time that was not kept throughout whether it was missed."""
    name = quantity.name.replace("-", " ")
    quieter = "measure again where nothing else runs"
    if min(quantity.own) <= limit:
        return Verdict.INCONCLUSIVE, f"the {name} was kept now and then", (quieter,)
    if quantity.beside and min(quantity.beside) > limit:
        message = f"the {name} was missed, and by the baseline, too"
        return Verdict.INCONCLUSIVE, message, (quieter, "or measure on the machine it is for")
    return Verdict.FAIL, f"the {name} was missed throughout", ()


def _memory(limit: float, measured: Measured) -> Kept:
    wanted, seen = f"at most {limit:.0f} bytes", measured.memory
    if seen is None:
        verdict, message = Verdict.INCONCLUSIVE, "the memory it holds cannot be seen from here"
    elif seen <= limit:
        verdict, message = Verdict.PASS, "the memory sufficed"
    else:
        verdict, message = Verdict.FAIL, "it held more memory than was promised"
    text = "" if seen is None else f"{seen} bytes"
    return Kept(part="memory", verdict=verdict, message=message, seen=text, wanted=wanted)


def _regression(quantity: _Quantity, allowed: float, *, known: bool) -> Kept:
    """Judge how much worse it is than its neighbour, block by block."""
    part = f"regression:{quantity.name}"
    wanted = f"at most {allowed * 100:g} % worse than the baseline"
    pairs = zip(quantity.own, quantity.beside, strict=False)
    ratios = sorted(own / beside for own, beside in pairs if beside > 0)

    def told(verdict: Verdict, message: str, seen: str, *help_: str) -> Kept:
        return Kept(
            part=part, verdict=verdict, message=message, seen=seen, wanted=wanted, help=help_
        )

    if not known:
        message = "there was no baseline to be measured beside it"
        return told(Verdict.INCONCLUSIVE, message, "", "name one: --baseline REF")
    if len(ratios) < LEAST_BLOCKS:
        seen = f"{len(ratios)} pairs of blocks"
        help_ = "give it more time: --time SECONDS"
        return told(Verdict.INCONCLUSIVE, "too few blocks to compare", seen, help_)
    low, high = ratios[1], ratios[-2]
    seen = f"{_worse(low)} to {_worse(high)}, {len(ratios)} pairs of blocks"
    if high <= 1 + allowed:
        return told(Verdict.PASS, f"the {quantity.name} is no worse than that", seen)
    if low > 1 + allowed:
        return told(Verdict.FAIL, f"the {quantity.name} is worse throughout", seen)
    message = f"the machine is too noisy to compare the {quantity.name}"
    return told(Verdict.INCONCLUSIVE, message, seen, "measure again where nothing else runs")


def _worse(ratio: float) -> str:
    return f"{(ratio - 1) * 100:+.3g} %"


def _span(values: Sequence[float], unit: Callable[[float], str]) -> str:
    if not values:
        return "nothing"
    count = f"{len(values)} times" if len(values) > 1 else "once"
    return f"{unit(min(values))} to {unit(max(values))}, {count}"
