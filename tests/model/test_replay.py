"""One scale of verdicts: the weakest output decides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.codec.output_verdicts import output_entries
from weighbridge.model.replay import (
    REPLAY_VERDICTS,
    Difference,
    NumberDifference,
    OutputVerdict,
    ReplayVerdict,
    judge_outputs,
    not_written,
    weakest,
)

VERDICTS = st.sampled_from(REPLAY_VERDICTS)


def outputs(*verdicts: ReplayVerdict) -> list[OutputVerdict]:
    return [OutputVerdict(path=f"{at}", verdict=one) for at, one in enumerate(verdicts)]


@given(st.lists(VERDICTS, min_size=1), VERDICTS)
def test_one_more_output_never_makes_the_whole_stronger(
    verdicts: list[ReplayVerdict], more: ReplayVerdict
) -> None:
    before = judge_outputs(outputs(*verdicts))
    after = judge_outputs(outputs(*verdicts, more))
    assert after == weakest([before, more])
    assert REPLAY_VERDICTS.index(after) >= REPLAY_VERDICTS.index(before)


def test_without_an_output_nothing_was_replayed() -> None:
    assert judge_outputs([]) == "could-not-replay"


def test_predictions_lift_an_output_that_differs_and_no_other() -> None:
    lifted: dict[str, ReplayVerdict] = {
        "0": "predictions-within-tolerance",
        "1": "predictions-within-tolerance",
    }
    assert judge_outputs(outputs("different", "bitwise"), behaviour=lifted) == lifted["0"]
    assert judge_outputs(outputs("bitwise", "stabilised"), behaviour=lifted) == "stabilised"
    assert (
        judge_outputs(outputs("bitwise", "bitwise", "different"), behaviour=lifted) == "different"
    )
    assert judge_outputs(outputs("could-not-replay"), behaviour=lifted) == "could-not-replay"


def test_an_output_that_was_not_written_is_different() -> None:
    assert judge_outputs([not_written("model.onnx"), *outputs("bitwise")]) == "different"


def test_verdicts_are_written_without_floats() -> None:
    size = NumberDifference(
        elements=2, differing=1, largest_absolute=1.5e-7, largest_relative=float("inf"), lost=1
    )
    difference = Difference(place="a!/b", tensor="w", what="its numbers differ", size=size, of=3)
    one = OutputVerdict(
        path="m", verdict="different", stabilisers=("zip@1",), difference=difference
    )
    entries = output_entries([one, *outputs("bitwise")])
    assert entries == [
        {
            "path": "m",
            "verdict": "different",
            "stabilisers": ["zip@1"],
            "difference": {
                "place": "a!/b",
                "tensor": "w",
                "what": "its numbers differ",
                "size": {
                    "elements": 2,
                    "differing": 1,
                    "largestAbsolute": "1.5e-07",
                    "largestRelative": "inf",
                    "lost": 1,
                },
                "tensors": 0,
                "of": 3,
            },
        },
        {"path": "0", "verdict": "bitwise", "stabilisers": [], "difference": None},
    ]
    assert canonical_bytes(entries)
