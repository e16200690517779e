"""How well two answers of a model agree, and two sets of metrics: figures, and who is within."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What became of comparing the answers of two models to the same inputs.

    Attributes:
        within: Whether every value is as near as the tolerance wants, and every shape the same.
        why: What is wrong first, in words; empty if nothing is.
        compared: Values compared.
        beyond: Values that are not near enough.
        first: Where the first of them is: an index for each dimension.
        largest_absolute: Largest difference of two numbers.
        largest_relative: Largest difference as a share of the expected number's size, infinite
            where that is zero.
        not_numbers: Places where both have NaN; they count as near enough.
        flips: Rows whose likeliest label, or whose label, is another.
        rows: Rows that have a label.
        ranking: Kendall's tau-b of the values, from -1 to 1; None if one side has no order.
    """

    within: bool
    why: str = ""
    compared: int = 0
    beyond: int = 0
    first: tuple[int, ...] = ()
    largest_absolute: float = 0.0
    largest_relative: float = 0.0
    not_numbers: int = 0
    flips: int = 0
    rows: int = 0
    ranking: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAgreement:
    """What became of comparing one metric.

    Attributes:
        name: Its name.
        expected: What was recorded, as it stands in the record.
        seen: What was measured, as decimal text; empty if it was not.
        within: Whether it is near enough.
        why: What is wrong, in words; empty if nothing is.
    """

    name: str
    expected: str
    seen: str
    within: bool
    why: str = ""
