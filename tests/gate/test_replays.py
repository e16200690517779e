from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import POLICY, decided, evidence, judged, make, with_evidence
from weighbridge.model.decision import Outcome
from weighbridge.model.predicates import EXPLANATION, OURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.gate.case import Case, Evidence
    from weighbridge.model.decision import Judged

SIZE = {"elements": 8, "differing": 3, "largestAbsolute": "0.001", "largestRelative": None}
NUMBERS = {"place": "", "tensor": "w", "what": "its numbers differ", "size": {**SIZE, "lost": 0}}
OUTPUT = {"path": "m.st", "verdict": "different", "stabilisers": [], "difference": NUMBERS}
CAUSE = {"name": "threads", "path": "m.st", "difference": NUMBERS}
SAID = {
    "after": 3,
    "bound": "0.01",
    "difference": "its numbers differ",
    "factor": "",
    "path": "m.st",
    "tensor": "w",
    "why": "another kernel of BLAS",
}
ALLOWS = "{type: replay, explained: allow}"


def replayed(said: Mapping[str, Any], *, entry: int = 14) -> Evidence:
    return evidence("replay", "cat", {OURS: dict(said)}, entry=entry)


def explained(said: Mapping[str, Any] = SAID, *, person: str = "carl", entry: int = 15) -> Evidence:
    return evidence(EXPLANATION, person, dict(said), entry=entry)


def asked(*evidence: Evidence, demand: str = ALLOWS) -> Judged:
    policy = POLICY.replace("  evidence:\n", f"  evidence:\n    - {demand}\n")
    case: Case = make(policy)
    for one in evidence:
        case = with_evidence(case, one)
    return judged(decided(case), "evidence:replay")


DIFFERENT = {"verdict": "different", "outputs": [OUTPUT]}
GUILTY = {"verdict": "bitwise", "guilty": ["threads"], "causes": [CAUSE]}


def test_what_a_release_depends_on_blocks_it_however_alike_it_came_out() -> None:
    found = asked(replayed(GUILTY))
    assert (found.outcome, found.why) == (Outcome.UNMET, "it depends on threads")
    (finding,) = found.findings
    assert (finding["code"], finding["subject"], finding["verdict"]) == (
        "REP003",
        "threads",
        "fail",
    )
    assert finding["seen"] == "m.st w its numbers differ, off by up to 0.001"


def test_what_nobody_decided_leaves_it_open_unless_the_policy_lets_it() -> None:
    said = {"verdict": "bitwise", "undecided": ["clock"]}
    assert asked(replayed(said)).outcome is Outcome.INCONCLUSIVE
    lenient = "{type: replay, inconclusive: allow}"
    assert asked(replayed(said), demand=lenient).outcome is Outcome.MET


def test_what_differs_is_named_output_by_output() -> None:
    found = asked(replayed(DIFFERENT))
    assert [(one["code"], one["subject"]) for one in found.findings] == [("REP002", "m.st")]
    assert found.outcome is Outcome.UNMET


def test_an_explained_difference_is_enough_where_the_policy_says_so() -> None:
    for said, factor in ((DIFFERENT, ""), (GUILTY, "threads")):
        why = explained({**SAID, "factor": factor})
        assert asked(replayed(said), why).outcome is Outcome.MET
        assert asked(replayed(said), why, demand="{type: replay}").outcome is Outcome.UNMET
        blocks = "{type: replay, explained: block}"
        assert asked(replayed(said), why, demand=blocks).outcome is Outcome.UNMET


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("bound", "0.0009"),
        ("bound", ""),
        ("bound", "inf"),
        ("bound", "a lot"),
        ("tensor", "b"),
        ("difference", "its shape differs"),
        ("path", "other.st"),
        ("factor", "threads"),
    ],
)
def test_what_does_not_fit_explains_nothing(member: str, value: str) -> None:
    found = asked(replayed(DIFFERENT), explained({**SAID, member: value}))
    assert found.outcome is Outcome.UNMET
    assert {one["verdict"] for one in found.findings} == {"fail"}


def test_an_infinite_difference_is_within_no_bound() -> None:
    endless = {**NUMBERS, "size": {**SIZE, "largestAbsolute": "inf"}}
    said = {"verdict": "different", "outputs": [{**OUTPUT, "difference": endless}]}
    assert asked(replayed(said), explained()).outcome is Outcome.UNMET


def test_who_made_the_release_explains_nothing_of_it() -> None:
    author = asked(replayed(DIFFERENT), explained(person="bea"))
    assert author.outcome is Outcome.UNMET


def test_an_explanation_that_no_longer_matches_is_told_and_does_not_block() -> None:
    found = asked(replayed({"verdict": "bitwise", "outputs": []}), explained())
    assert (found.outcome, found.warns) == (Outcome.MET, True)
    (finding,) = found.findings
    assert (finding["code"], finding["severity"]) == ("REP002", "warning")
    assert finding["seen"] == "nothing differs there any more"


def test_a_verdict_no_output_accounts_for_is_never_explained() -> None:
    for said in ({"verdict": "could-not-replay"}, {"verdict": "different", "outputs": []}):
        assert asked(replayed(said), explained()).outcome is Outcome.UNMET
    assert asked(replayed({"verdict": "fine"}), explained()).outcome is Outcome.INCONCLUSIVE
