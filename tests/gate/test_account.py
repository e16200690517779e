"""What a decision owes beside its verdict, and what a denial sets off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.gate.cases import (
    NOON,
    OTHER,
    POLICY,
    act,
    approved,
    decided,
    evidence,
    finding,
    having,
    make,
    report,
    signature,
    with_evidence,
)
from tests.gate.delegations import handed
from tests.gate.test_waivers import FILE, OTHER_FILE, case_of, threatened, unsafe, waiver
from weighbridge.codec.canonical import digest
from weighbridge.codec.predicates import shape_fault
from weighbridge.gate.aftermath import aftermath
from weighbridge.gate.case import Act
from weighbridge.gate.pointer import Move, Pointer
from weighbridge.gate.vsa import read_decision, vsa_predicate
from weighbridge.model.aftermath import Deed
from weighbridge.model.decision import Decision, Excluded, GateVerdict, Kept, Need, Skipped, Waived
from weighbridge.model.predicates import OURS, VSA
from weighbridge.model.step import Action, Do, Step


def left_out(decision: Decision, kind: Kept) -> list[tuple[str, str]]:
    return [(one.name, one.why) for one in decision.excluded if one.kind is kind]


def test_what_time_alone_meets_is_said_with_the_time() -> None:
    case = replace(approved(make()), arrived="2026-11-01T10:00:00Z")
    assert decided(case).needs == (Need(condition="soaked", until="2026-11-02T10:00:00Z"),)


def test_what_only_warns_is_not_needed_of_anybody() -> None:
    later = POLICY.replace("{min: 2,", '{effectiveOn: "2026-12-01T00:00:00Z", min: 2,')
    assert decided(make(later)).needs == ()
    assert [one.condition for one in decided(make()).needs] == ["approvals:0"]


def test_rules_that_did_not_run_are_told_with_whom_and_why() -> None:
    said = report(passed=["REP004"])
    said[OURS]["report"]["skipped"] = [
        {"code": "DEP003", "reason": "it needs a network", "by": "--offline"},
        {"code": "SEC009", "reason": "not chosen", "by": "--select"},
        {"code": 1, "reason": "no rule", "by": ""},
        {"code": "SEC010", "reason": 1, "by": ""},
        {"code": "SEC010", "reason": "no command", "by": 1},
        "nothing",
    ]
    case = make(evidence=(signature(), evidence("report", "carl", said, entry=12)))
    statement = case.evidence[1].statement

    def skipped(rule: str, by: str, why: str) -> Skipped:
        return Skipped(rule=rule, by=by, why=why, person="carl", statement=statement)

    assert decided(case).skipped == (
        skipped("DEP003", "--offline", "it needs a network"),
        skipped("INT001", "", "the report does not say"),
        skipped("SEC009", "--select", "not chosen"),
    )


def test_what_was_waived_is_told_with_whom_why_and_until_when() -> None:
    one = waiver(statement="sha256:" + "e" * 64)
    void = waiver(entry=29, expires=NOON)
    found = decided(case_of(unsafe(), waivers=(void, one)))
    assert found.waived == (
        Waived(
            rule="SEC001",
            subject=next(iter(one.findings)).told,
            person="sue",
            why=one.reason,
            until=one.expires,
            statement=one.statement,
        ),
    )
    decision = decided(case_of(finding(), waivers=(waiver(expires=NOON),)))
    assert left_out(decision, Kept.WAIVER) == []  # it is of no rule that found something


def test_what_was_waived_is_told_in_the_order_of_rules_and_findings() -> None:
    files = (FILE, OTHER_FILE)
    waivers = [
        waiver(entry=entry, findings=frozenset({threatened(file)}))
        for entry, file in zip((32, 31), files, strict=True)
    ]
    found = decided(case_of(*(unsafe(digest=one) for one in files), waivers=tuple(waivers)))
    assert len(found.waived) == 2
    assert [one["file"] for one in found.outcome["waivers"]] == [*files]


def test_only_what_was_said_of_this_release_here_is_an_input() -> None:
    case = make()
    here = act(case, "max", entry=30, statement="sha256:" + "1" * 64)
    there = replace(here, entry=31, environment="staging", statement="sha256:" + "2" * 64)
    other = replace(here, entry=32, release=OTHER, statement="sha256:" + "3" * 64)
    found = decided(having(case, here, there, other))
    assert found.inputs.acts == (here.statement,)


def test_a_waiver_that_does_not_count_is_told_where_it_would_have() -> None:
    case = case_of(unsafe(), waivers=(waiver(expires="2026-11-01T11:00:00Z"),))
    assert left_out(decided(case), Kept.WAIVER) == [
        ("SEC001", "it expired at 2026-11-01T11:00:00Z")
    ]


def test_evidence_that_did_not_count_is_told_with_the_reason() -> None:
    case = with_evidence(
        make(),
        evidence("report", "sid", report(), entry=13),
        evidence("report", "cat", report(), entry=14),
        signature(person="cat", entry=15),
    )
    why = "it was signed without the role"
    report_type, release_type = case.evidence[1].predicate_type, case.evidence[0].predicate_type
    assert left_out(decided(case), Kept.EVIDENCE) == [
        (report_type, "a newer one took its place"),
        (report_type, f"{why} checker"),
        (release_type, f"{why} builder"),
    ]
    stale = decided(replace(make(), now="2026-11-03T00:00:00Z"))
    assert left_out(stale, Kept.EVIDENCE) == [(report_type, "it is older than 86400s")]
    elsewhere = evidence("report", "carl", report(finding()), entry=12, release=OTHER)
    assert left_out(decided(make(evidence=(signature(), elsewhere))), Kept.EVIDENCE) == []


def test_people_and_approvals_that_did_not_count_are_told() -> None:
    case = approved(make(), "max")
    case = having(case, act(case, "rob"), act(case, "sid", outcome="sha256:0", entry=40))
    decision = decided(case)
    assert left_out(decision, Kept.PERSON) == [
        ("bea", "signed evidence about it"),
        ("carl", "signed evidence about it"),
        ("rob", "asked for it"),
    ]
    assert left_out(decision, Kept.APPROVAL) == [
        ("approval of rob", "he asked for it himself"),
        ("approval of sid", "given before the outcome changed"),
    ]


def test_conditions_that_are_not_in_force_are_told() -> None:
    ended = POLICY.replace(
        "      expr: release.spec",
        '      expiresOn: "2026-10-01T00:00:00Z"\n      expr: release.spec',
    )
    told = [("known-task", "not demanded since 2026-10-01T00:00:00Z")]
    assert left_out(decided(make(ended)), Kept.CONDITION) == told


def test_nothing_is_said_of_a_case_that_cannot_be_believed() -> None:
    decision = decided(replace(make(), trust_digest="x"))
    assert (decision.excluded, decision.needs, decision.inputs.evidence) == ((), (), ())


def test_a_condition_names_the_statements_it_rests_on() -> None:
    case = make()
    said = [replace(act(case, one), statement="sha256:" + one[0] * 64) for one in ("max", "sid")]
    said = [
        replace(one, statement="sha256:" + str(at) * 64, entry=30 + at)
        for at, one in enumerate(said)
    ]
    decision = decided(having(case, *said))
    rests = {one.id: one.statements for one in decision.conditions if one.statements}
    assert rests == {
        "signed-by-builder": (case.evidence[0].statement,),
        "evidence:report": (case.evidence[1].statement,),
        "fresh:report": (case.evidence[1].statement,),
        "approvals:0": tuple(one.statement for one in said),
    }
    assert decision.inputs.acts == tuple(one.statement for one in said)


def test_all_it_was_made_of_is_listed() -> None:
    pack, gone = b"rules", "sha256:" + "9" * 64
    named = "sha256:" + "8" * 64
    case = handed(make(packs={digest(pack): pack}, past={gone: None}), "max", "dora")
    case = replace(case, delegations=(replace(case.delegations[0], statement=named),))
    found = decided(case).inputs
    assert (found.packs, found.past, found.delegations) == ((digest(pack),), (gone,), ())
    found = decided(having(case, act(case, "dora", entry=30))).inputs
    assert found.delegations == (named,)  # only to who said something


@pytest.mark.parametrize(
    "case",
    [
        make(),
        approved(make()),
        case_of(unsafe(), waivers=(waiver(),)),
        having(make(), act(make(), "mia", Act.REJECT)),
        replace(make(), now="2026-11-03T00:00:00Z"),
    ],
)
def test_a_decision_is_read_back_from_what_is_signed(case: object) -> None:
    decision = decided(case)  # type: ignore[arg-type] # of the cases above
    predicate = vsa_predicate(decision, log="house", mode="enforce")
    assert shape_fault(VSA, predicate) == ""
    subject = (f"{decision.name}@{decision.version}", decision.release)
    again = read_decision(predicate, subject=subject, outcome=decision.outcome)
    assert vsa_predicate(again, log="house", mode="enforce") == predicate
    assert again.needs == decision.needs
    assert again.excluded == decision.excluded


POINTER = Pointer()
WAIVE = Step(action=Action(do=Do.WAIVE, command="weighbridge waive SEC001", about="SEC001"))


def serving(release: str) -> Pointer:
    move = Move(generation=1, release=release, version="1", at=NOON, by="rob", back=False, entry=9)
    return Pointer(moves=(move,))


def set_off(action: str, pointer: Pointer = POINTER, **changes: object) -> object:
    case = make(f"{POLICY}  onDeny: {{action: {action}}}\n", evidence=())
    decision = replace(decided(case), steps=(WAIVE,))
    found = aftermath(replace(decision, **changes), case.policy, pointer)  # type: ignore[arg-type]
    return None if found is None else found.values()


def test_what_a_denial_sets_off_is_what_the_policy_says() -> None:
    commands = ["weighbridge waive SEC001"]
    here = serving(make().release)
    back = ["weighbridge rollback detector --in production --key NAME"]
    assert set_off("halt") == {"action": "halt"}
    assert set_off("halt", Pointer(held="rolled back")) is None
    assert set_off("request-change") == {"action": "request-change", "commands": commands}
    grant = ["weighbridge waive SEC001 detector@1.4.0 --to production --grant --key NAME"]
    assert set_off("request-waiver") == {"action": "request-waiver", "commands": grant}
    assert set_off("request-waiver", steps=()) == {"action": "request-waiver"}
    assert set_off("rollback") is None
    case = make(f"{POLICY}  onDeny: {{action: rollback}}\n", evidence=())
    assert set_off("rollback", serving(case.release)) == {"action": "rollback", "commands": back}
    assert set_off("rollback", replace(here, moves=())) is None
    assert set_off("none") is None


@pytest.mark.parametrize("verdict", [one for one in GateVerdict if one is not GateVerdict.DENIED])
def test_only_a_denial_sets_something_off(verdict: GateVerdict) -> None:
    assert [set_off(deed.value, verdict=verdict) for deed in Deed] == [None] * len(Deed)


def test_a_policy_that_says_nothing_sets_nothing_off() -> None:
    case = make(evidence=())
    assert aftermath(decided(case), case.policy, POINTER) is None


def test_what_was_excluded_has_a_statement_where_somebody_signed() -> None:
    case = with_evidence(make(), evidence("report", "sid", report(), entry=13))
    (one,) = [one for one in decided(case).excluded if one.kind is Kept.EVIDENCE]
    assert one == Excluded(
        kind=Kept.EVIDENCE,
        name=case.evidence[2].predicate_type,
        why="it was signed without the role checker",
        person="sid",
        statement=case.evidence[2].statement,
    )
