"""Metrics of a rebuilt model against the recorded ones."""

from __future__ import annotations

import pytest

from weighbridge.diffing.metrics import judge_metrics
from weighbridge.model.release.build import Tolerance

NEAR = Tolerance(absolute="0.01", relative=None)


@pytest.mark.parametrize(
    ("expected", "seen", "why"),
    [
        ("0.91", "0.92", ""),
        ("0.91", 0.9125, ""),
        ("0.91", "0.9200001", "it is 0.9200001 and not 0.91"),
        ("0.91", None, "it was not measured"),
        ("0.91", "nan", "what was measured is no number: nan"),
        ("0.91", "good", "what was measured is no number: good"),
        ("nan", "nan", "what was recorded is no number: nan"),
        ("0.91", True, "what was measured is no number: True"),
    ],
)
def test_a_metric_is_within_only_if_it_was_measured_and_is_near(
    expected: str, seen: object, why: str
) -> None:
    (found,) = judge_metrics({"accuracy": expected}, {"accuracy": seen}, tolerance=NEAR)
    assert (found.within, found.why) == (not why, why)


def test_each_recorded_metric_is_judged_and_no_other() -> None:
    found = judge_metrics({"a": "1", "b": "2"}, {"b": "2", "c": "3"})
    assert [(one.name, one.seen, one.within) for one in found] == [
        ("a", "", False),
        ("b", "2", True),
    ]
