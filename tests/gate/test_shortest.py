"""The shortest set of steps: taking all of them is enough, and taking fewer never is."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.gate.acting_on import actions_of, passes
from tests.gate.cases import (
    BEFORE,
    ENVIRONMENT,
    MANIFEST,
    NOON,
    POLICY,
    act,
    approved,
    decided,
    evidence,
    finding,
    having,
    key_of,
    make,
    program_for,
    replay,
    report,
    signature,
    trust_of,
)
from tests.gate.denied import ALWAYS, denied
from tests.gate.test_waivers import WAIVABLE, unsafe
from weighbridge.gate.case import Act
from weighbridge.gate.shortest import divided, shortest
from weighbridge.model.decision import Need
from weighbridge.model.step import Do

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.gate.case import Case
    from weighbridge.model.step import Step

CASES = denied()
LOST = [name for name, case in CASES.items() if decided(case).conditions[0].outcome != "met"]
UNFORESEEN = {
    "a condition that will expire is unmet",  # which wants another task than all others do
    "a condition cannot be decided",  # so that its risk is high, which a mend would lower again
}
MENDABLE = [name for name in CASES if name not in {*LOST, *UNFORESEEN}]
FEW = 4
TARGETS = POLICY.replace("  approvals:", "  targets: {required: all-validated}\n  approvals:")
TARGETED = MANIFEST.replace(
    "  parameters:",
    "  compatibility:\n    targets:\n      - {name: cpu, os: linux, arch: x86_64}\n"
    "      - {name: gpu, os: linux, arch: x86_64}\n  parameters:",
)


def steps_of(case: Case) -> tuple[Step, ...]:
    return shortest(case, decided(case), program_for(case.bundle))


def told(case: Case) -> list[tuple[str, int]]:
    return [(step.action.do.value, step.times) for step in steps_of(case)]


def assert_shortest(case: Case) -> None:
    """Take all steps, and then every smaller set of them, as far as there are few."""
    actions = actions_of(steps_of(case))
    assert [
        one.command for one in actions if re.search(r"\b(REF|ENV|RELEASE)\b", one.command)
    ] == []
    assert passes(case, actions), [action.command for action in actions]
    sizes = range(len(actions)) if len(actions) <= FEW else (len(actions) - 1,)
    for size in sizes:
        for less in combinations(actions, size):
            assert not passes(case, less), [action.command for action in less]


def test_what_is_allowed_takes_nothing() -> None:
    assert steps_of(approved(make())) == ()


@pytest.mark.parametrize("name", MENDABLE)
def test_all_steps_are_enough_and_fewer_are_not(name: str) -> None:
    assert_shortest(CASES[name])


@pytest.mark.parametrize("name", LOST)
def test_what_cannot_be_believed_is_looked_into_first(name: str) -> None:
    assert [step.told for step in steps_of(CASES[name])] == ["weighbridge log verify --deep"]


PARTS = st.fixed_dictionaries(
    {
        "policy": st.sampled_from([POLICY, ALWAYS, POLICY.replace("noneAbove: warning", "min: 2")]),
        "signed": st.booleans(),
        "reported": st.sampled_from([None, (), ("failed",), ("unsure",)]),
        "replayed": st.sampled_from([None, "bitwise"]),
        "held": st.booleans(),
        "arrived": st.sampled_from(["", BEFORE, "2026-11-01T10:00:00Z"]),
        "now": st.sampled_from([NOON, "2026-11-02T11:00:00Z"]),
        "words": st.lists(
            st.tuples(
                st.sampled_from(["max", "mia", "sid"]), st.sampled_from(["approve", "reject"])
            ),
            max_size=3,
        ),
    }
)


few = settings(max_examples=30, phases=[Phase.explicit, Phase.reuse, Phase.generate])
"""Each example is decided many times."""


def built(parts: dict[str, object]) -> Case:
    """Make a case out of what is drawn."""
    given_: list[object] = [signature()] if parts["signed"] else []
    said = {"failed": finding(), "unsure": finding(verdict="inconclusive")}
    if isinstance(parts["reported"], tuple):
        found = [said[one] for one in parts["reported"]]
        given_.append(evidence("report", "carl", report(*found), entry=12))
    if parts["replayed"]:
        given_.append(replay(str(parts["replayed"])))
    case = make(
        str(parts["policy"]),
        evidence=tuple(given_),
        held="rolled back" if parts["held"] else "",
        arrived=str(parts["arrived"]),
    )
    words = parts["words"]
    for person, what in words if isinstance(words, list) else ():
        case = having(case, act(case, person, Act(what)))
    return replace(case, now=str(parts["now"]))


@pytest.mark.slow
@few
@given(PARTS)
def test_whatever_is_missing_all_steps_are_enough_and_fewer_are_not(
    parts: dict[str, object],
) -> None:
    case = built(parts)
    if decided(case).verdict == "allowed":
        assert steps_of(case) == ()
    else:
        assert_shortest(case)


def test_who_asked_for_a_release_is_not_asked_to_approve_it_instead_of_another() -> None:
    """Another release, which he did not ask for, would pass as well, and takes longer."""
    case = built(
        {
            "policy": POLICY,
            "signed": False,
            "reported": ("unsure",),
            "replayed": None,
            "held": True,
            "arrived": "2026-11-01T10:00:00Z",
            "now": "2026-11-02T11:00:00Z",
            "words": [("mia", "approve"), ("max", "reject")],
        }
    )
    last = steps_of(case)[-1].action
    assert (last.do, case.requesters) == (Do.APPROVE, frozenset({"rob"}))
    assert last.people == ("ann", "dora", "max", "mia", "sid")
    assert_shortest(case)


@pytest.mark.slow
@few
@given(PARTS)
def test_the_same_case_gives_the_same_steps(parts: dict[str, object]) -> None:
    case = built(parts)
    again = replace(case, evidence=case.evidence[::-1], acts=case.acts[::-1])
    assert steps_of(case) == steps_of(again)


def test_one_fresh_check_meets_age_rules_and_targets() -> None:
    case = make(TARGETS, manifest=TARGETED)
    (checked,) = [one for one in case.evidence if "report" in str(one.predicate)]
    stale = approved(replace(case, now="2026-11-03T00:00:00Z"))
    assert checked.person == "carl"
    step = steps_of(stale)[0]
    assert step.action.command == (
        "weighbridge check detector@1.4.0 --for-target cpu --for-target gpu --sign --key NAME"
    )
    assert step.meets == ("fresh:report", "targets")
    assert told(stale) == [("check", 1), ("approve", 2)]
    assert_shortest(stale)


def test_one_person_with_two_roles_counts_for_two_demands() -> None:
    both = trust_of(key_of("mia", roles=("ml-lead", "security")))
    policy = POLICY.replace(
        "    - {min: 2, roles: [ml-lead, sre]}\n    - {min: 1, roles: [security], when:"
        ' release.effectiveRisk == "high"}',
        "    - {min: 1, roles: [ml-lead]}\n    - {min: 1, roles: [security]}",
    )
    (step,) = steps_of(make(policy, trust=both))
    assert step.action.people == ("mia",)
    assert step.meets == ("approvals:0", "approvals:1")
    assert told(make(policy)) == [("approve", 1), ("approve", 1)]


def test_waiving_is_shorter_than_another_release_where_the_policy_lets_somebody() -> None:
    checked = evidence("report", "carl", report(unsafe()), entry=12)
    case = make(WAIVABLE, evidence=(signature(), checked))
    assert told(case) == [("waive", 1), ("approve", 2)]
    assert steps_of(case)[0].told == (
        "weighbridge waive SEC001 detector@1.4.0 --to production --reason WHY --expires 30d"
        " --key NAME (security: sue)"
    )
    assert_shortest(case)
    mixed = make(
        WAIVABLE,
        evidence=(signature(), evidence("report", "carl", report(unsafe(), finding()), entry=12)),
    )
    assert "waive" not in dict(told(mixed))
    assert dict(told(mixed))["change"] == 1


def test_another_release_begins_again_on_its_way() -> None:
    case = approved(make(manifest=MANIFEST.replace("classification", "poetry")))
    steps = steps_of(case)
    assert [(step.action.do, step.times) for step in steps] == [
        (Do.CHANGE, 1),
        (Do.SEAL, 1),
        (Do.SIGN, 1),
        (Do.PROMOTE, 1),
        (Do.WAIT, 1),
        (Do.CHECK, 1),
        (Do.APPROVE, 2),
    ]
    assert "detector@NEXT" in steps[2].action.command
    assert steps[4].action.until == "2026-11-02T12:00:00Z"


def test_where_too_few_could_owners_trust_somebody_first() -> None:
    environment = ENVIRONMENT.replace("[ml-lead, sre, security]", "[security]")
    nobody = ENVIRONMENT.replace("[ml-lead, sre, security]", "[auditor]")
    policy = POLICY.replace("roles: [ml-lead, sre]", "roles: [ml-lead, security]")
    case = make(policy, environment=environment)
    assert told(case) == [("trust", 1), ("approve", 2)]
    assert steps_of(case)[0].action.command == (
        "weighbridge key trust PEM --person PERSON --role security --key OWNER"
    )
    assert steps_of(case)[0].meets == ()
    # Nobody can be trusted with a role that counts nowhere: owners must change the environment.
    assert told(make(policy, environment=nobody)) == []
    unbuilt = approved(
        make(evidence=make().evidence[1:], trust=trust_of(key_of("bea", roles=("x",))))
    )
    assert told(unbuilt) == [("trust", 1), ("sign", 1), ("approve", 2)]


def test_conditions_on_other_things_than_the_release_say_themselves_what_to_do() -> None:
    policy = POLICY.replace(
        "      expr: release.spec.model.task in data.tasks",
        '      remediation: [ask the house]\n      expr: environment.metadata.name == "x"',
    ).replace("release.spec.model.task", "environment.metadata.name")
    assert ("other", 1) in told(make(policy))
    (step,) = [one for one in steps_of(make(policy)) if one.action.do is Do.OTHER]
    assert (step.action.command, step.meets) == ("ask the house", ("known-task",))


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sets(st.sampled_from("abcde"))), min_size=1, max_size=3
    )
)
def test_the_fewest_people_are_asked(drawn: Sequence[tuple[int, set[str]]]) -> None:
    needs = [
        Need(condition=f"approvals:{at}", count=count, people=tuple(sorted(people)))
        for at, (count, people) in enumerate(drawn)
    ]
    found = divided(needs)
    everybody = sorted({person for _, people in drawn for person in people})
    enough = [
        chosen
        for size in range(len(everybody) + 1)
        for chosen in combinations(everybody, size)
        if all(len({*chosen} & people) >= count for count, people in drawn)
    ]
    if found is None:
        assert not enough
        return
    assert sum(count for *_, count in found) == len(enough[0])
    picks = product(*(combinations(people, count) for people, _, count in found))
    for picked in picks:
        chosen = {person for group in picked for person in group}
        assert all(len(chosen & people) >= count for count, people in drawn)


def test_many_are_divided_without_trying_everything() -> None:
    people = [f"p{number:02}" for number in range(40)]
    needs = [
        Need(condition=f"approvals:{at}", count=9, people=tuple(people[at * 7 : at * 7 + 12]))
        for at in range(5)
    ]
    found = divided(needs)
    assert found is not None
    for need in needs:
        assert sum(n for _, names, n in found if need.condition in names) >= need.count
