"""GOV003: waivers that end, ended, or are for nothing; and who may say what of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import (
    CODES,
    MANIFEST,
    NOON,
    PEOPLE,
    SPKI,
    decided,
    evidence,
    judged,
    make,
    outcomes,
    report,
    signature,
)
from tests.gate.test_waivers import (
    FILE,
    NET,
    OTHER_FILE,
    WAIVABLE,
    case_of,
    threatened,
    unsafe,
    waiver,
)
from weighbridge.gate.case import Act, Waiver
from weighbridge.gate.covers import Covered
from weighbridge.gate.waivers import Words, unpermitted, void
from weighbridge.model.decision import GateVerdict, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.gate.case import Case
    from weighbridge.model.decision import Judged

LATER = "2026-11-20T00:00:00Z"
BOTH = WAIVABLE.replace("[security]", "[security, sre]")
OWN = "SEC001 model.onnx mylab.models.Net"


def by(person: str, **changes: Any) -> Waiver:  # noqa: ANN401 - its fields
    plain = {"person": person, "roles": PEOPLE[person], "key": SPKI[person]}
    return waiver(**{**plain, **changes})


def asked(person: str, **changes: Any) -> Waiver:  # noqa: ANN401 - its fields
    return by(person, **{"act": Act.REQUEST_WAIVER, "entry": 25, **changes})


def withdrawn(person: str, *people: str, **changes: Any) -> Waiver:  # noqa: ANN401 - its fields
    plain = {"act": Act.WITHDRAW_WAIVER, "entry": 40, "expires": "", "people": frozenset(people)}
    return by(person, **{**plain, **changes})


def told(case: Case, name: str) -> Judged | None:
    found = [one for one in decided(case).conditions if one.id == f"waivers:{name}"]
    return found[0] if found else None


def report_is(*words: Waiver, policy: str = WAIVABLE) -> str:
    case = case_of(unsafe(), waivers=words, policy=policy)
    return judged(decided(case), "evidence:report").outcome.value


def test_a_waiver_of_long_standing_is_not_warned_of() -> None:
    assert told(case_of(unsafe(), waivers=(waiver(),)), "expiring") is None


@pytest.mark.parametrize(
    ("expires", "policy", "warns"),
    [
        ("2026-11-15T12:00:00Z", WAIVABLE, True),
        ("2026-11-15T12:00:01Z", WAIVABLE, False),
        (LATER, WAIVABLE.replace("30d}", "30d, warnBefore: 20d}"), True),
        ("2026-11-02T12:00:01Z", WAIVABLE.replace("30d}", "30d, warnBefore: 1d}"), False),
    ],
)
def test_who_answers_is_warned_ahead_of_time(expires: str, policy: str, *, warns: bool) -> None:
    case = case_of(unsafe(), waivers=(waiver(expires=expires),), policy=policy)
    found = told(case, "expiring")
    assert (found is not None) is warns
    lasting = case_of(unsafe(), waivers=(waiver(),), policy=policy)
    assert decided(case).outcome_digest == decided(lasting).outcome_digest
    if found is not None:
        assert (found.outcome, found.warns, found.binds) == (Outcome.MET, True, False)
        assert found.why == f"the waiver of SEC001 by sue ends at {expires}"
        assert found.findings == (
            {"code": "GOV003", "severity": "warning", "subject": OWN, "verdict": "fail"},
        )
        (step,) = found.remedy
        assert step.startswith("weighbridge waive SEC001 detector@1.4.0 --to production --reason")


def test_another_that_lasts_longer_spares_the_warning() -> None:
    soon, long = by("sue", expires="2026-11-03T00:00:00Z", entry=31), by("sid", entry=30)
    assert told(case_of(unsafe(), waivers=(soon, long), policy=BOTH), "expiring") is None
    assert told(case_of(unsafe(), waivers=(soon,), policy=BOTH), "expiring") is not None


def test_once_it_ended_the_release_is_denied_and_the_waiver_named() -> None:
    case = case_of(unsafe(), waivers=(waiver(expires=NOON),))
    found = told(case, "expired")
    assert found is not None
    assert decided(case).verdict is GateVerdict.DENIED
    assert (found.outcome, found.binds) == (Outcome.UNMET, False)
    assert found.why == f"the waiver of SEC001 by sue ended at {NOON}"
    assert found.seen == OWN
    assert [one["subject"] for one in found.findings] == [OWN]


@pytest.mark.parametrize(
    ("findings", "waivers"),
    [
        ((), (waiver(expires=NOON),)),
        (({**unsafe(), "severity": "warning"},), (waiver(expires=NOON),)),
        ((unsafe(),), (waiver(expires=NOON), by("sid", entry=29))),
        ((unsafe(),), (waiver(expires=NOON, roles=("sre",), rule="SEC004"),)),
        ((unsafe(),), (by("rob", expires=NOON),)),
        ((unsafe(digest=OTHER_FILE),), (waiver(expires=NOON),)),
    ],
)
def test_one_that_ended_is_not_told_where_nothing_needs_it(
    findings: tuple[dict[str, Any], ...], waivers: tuple[Waiver, ...]
) -> None:
    assert told(case_of(*findings, waivers=waivers, policy=BOTH), "expired") is None


def clean(*waivers: Waiver, policy: str = WAIVABLE) -> Case:
    """Have a report say that the rule ran and found nothing."""
    reported = evidence("report", "carl", report(passed=[*CODES, "SEC001"]), entry=12)
    return make(policy, evidence=(signature(), reported), waivers=waivers)


def test_one_for_nothing_is_told_and_does_not_block() -> None:
    case = clean(waiver())
    found = told(case, "unused")
    assert found is not None
    assert (found.outcome, found.warns) == (Outcome.MET, True)
    assert found.why == "1 waiver for nothing that was found"
    assert found.seen == f"the waiver of SEC001 by sue until {LATER} (mylab.models.Net)"
    assert found.findings[0]["severity"] == "note"
    (step,) = found.remedy
    assert step.startswith("weighbridge withdraw detector@1.4.0 --to production --waiver SEC001")
    assert decided(case).outcome_digest == decided(clean()).outcome_digest


def test_a_policy_may_let_it_block() -> None:
    policy = WAIVABLE.replace("30d}", "30d, unused: block}")
    found = told(clean(waiver(), policy=policy), "unused")
    assert found is not None
    assert (found.outcome, found.warns) == (Outcome.UNMET, False)


def test_it_blocks_where_one_of_several_entries_says_so() -> None:
    entry = "    - {rules: [SEC001], roles: [security], longest: 30d}\n"
    policy = WAIVABLE.replace(entry, entry + entry.replace("30d}", "30d, unused: block}"))
    found = told(clean(waiver(), policy=policy), "unused")
    assert found is not None
    assert found.outcome is Outcome.UNMET


def test_what_one_of_its_findings_needs_is_of_use() -> None:
    wide = waiver(findings=frozenset({threatened(FILE), threatened(OTHER_FILE)}))
    assert told(case_of(unsafe(), waivers=(wide,)), "unused") is None
    assert told(clean(wide), "unused") is not None


@pytest.mark.parametrize(
    "words",
    [
        (waiver(expires=NOON),),
        (by("sid", roles=("sre",)),),
        (waiver(), withdrawn("sue", "sue")),
        (waiver(environment="staging"),),
        (asked("mia"),),
    ],
)
def test_what_is_not_in_force_is_not_called_unused(words: tuple[Waiver, ...]) -> None:
    assert told(clean(*words), "unused") is None


def test_nobody_knows_of_what_use_it_is_where_its_rule_did_not_run() -> None:
    waived = waiver(rule="SEC003")
    policy = WAIVABLE.replace("[SEC001]", "[SEC003]")
    assert told(clean(waived, policy=policy), "unused") is None


def test_several_waivers_of_one_rule_stand_side_by_side() -> None:
    second = unsafe(digest=OTHER_FILE)
    words = (
        by("sue", entry=30),
        by("sid", entry=31, findings=frozenset({threatened(OTHER_FILE)})),
        by("sue", entry=32, environment="staging"),
    )
    case = case_of(unsafe(), second, waivers=words, policy=BOTH)
    assert judged(decided(case), "evidence:report").outcome is Outcome.WAIVED
    people = [(one["file"], one["person"]) for one in decided(case).outcome["waivers"]]
    assert people == [(FILE, "sue"), (OTHER_FILE, "sid")]


def test_the_newest_word_of_a_person_counts() -> None:
    shorter = by("sue", entry=31, expires=NOON)
    assert report_is(by("sue", entry=30), shorter) == "unmet"
    assert report_is(by("sue", entry=32), shorter) == "waived"
    assert report_is(by("sid", entry=30), shorter, policy=BOTH) == "waived"


def test_of_several_who_answer_the_newest_is_named() -> None:
    for first, second, named in ((30, 31, "sid"), (31, 30, "sue")):
        words = (by("sue", entry=first), by("sid", entry=second))
        case = case_of(unsafe(), waivers=words, policy=BOTH)
        assert f"SEC001 by {named} until" in judged(decided(case), "evidence:report").why


def test_what_is_taken_back_covers_nothing() -> None:
    assert report_is(waiver(), withdrawn("sue", "sue")) == "unmet"
    assert report_is(waiver(), withdrawn("sid", "sue")) == "unmet"
    assert report_is(waiver(entry=41), withdrawn("sue", "sue")) == "waived"


def test_what_was_taken_back_does_not_count_because_it_is_brought_again() -> None:
    said = waiver(statement="sha256:1")
    again = replace(said, entry=41)
    assert report_is(said, withdrawn("sue", "sue"), again) == "unmet"
    assert report_is(said, withdrawn("sue", "sue"), replace(again, statement="x")) == "waived"


def test_only_what_is_named_is_taken_back() -> None:
    both = (by("sue", entry=30), by("sid", entry=31))
    assert report_is(*both, withdrawn("sue", "sue"), policy=BOTH) == "waived"
    assert report_is(*both, withdrawn("sue", "sue", "sid"), policy=BOTH) == "unmet"
    for changes in (
        {"rule": "SEC004"},
        {"environment": "staging"},
        {"findings": frozenset({threatened(OTHER_FILE)})},
    ):
        assert report_is(waiver(), withdrawn("sue", "sue", **changes)) == "waived"


def test_nobody_grants_what_he_asked_for() -> None:
    for words in (
        (asked("sue"), waiver()),
        (asked("sue"), withdrawn("sue", "sue", entry=27), waiver()),
        (waiver(requested_by="sue"),),
    ):
        assert report_is(*words) == "unmet"
        assert "sue asked for this waiver" in void(words[-1], case_of(waivers=words))


@pytest.mark.parametrize(
    "request_",
    [
        asked("mia"),
        asked("sue", rule="SEC004"),
        asked("sue", environment="staging"),
        asked("sue", findings=frozenset({threatened(OTHER_FILE)})),
        asked("sue", entry=35),
    ],
)
def test_a_request_of_another_or_for_another_bars_nobody(request_: Waiver) -> None:
    assert report_is(request_, waiver()) == "waived"


def test_a_key_is_who_holds_it_whatever_it_says() -> None:
    alias = replace(asked("sue"), person="susan")
    assert "asked for this waiver" in void(waiver(), case_of(waivers=(alias,)))
    decision = decided(case_of(unsafe(), waivers=(alias, waiver())))
    assert outcomes(decision) == {"case-intact": "unmet"}


def test_a_request_waives_nothing() -> None:
    assert report_is(asked("mia")) == "unmet"
    assert report_is(asked("sue")) == "unmet"


def test_anybody_may_ask_within_what_the_policy_allows() -> None:
    case = case_of(waivers=())
    assert unpermitted(asked("mia"), case) == ""
    assert unpermitted(asked("mia", rule="SEC004"), case) == "the policy lets nobody waive SEC004"
    long = asked("mia", expires="2027-12-30T00:00:00Z")
    assert unpermitted(long, case) == "it lasts longer than the policy lets it"


def test_of_several_entries_the_longest_says_how_long_it_may_last() -> None:
    long = waiver(expires="2026-12-20T00:00:00Z")
    entry = "    - {rules: [SEC001], roles: [security], longest: 30d}\n"
    longer = WAIVABLE.replace(entry, entry + entry.replace("30d", "90d"))
    assert report_is(long) == "unmet"
    assert report_is(long, policy=longer) == "waived"


def test_a_request_is_open_until_somebody_answers() -> None:
    key = ("SEC001", threatened(FILE))
    words = Words((asked("mia"), asked("max", entry=26)), "production")
    assert sorted(words.asked[key]) == ["max", "mia"]
    assert Words((asked("mia"), waiver()), "production").asked[key] == {}
    assert Words((asked("mia"), withdrawn("sue", "mia")), "production").asked[key] == {}


@pytest.mark.parametrize("word", [withdrawn("sue"), asked("mia", expires=""), waiver(expires="")])
def test_a_word_that_lacks_something_stops_everything(word: Waiver) -> None:
    decision = decided(case_of(unsafe(), waivers=(word,)))
    assert judged(decision, "case-intact").outcome is Outcome.UNMET


@pytest.mark.parametrize("code", ["INT001", "DEP003", "GOV003"])
def test_a_policy_cannot_let_these_be_waived(code: str) -> None:
    policy = WAIVABLE.replace("[SEC001]", f"[{code}]")
    everything = Covered(digest=FILE, name=NET)
    word = waiver(rule=code, findings=frozenset({everything}))
    case = case_of({**unsafe(), "code": code}, waivers=(word,), policy=policy)
    assert void(word, case) == f"the policy lets nobody waive {code}"
    assert judged(decided(case), "evidence:report").outcome is Outcome.UNMET


def test_a_finding_without_a_code_blocks_and_breaks_nothing() -> None:
    nameless = {key: value for key, value in unsafe().items() if key != "code"}
    found = judged(decided(case_of(nameless, waivers=(waiver(),))), "evidence:report")
    assert found.outcome is Outcome.UNMET


def test_a_finding_in_a_lock_is_waived_wherever_that_lock_is() -> None:
    lock = "sha256:" + "1" * 64
    plain = {**unsafe(), "threat": None, "seen": "lab.Net", "location": {"file": "x.lock"}}
    policy = WAIVABLE
    covered = Covered(digest=lock, subject="model.onnx", seen="lab.Net")
    word = waiver(findings=frozenset({covered}))
    for manifest in (MANIFEST, MANIFEST.replace("1.4.0", "1.5.0")):
        case = case_of({**plain}, waivers=(word,), policy=policy)
        other = make(policy, manifest=manifest)
        reported = [
            replace(
                one,
                release=other.release,
                subjects=(other.release,),
                predicate=_reading(one.predicate, lock),
            )
            for one in case.evidence
        ]
        moved = replace(other, evidence=tuple(reported), waivers=(word,))
        assert judged(decided(moved), "evidence:report").outcome is Outcome.WAIVED
    for changes in ({"seen": "lab.Other"}, {"subject": "head"}, {"location": {"file": "y.lock"}}):
        case = case_of({**plain, **changes}, waivers=(word,), policy=policy)
        read = tuple(replace(one, predicate=_reading(one.predicate, lock)) for one in case.evidence)
        assert (
            judged(decided(replace(case, evidence=read)), "evidence:report").outcome
            is Outcome.UNMET
        )


def _reading(predicate: Mapping[str, Any], lock: str) -> dict[str, Any]:
    """Have a report say that it read a lock."""
    ours = "https://weighbridge.dev/v1"
    if ours not in predicate:
        return dict(predicate)
    own = predicate[ours]
    report = {**own["report"], "inputs": [{"name": "x.lock", "digest": lock}]}
    return {**predicate, ours: {**own, "report": report}}
