"""What came of rebuilding a release: one scale for evidence and for what a policy demands."""

from __future__ import annotations

from typing import Literal, get_args

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
