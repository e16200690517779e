"""What came of rebuilding a release: one scale for evidence and for what a policy demands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Reproduced = Literal[
    "bitwise",
    "stabilised",
    "tensor-equal",
    "predictions-within-tolerance",
    "metrics-within-tolerance",
]
"""Verdicts a policy can demand, strongest first."""

ReplayVerdict = Reproduced | Literal["different", "could-not-replay"]
"""Every verdict of a replay."""

REPLAY_VERDICTS: tuple[ReplayVerdict, ...] = (
    *get_args(Reproduced),
    "different",
    "could-not-replay",
)
"""Every verdict, strongest first."""


def reaches(verdict: ReplayVerdict, floor: Reproduced) -> bool:
    """Tell whether a verdict is at least as strong as what was demanded."""
    return REPLAY_VERDICTS.index(verdict) <= REPLAY_VERDICTS.index(floor)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberDifference:
    """How far apart two tensors of the same type and shape are.

    Attributes:
        elements: Elements of each.
        differing: Elements whose bytes differ.
        largest_absolute: Largest difference of two numbers, infinite where only one of them is,
            or they are infinities of different signs; None if the elements are no numbers.
        largest_relative: Largest difference as a share of the first number's size, infinite where
            that is zero; None if the elements are no numbers.
        lost: Elements that are not a number (NaN) on one side alone; no other figure counts them.
    """

    elements: int
    differing: int
    largest_absolute: float | None = None
    largest_relative: float | None = None
    lost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first difference between two outputs, and how large it is.

    Attributes:
        place: The member of the file it is in, members joined by `!/`; empty for the file itself.
        tensor: The first tensor that differs, in the order of the first file; empty if it is none.
        what: What differs, in words.
        size: How far the tensor is off; None if that cannot be told.
        tensors: Tensors of the place that differ.
        of: Tensors of the place in all.
    """

    place: str
    what: str
    tensor: str = ""
    size: NumberDifference | None = None
    tensors: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputVerdict:
    """How one rebuilt output compares with the recorded one.

    Attributes:
        path: Its path, as the record has it.
        verdict: How alike they are.
        stabilisers: Name and version of those that let something differ which does.
        difference: The first difference that is left; None if there is none.
    """

    path: str
    verdict: ReplayVerdict
    stabilisers: tuple[str, ...] = ()
    difference: Difference | None = None


def weakest(verdicts: Iterable[ReplayVerdict]) -> ReplayVerdict:
    """Return the weakest of some verdicts; of none, that nothing was replayed."""
    return max(verdicts, key=REPLAY_VERDICTS.index, default="could-not-replay")


def judge_outputs(
    outputs: Iterable[OutputVerdict],
    *,
    behaviour: Mapping[str, ReplayVerdict] | None = None,
) -> ReplayVerdict:
    """Fold the verdicts of all outputs to that of the replay: the weakest.

    Args:
        outputs: How each compares.
        behaviour: By path, what the predictions or metrics of a rebuilt model came to. It lifts an
            output that differs, and no other.
    """
    lifted = behaviour or {}
    return weakest(
        lifted.get(one.path, one.verdict) if one.verdict == "different" else one.verdict
        for one in outputs
    )


def not_written(path: str) -> OutputVerdict:
    """Say of a recorded output that the rebuild did not write it."""
    difference = Difference(place="", what="the rebuild did not write it")
    return OutputVerdict(path=path, verdict="different", difference=difference)
