from __future__ import annotations

import pytest

from tests.report.test_decision import DECISION
from weighbridge.model.replayed import Replayed
from weighbridge.model.verification import Problem
from weighbridge.report.replayed import render_replayed, replayed_json

B = "sha256:" + "b" * 64
SAME = Replayed(entry=7, kind="promotion.done", bundle=B, person="dora", decision=DECISION)
PROBLEM = Problem(code="WB191", subject="/verdict", message="allowed is not denied")


@pytest.mark.parametrize(
    ("problems", "undone", "begins"),
    [
        ((), (), "the same to the byte: denied, "),
        ((PROBLEM,), (), "it differs: denied, "),
        ((), (PROBLEM,), "not made again: denied, "),
    ],
)
def test_it_is_said_whether_it_came_out_the_same(
    problems: tuple[Problem, ...], undone: tuple[Problem, ...], begins: str
) -> None:
    found = Replayed(
        entry=7,
        kind="promotion.done",
        bundle=B,
        person="dora",
        decision=DECISION,
        problems=problems,
        undone=undone,
    )
    lines = render_replayed(found).splitlines()
    assert any(line.startswith(begins) for line in lines)
    assert any("allowed is not denied" in line for line in lines) == bool(problems or undone)
    plain = replayed_json(found)
    assert plain["equal"] == (not problems and not undone)
    assert (plain["entry"], plain["decision"], plain["verdict"]) == (7, B, "denied")


def test_whose_it_was_and_under_what_is_told() -> None:
    text = render_replayed(SAME)
    assert f"  entry 7, promotion.done by dora at {DECISION.at}\n" in text
    assert text.endswith(f"  decision {B}\n")
