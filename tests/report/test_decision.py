from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from weighbridge.codec.accounts import account_values
from weighbridge.model.aftermath import Aftermath, Deed
from weighbridge.model.decision import (
    Decision,
    Excluded,
    GateVerdict,
    Inputs,
    Judged,
    Kept,
    Need,
    Outcome,
    Reused,
    Skipped,
    Waived,
)
from weighbridge.model.step import Action, Do, Step
from weighbridge.report.decision import decision_markdown, render_decision
from weighbridge.report.decision_json import decision_json

if TYPE_CHECKING:
    from collections.abc import Callable

A = "sha256:" + "a" * 64
B = "sha256:" + "b" * 64
STYLE = re.compile("\x1b\\[[0-9;]*m")
REPORT = "https://in-toto.io/attestation/test-result/v0.1"
MET = Judged(id="signed-by-builder", outcome=Outcome.MET, why="a builder signed it")
UNMET = Judged(
    id="no-pickles",
    outcome=Outcome.UNMET,
    why="model is a pickle",
    seen="pickle",
    wanted="no pickle",
    pointer="/spec/artifacts/model",
    remedy=("save it as safetensors", "seal it again"),
)
UNSURE = Judged(
    id="evidence:report", outcome=Outcome.INCONCLUSIVE, why="rules did not run", skipped=("SEC001",)
)
WAITS = Judged(
    id="approvals:0",
    outcome=Outcome.UNMET,
    why="1 more must approve",
    seen="nobody",
    wanted="1 of ml-lead",
    remedy=("weighbridge approve REF --to production --key NAME",),
    waits=True,
)
WAIVED = Judged(id="known-task", outcome=Outcome.WAIVED, why="waived by max")
DECISION = Decision(
    verdict=GateVerdict.DENIED,
    environment="production",
    environment_digest=A,
    policy="house@1",
    policy_digest=B,
    name="demo",
    version="1.0.0",
    release=A,
    risk="high",
    conditions=(MET, UNMET, UNSURE, WAITS, WAIVED),
    outcome={},
    outcome_digest=B,
    evidence=(A,),
    reused=(Reused(predicate_type=REPORT, release=B, statement=A),),
    trust_digest=A,
    at="2026-02-01T00:00:00Z",
)
ALLOWED = replace(DECISION, verdict=GateVerdict.ALLOWED, conditions=(MET,), reused=())
EVIL = "a\x1b[2J\x07\nb"


def test_what_is_open_comes_first_with_its_way_out() -> None:
    assert render_decision(DECISION, generation=3, moved=False) == (
        "unmet         no-pickles: model is a pickle\n"
        "    | at      /spec/artifacts/model\n"
        "    | wanted  no pickle\n"
        "    | seen    pickle\n"
        "    = help:  save it as safetensors\n"
        "    = help:  seal it again\n"
        "inconclusive  evidence:report: rules did not run\n"
        "unmet         approvals:0: 1 more must approve\n"
        "    | wanted  1 of ml-lead\n"
        "    | seen    nobody\n"
        "    = help:  weighbridge approve REF --to production --key NAME\n"
        "waived        known-task: waived by max\n"
        "met           signed-by-builder\n"
        "denied: demo@1.0.0 to production\n"
        "  under house@1, risk high, at 2026-02-01T00:00:00Z\n"
        f"  reused {REPORT} of {B}\n"
    )


def test_what_moved_says_where_it_points() -> None:
    assert render_decision(ALLOWED, generation=4, moved=True) == (
        "met           signed-by-builder\n"
        "allowed: demo@1.0.0 to production\n"
        "  under house@1, risk high, at 2026-02-01T00:00:00Z\n"
        "  production points to it, generation 4\n"
    )


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        (True, "this environment only observes: what is not met does not block"),
        (False, "observed: it does not block, and nothing was moved"),
    ],
)
def test_what_was_only_observed_says_so(moved: bool, said: str) -> None:  # noqa: FBT001 - a case
    shown = render_decision(DECISION, generation=4, moved=moved, mode="observe")
    assert f"\n  {said}\n" in shown
    assert said not in render_decision(DECISION, generation=4, moved=moved)


def test_many_met_conditions_are_one_wrapped_list() -> None:
    met = tuple(replace(MET, id=f"condition-number-{number}") for number in range(9))
    lines = render_decision(
        replace(ALLOWED, conditions=(*met, met[0])), generation=1, moved=False
    ).splitlines()
    assert lines[0].startswith("met           condition-number-0, condition-number-1")
    assert lines[1].startswith(" " * 14 + "condition-number-")
    assert max(map(len, lines)) <= 90
    assert "\n".join(lines).count("condition-number-0") == 1


def test_colour_changes_no_letter() -> None:
    plain = render_decision(DECISION, generation=3, moved=False)
    styled = render_decision(DECISION, generation=3, moved=False, styled=True)
    assert styled != plain
    assert STYLE.sub("", styled) == plain


def test_as_programs_read_it() -> None:
    found = decision_json(DECISION, generation=3, bundle=A, mode="enforce")
    assert json.loads(json.dumps(found)) == found
    conditions = found.pop("conditions")
    assert found == {
        "schemaVersion": 1,
        "verdict": "denied",
        "environment": "production",
        "name": "demo",
        "version": "1.0.0",
        "release": A,
        "generation": 3,
        "decision": A,
        "mode": "enforce",
        "policy": {"name": "house@1", "digest": B},
        "outcome": B,
        "effectiveRisk": "high",
        "at": "2026-02-01T00:00:00Z",
        **account_values(DECISION),
        "aftermath": None,
        "steps": [],
        "passesIf": [],
        "reused": [{"predicateType": REPORT, "release": B, "statement": A}],
    }
    assert isinstance(conditions, list)
    assert [one["outcome"] for one in conditions] == [
        "met",
        "unmet",
        "inconclusive",
        "unmet",
        "waived",
    ]
    assert conditions[1] == {
        "id": "no-pickles",
        "outcome": "unmet",
        "why": "model is a pickle",
        "seen": "pickle",
        "wanted": "no pickle",
        "pointer": "/spec/artifacts/model",
        "remedy": ["save it as safetensors", "seal it again"],
        "skipped": [],
        "excluded": [],
        "warns": False,
        "statements": [],
    }
    assert conditions[2]["skipped"] == ["SEC001"]


def test_what_was_not_signed_has_no_decision() -> None:
    found = decision_json(ALLOWED, generation=0, bundle="", mode="enforce")
    assert (found["decision"], found["passesIf"]) == (None, [])


def test_as_a_table_for_a_pull_request() -> None:
    lines = decision_markdown(DECISION).splitlines()
    assert lines[0] == "### denied: demo\\@<!-- -->1.0.0 to production"
    assert lines[2:4] == ["| condition | outcome | why | wanted | seen |", "|---|---|---|---|---|"]
    assert len(lines) == 4 + len(DECISION.conditions)
    assert lines[5] == "| no-pickles | unmet | model is a pickle | no pickle | pickle |"


@pytest.mark.parametrize(
    "write",
    [
        decision_markdown,
        lambda decision: render_decision(decision, generation=1, moved=True),
        lambda decision: render_decision(decision, generation=1, moved=True, mode="observe"),
    ],
)
def test_what_others_wrote_steers_neither_terminal_nor_page(
    write: Callable[[Decision], str],
) -> None:
    judged = replace(UNMET, why=EVIL, seen=EVIL, wanted="|x|<b>", remedy=(EVIL,), id=EVIL)
    evil = replace(
        DECISION,
        conditions=(judged, replace(MET, id=EVIL)),
        name=EVIL,
        environment=EVIL,
        policy=EVIL,
        reused=(Reused(predicate_type=EVIL, release=EVIL, statement=A),),
    )
    lines = write(evil).splitlines()
    assert [line for line in lines if not line.isprintable()] == []
    plain = replace(
        DECISION,
        conditions=(replace(UNMET, id="i", remedy=("r",)), MET),
        reused=(Reused(predicate_type="t", release="r", statement=A),),
    )
    assert len(lines) == len(write(plain).splitlines())


def test_a_rule_of_the_gate_is_named_where_it_is_broken() -> None:
    told = [
        {"code": code, "severity": "error", "subject": "numpy==2.2.0", "verdict": verdict}
        for code, verdict in (("DEP010", "fail"), ("DEP010", "fail"), ("GOV004", "waived"))
    ]
    itself = replace(UNMET, id="dependencies:baseline", findings=tuple(told))
    reported = replace(itself, id="evidence:report")
    answered = replace(itself, outcome=Outcome.WAIVED)
    judged = replace(DECISION, conditions=(itself, reported, answered))

    written = render_decision(judged, generation=1, moved=False)

    assert written.count("    = more:  weighbridge explain ") == 1
    assert "    = help:  seal it again\n    = more:  weighbridge explain DEP010\n" in written


def test_what_is_met_and_warned_of_is_told() -> None:
    warned = Judged(
        id="dependencies:baseline",
        outcome=Outcome.MET,
        why="1 package off the baseline",
        seen="numpy==2.2.0",
        wanted="numpy==2.1.0",
        remedy=("lock the approved versions again, and seal",),
        warns=True,
    )
    text = render_decision(replace(DECISION, conditions=(MET, warned)), generation=1, moved=False)
    assert text.startswith(
        "met           dependencies:baseline: 1 package off the baseline\n"
        "    | wanted  numpy==2.1.0\n"
        "    | seen    numpy==2.2.0\n"
        "    = help:  lock the approved versions again, and seal\n"
        "met           signed-by-builder\n"
    )


WHOLE = replace(
    DECISION,
    conditions=(replace(MET, statements=(A,)), UNMET),
    reused=(),
    gate=2,
    needs=(
        Need(condition="approvals:0", count=1, roles=("ml-lead", "sre"), people=("max", "mia")),
        Need(condition="approvals:1", count=1),
        Need(condition="soaked", until="2026-02-02T00:00:00Z"),
        Need(condition="window"),
    ),
    skipped=(
        Skipped(rule="SEC001", by="--ignore", why="too slow", person="carl", statement=A),
        Skipped(rule="SEC002", by="", why="the report does not say", person="carl", statement=A),
    ),
    waived=(
        Waived(
            rule="SEC003",
            subject="model.pt",
            person="sue",
            why="it is ours",
            until="2026-03-01T00:00:00Z",
            statement=B,
        ),
    ),
    excluded=(
        Excluded(kind=Kept.PERSON, name="rob", why="asked for it", person="rob"),
        Excluded(kind=Kept.EVIDENCE, name=REPORT, why="it is older than 24h", person="carl"),
        Excluded(kind=Kept.CONDITION, name="later", why="not in force"),
    ),
    inputs=Inputs(evidence=(A,), acts=(B,), serving=B, data={"tasks": A}),
    steps=(
        Step(action=Action(do=Do.WAIT, command="wait until 2026-02-02T00:00:00Z")),
        Step(
            action=Action(
                do=Do.APPROVE,
                command="weighbridge approve demo@1.0.0 --to production --key NAME",
                roles=("ml-lead", "sre"),
                people=("max", "mia"),
            ),
            meets=("approvals:0",),
            times=2,
        ),
        Step(action=Action(do=Do.LIFT_REJECTION, command="weighbridge withdraw", people=("ann",))),
        Step(action=Action(do=Do.SIGN, command="weighbridge sign", roles=("builder",))),
    ),
)


def test_what_would_pass_is_numbered_before_the_verdict() -> None:
    lines = render_decision(WHOLE, generation=3, moved=False).splitlines()
    at = lines.index("to pass")
    assert lines[at + 1 : at + 6] == [
        "   1. wait until 2026-02-02T00:00:00Z",
        (
            "   2. weighbridge approve demo@1.0.0 --to production --key NAME"
            " (2 of ml-lead or sre: max, mia)"
        ),
        "   3. weighbridge withdraw (ann)",
        "   4. weighbridge sign (builder: nobody yet)",
        "denied: demo@1.0.0 to production",
    ]


def test_all_else_is_told_to_who_asks_for_more() -> None:
    short = render_decision(WHOLE, generation=3, moved=False)
    long = render_decision(WHOLE, generation=3, moved=False, verbose=True)
    assert [line for line in long.splitlines() if line not in short.splitlines()] == [
        "needs",
        "  approvals:0: 1 of ml-lead, sre: max, mia",
        "  approvals:1: 1 of nobody: nobody could",
        "  soaked: time until 2026-02-02T00:00:00Z",
        "  window: time",
        "left out",
        "  skipped SEC001 by --ignore in the report of carl: too slow",
        "  skipped SEC002 in the report of carl: the report does not say",
        "  waived SEC003 model.pt: sue until 2026-03-01T00:00:00Z: it is ours",
        "  excluded person rob: asked for it",
        f"  excluded evidence {REPORT} by carl: it is older than 24h",
        "  excluded condition later: not in force",
        "rests on",
        f"  signed-by-builder: {A}",
        "inputs",
        "  gate: revision 2",
        f"  manifest: {A}",
        f"  environment: {A}",
        f"  policy: {B}",
        f"  trust: {A}",
        f"  evidence: {A}",
        f"  act: {B}",
        f"  serving: {B}",
        f"  data tasks: {A}",
    ]


def test_a_table_tells_what_would_pass_and_what_was_left_out() -> None:
    lines = decision_markdown(WHOLE).splitlines()
    assert [line[:8] for line in lines if line[:2] == "1."] == ["1. wait "]
    at = lines.index("| left out | what | why |")
    assert lines[at + 2].startswith("| skipped | SEC001 by ")
    assert len(lines) == at + 8


def test_programs_read_all_of_it() -> None:
    halted = Aftermath(deed=Deed.HALT)
    found = decision_json(WHOLE, generation=3, bundle=A, mode="enforce", aftermath=halted)
    assert found["aftermath"] == {"action": "halt"}
    assert found["gate"] == 2
    assert found["passesIf"] == [step.told for step in WHOLE.steps]
    steps = found["steps"]
    assert isinstance(steps, list)
    assert steps[1] == {
        "do": "approve",
        "command": "weighbridge approve demo@1.0.0 --to production --key NAME",
        "roles": ["ml-lead", "sre"],
        "people": ["max", "mia"],
        "times": 2,
        "until": None,
        "meets": ["approvals:0"],
    }
    for name in ("needs", "skipped", "waived", "excluded", "inputs"):
        assert found[name] == account_values(WHOLE)[name]
