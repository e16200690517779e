from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from weighbridge.model.decision import Decision, GateVerdict, Judged, Outcome, Reused
from weighbridge.report.decision import decision_json, decision_markdown, render_decision

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
        "passesIf": list(DECISION.passes_if),
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
