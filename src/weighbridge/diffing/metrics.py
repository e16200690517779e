"""Metrics of two models, held against one another by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.diffing.nearness import Near, is_nan, number
from weighbridge.model.agreement import MetricAgreement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.release.build import Tolerance


def judge_metrics(
    expected: Mapping[str, object],
    seen: Mapping[str, object],
    *,
    tolerance: Tolerance | None = None,
) -> tuple[MetricAgreement, ...]:
    """Compare each recorded metric with what was measured.

    Args:
        expected: Decimal text (or number) of each recorded metric by name.
        seen: The same of what was measured; metrics nobody recorded are not judged.
        tolerance: How far each may be off.

    Returns:
        One a recorded metric, in their order. What was not measured, or is no number on either
        side, NaN included, is not within.
    """
    near = Near.of(tolerance)
    return tuple(_judge(name, value, seen.get(name), near) for name, value in expected.items())


def _judge(name: str, expected: object, seen: object, near: Near) -> MetricAgreement:
    old, new = number(expected), number(seen)
    why = ""
    if seen is None:
        why = "it was not measured"
    elif old is None or is_nan(old):
        why = f"what was recorded is no number: {expected}"
    elif new is None or is_nan(new):
        why = f"what was measured is no number: {seen}"
    elif not near.holds(old, new):
        why = f"it is {seen} and not {expected}"
    said = "" if seen is None else str(seen)
    return MetricAgreement(name=name, expected=str(expected), seen=said, within=not why, why=why)
