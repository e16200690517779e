from __future__ import annotations

from dataclasses import replace

from tests.report.test_decision import DECISION, MET, UNMET, WAITS
from weighbridge.model.decision import GateVerdict
from weighbridge.model.step import Action, Do, Step
from weighbridge.report.guide import guide_json, render_guide

SEAL = Step(action=Action(do=Do.SEAL, command="weighbridge seal"), meets=("no-pickles",))
APPROVE = Step(
    action=Action(
        do=Do.APPROVE, command="weighbridge approve demo@NEXT", roles=("sre",), people=("max",)
    ),
    meets=("approvals:0",),
)


def test_what_is_left_is_numbered_after_what_is_done() -> None:
    decision = replace(DECISION, conditions=(MET, UNMET, WAITS), steps=(SEAL, APPROVE))
    text = render_guide(decision, deployers="releaser: dora")
    name = f"{decision.name}@{decision.version}"
    assert text == (
        "done  signed-by-builder: a builder signed it\n"
        "   1. weighbridge seal\n"
        "        meets   no-pickles\n"
        "   2. weighbridge approve demo@NEXT\n"
        "        who     sre: max\n"
        "        meets   approvals:0\n"
        f"   3. weighbridge promote {decision.name}@NEXT --to {decision.environment} --key NAME\n"
        "        who     releaser: dora\n"
        f"denied: {name} to {decision.environment}: 2 steps before it may go\n"
    )


def test_where_nothing_is_left_it_is_promoted() -> None:
    decision = replace(DECISION, verdict=GateVerdict.ALLOWED, conditions=(MET,), steps=())
    text = render_guide(decision, deployers="releaser: dora", styled=True)
    assert f"   1. weighbridge promote {decision.name}@{decision.version} --to " in text
    assert text.endswith(": nothing is left but to promote it\n")
    assert "\x1b[" in text


def test_programs_read_what_is_done_and_what_is_open() -> None:
    decision = replace(DECISION, conditions=(MET, UNMET), steps=(SEAL,))
    found = guide_json(decision, deployers="releaser: dora")
    assert (found["done"], found["open"]) == (["signed-by-builder"], ["no-pickles"])
    assert found["last"] == {
        "command": f"weighbridge promote {decision.name}@NEXT --to {decision.environment} "
        "--key NAME",
        "who": "releaser: dora",
    }
