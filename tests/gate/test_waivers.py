from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.gate.cases import (
    BEFORE,
    MORNING,
    NOON,
    PEOPLE,
    POLICY,
    SPKI,
    decided,
    evidence,
    finding,
    judged,
    make,
    report,
    signature,
)
from weighbridge.gate.case import Case, Waiver
from weighbridge.gate.covers import Covered
from weighbridge.gate.waivers import void
from weighbridge.model.decision import Outcome

FILE, OTHER_FILE = "sha256:" + "a" * 64, "sha256:" + "b" * 64
NET = "mylab.models.Net"
WAIVABLE = POLICY.replace(
    "  conditions:\n",
    "  waivers:\n    - {rules: [SEC001], roles: [security], longest: 30d}\n  conditions:\n",
).replace('item.severity != "error"', 'item.severity != "error" || item.verdict == "waived"')


def threat(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - its fields
    plain = {"level": "needs-review", "container": "", "offset": 2, "global": NET, "digest": FILE}
    return plain | changes


def unsafe(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - its fields
    return finding("SEC001", threat=threat(**changes))


def threatened(file: str, name: str = NET) -> Covered:
    return Covered(digest=file, name=name)


def waiver(**changes: Any) -> Waiver:  # noqa: ANN401 - its fields
    plain = Waiver(
        entry=30,
        at=MORNING,
        person="sue",
        roles=PEOPLE["sue"],
        key=SPKI["sue"],
        release="sha256:" + "9" * 64,
        environment="production",
        rule="SEC001",
        findings=frozenset({threatened(FILE)}),
        reason="our own class, read and understood",
        expires="2026-11-20T00:00:00Z",
    )
    return replace(plain, **changes)


def case_of(*findings: dict[str, Any], policy: str = WAIVABLE, waivers: tuple[Waiver, ...]) -> Case:
    reported = evidence("report", "carl", report(*findings), entry=12)
    return make(policy, evidence=(signature(), reported), waivers=waivers)


def came_of(*findings: dict[str, Any], waivers: tuple[Waiver, ...], policy: str = WAIVABLE) -> str:
    case = case_of(*findings, waivers=waivers, policy=policy)
    return judged(decided(case), "evidence:report").outcome.value


def test_a_finding_somebody_answers_for_does_not_block() -> None:
    decision = decided(case_of(unsafe(), waivers=(waiver(),)))
    found = judged(decision, "evidence:report")
    assert found.outcome is Outcome.WAIVED
    assert found.why == (
        "what it found is waived: SEC001 by sue until 2026-11-20T00:00:00Z "
        "(our own class, read and understood)"
    )
    assert found.remedy == ()
    assert [one["verdict"] for one in found.findings] == ["waived"]
    assert judged(decision, "no-errors").outcome is Outcome.MET
    assert decision.outcome["waivers"] == [
        {"file": FILE, "global": NET, "person": "sue", "rule": "SEC001"}
    ]


def test_nothing_is_waived_that_nobody_waived() -> None:
    assert came_of(unsafe(), waivers=()) == "unmet"
    assert came_of(waivers=(waiver(),)) == "met"


@pytest.mark.parametrize(
    "changes",
    [
        {"level": "malicious"},
        {"level": "dreadful"},
        {"digest": OTHER_FILE},
        {"digest": ""},
        {"digest": None},
        {"global": "mylab.models.Other"},
        {"global": ""},
        {"global": None},
    ],
)
def test_another_finding_is_not_waived(changes: dict[str, Any]) -> None:
    everything = frozenset({threatened(FILE), threatened("")})
    assert came_of(unsafe(**changes), waivers=(waiver(findings=everything),)) == "unmet"


def test_whoever_could_waive_is_told_how() -> None:
    how = (
        "weighbridge waive SEC001 detector@1.4.0 --to production --reason WHY --expires 30d "
        "--key NAME, if it is harmless"
    )
    for findings, policy, told in (
        ((unsafe(),), WAIVABLE, True),
        ((unsafe(), unsafe(level="malicious")), WAIVABLE, True),
        ((unsafe(level="malicious"),), WAIVABLE, False),
        ((unsafe(),), POLICY, False),
        ((finding(),), WAIVABLE, False),
    ):
        case = case_of(*findings, policy=policy, waivers=())
        assert (how in judged(decided(case), "evidence:report").remedy) is told


def test_every_finding_needs_its_own_waiver() -> None:
    second = unsafe(digest=OTHER_FILE)
    assert came_of(unsafe(), second, waivers=(waiver(),)) == "unmet"
    both = (waiver(), waiver(entry=31, findings=frozenset({threatened(OTHER_FILE)})))
    assert came_of(unsafe(), second, waivers=both) == "waived"


@pytest.mark.parametrize(
    "odd", [{"verdict": "inconclusive"}, {"verdict": "waived"}, {"threat": None}, {"threat": []}]
)
def test_what_is_no_plain_failure_is_not_waived(odd: dict[str, Any]) -> None:
    assert came_of({**unsafe(), **odd}, waivers=(waiver(),)) in {"unmet", "inconclusive"}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"environment": "staging"}, "it is for another environment"),
        ({"expires": NOON}, f"it expired at {NOON}"),
        ({"rule": "SEC004"}, "the policy lets nobody waive SEC004"),
        ({"roles": ("sre",)}, "none of his roles may waive it"),
        ({"at": BEFORE, "expires": "2026-12-30T00:00:00Z"}, "it lasts longer than the policy"),
        ({"person": "rob"}, "rob asked for it"),
        ({"person": "carl"}, "carl signed evidence about it"),
        ({"person": "bea"}, "bea signed evidence about it"),
    ],
)
def test_a_waiver_may_be_void(changes: dict[str, Any], why: str) -> None:
    void_one = waiver(**changes)
    case = case_of(unsafe(), waivers=(void_one,))
    assert void(void_one, case).startswith(why)
    assert judged(decided(replace(case, waivers=())), "evidence:report").outcome is Outcome.UNMET


def test_one_that_counts_is_not_void() -> None:
    assert void(waiver(), case_of(waivers=())) == ""


def test_a_policy_that_says_nothing_of_waivers_allows_none() -> None:
    assert came_of(unsafe(), waivers=(waiver(),), policy=POLICY) == "unmet"


def test_approvals_are_given_for_what_is_waived_and_by_whom() -> None:
    outcomes = {
        decided(case).outcome_digest
        for case in (
            case_of(unsafe(), waivers=()),
            case_of(unsafe(), waivers=(waiver(),)),
            # The same again, said anew: nothing an approver would judge otherwise.
            case_of(unsafe(), waivers=(waiver(), waiver(entry=31, expires="2026-11-21T00:00:00Z"))),
        )
    }
    assert len(outcomes) == 2


@pytest.mark.parametrize(
    "changes",
    [{"rule": ""}, {"findings": frozenset()}, {"reason": ""}, {"expires": "soon"}, {"key": "k"}],
)
def test_a_waiver_that_lacks_something_stops_everything(changes: dict[str, Any]) -> None:
    decision = decided(case_of(unsafe(), waivers=(waiver(**changes),)))
    assert judged(decision, "case-intact").outcome is Outcome.UNMET
