from __future__ import annotations

from typing import Any

import pytest

from weighbridge.model.finding import Verdict
from weighbridge.model.trial import Block, Measured
from weighbridge.rules.behaviour.performance import Kept, Promise, judge_promise

PASS, FAIL, UNSURE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


def blocks(*seconds: float, count: int = 40) -> Measured:
    """Measure blocks of requests that took some seconds each."""
    made = [Block(latencies=(one,) * count, elapsed=one * count) for one in seconds]
    return Measured(blocks=tuple(made), cold_starts=seconds, memory=int(seconds[0] * 1000))


def only(measured: Measured, baseline: Measured | None = None, **promise: Any) -> Kept:  # noqa: ANN401 - parts of a promise
    (found,) = judge_promise(Promise(**promise), measured, baseline)
    return found


STEADY = blocks(*[0.010] * 8)
NOISY = blocks(0.010, 0.050, 0.010, 0.050, 0.010, 0.050, 0.010, 0.050)
SLOW = blocks(*[0.030] * 8)


def test_a_latency_that_was_kept_throughout_is_kept() -> None:
    found = only(STEADY, latency=0.02)
    assert (found.verdict, found.message) == (PASS, "the latency was kept")
    assert found.seen == "10 ms at 99 % of 320 requests; 10 ms to 10 ms, 8 times"
    assert found.wanted == "no worse than 20 ms at 99 %"


def test_a_latency_that_every_block_missed_is_missed() -> None:
    assert only(SLOW, latency=0.02).verdict is FAIL


def test_a_noisy_machine_does_not_decide() -> None:
    found = only(NOISY, latency=0.02)
    assert (found.verdict, found.message) == (UNSURE, "the latency was kept now and then")
    assert found.help == ("measure again where nothing else runs",)


def test_what_the_baseline_misses_too_is_the_machines_doing() -> None:
    found = only(SLOW, SLOW, latency=0.02)
    assert found.verdict is UNSURE
    assert found.message == "the latency was missed, and by the baseline, too"
    assert only(SLOW, STEADY, latency=0.02).verdict is FAIL


def test_too_few_requests_tell_nothing_of_a_percentile() -> None:
    found = only(blocks(*[0.010] * 8, count=30), latency=0.02)
    assert (found.verdict, found.seen) == (UNSURE, "240 requests")
    assert found.wanted == "at least 299 requests"
    assert only(blocks(*[0.010] * 8, count=30), latency=0.02, percent=90.0).verdict is PASS


def test_another_machine_says_nothing_of_a_time_but_of_memory() -> None:
    elsewhere = "it is promised on a GPU"
    found = only(SLOW, latency=0.02, elsewhere=elsewhere)
    assert (found.verdict, found.message) == (UNSURE, elsewhere)
    assert only(STEADY, latency=0.02, elsewhere=elsewhere).verdict is UNSURE
    assert only(STEADY, memory=100.0, elsewhere=elsewhere).verdict is PASS


@pytest.mark.parametrize(("measured", "verdict"), [(STEADY, PASS), (SLOW, FAIL), (NOISY, UNSURE)])
def test_a_throughput_is_what_the_blocks_served(measured: Measured, verdict: Verdict) -> None:
    found = only(measured, throughput=50.0)
    assert (found.verdict, found.wanted) == (verdict, "no worse than 50 a second")


def test_a_throughput_of_nothing_is_always_served() -> None:
    assert only(SLOW, throughput=0.0).verdict is PASS


@pytest.mark.parametrize(("measured", "verdict"), [(STEADY, PASS), (SLOW, FAIL), (NOISY, UNSURE)])
def test_a_cold_start_is_kept_by_all_starts_or_missed_by_all(
    measured: Measured, verdict: Verdict
) -> None:
    assert only(measured, cold_start=0.02).verdict is verdict


def test_what_was_not_measured_is_not_kept() -> None:
    nothing = Measured()
    assert only(nothing, cold_start=0.02).verdict is UNSURE
    assert only(nothing, throughput=5.0).verdict is UNSURE
    assert only(nothing, memory=5.0).verdict is UNSURE
    assert only(nothing, latency=5.0).verdict is UNSURE


def test_memory_is_no_matter_of_noise() -> None:
    assert only(STEADY, memory=10.0).verdict is PASS
    found = only(STEADY, memory=9.0)
    assert (found.verdict, found.seen, found.wanted) == (FAIL, "10 bytes", "at most 9 bytes")


def regression(
    measured: Measured, baseline: Measured | None, allowed: float = 0.1
) -> list[Verdict]:
    found = list(judge_promise(Promise(regression=allowed), measured, baseline))
    assert [one.part for one in found] == ["regression:latency", "regression:throughput"]
    return [one.verdict for one in found]


def test_a_release_as_fast_as_its_baseline_passes_however_noisy_both_are() -> None:
    assert regression(STEADY, STEADY) == [PASS, PASS]
    assert regression(NOISY, NOISY) == [PASS, PASS]


def test_a_release_that_is_slower_in_every_block_has_regressed() -> None:
    assert regression(SLOW, STEADY) == [FAIL, FAIL]
    assert regression(SLOW, STEADY, allowed=2.0) == [PASS, PASS]


def test_ratios_that_scatter_decide_nothing() -> None:
    found = next(judge_promise(Promise(regression=0.1), STEADY, NOISY))
    assert found.verdict is PASS  # never slower than its neighbour
    found = next(judge_promise(Promise(regression=0.1), NOISY, STEADY))
    assert found.verdict is UNSURE
    assert found.message == "the machine is too noisy to compare the latency"
    assert found.seen == "+0 % to +400 %, 8 pairs of blocks"


def test_without_a_baseline_or_enough_blocks_nothing_is_compared() -> None:
    assert regression(STEADY, None) == [UNSURE, UNSURE]
    assert regression(blocks(0.01, 0.01), blocks(0.01, 0.01)) == [UNSURE, UNSURE]
    assert regression(STEADY, blocks(*[0.0] * 8)) == [UNSURE, UNSURE]


def test_one_start_was_measured_once() -> None:
    assert only(blocks(0.01), cold_start=0.02).seen == "10 ms to 10 ms, once"
    assert only(blocks(0.0), cold_start=0.02, throughput=None).verdict is PASS
    assert list(judge_promise(Promise(), STEADY)) == []
    instant = Measured(blocks=(Block(latencies=(0.0,), elapsed=0.0),))
    assert only(instant, throughput=5.0).seen == "none to none, once"
    assert instant.blocks[0].throughput == 0.0
    assert STEADY.blocks[0].throughput == pytest.approx(100.0)
