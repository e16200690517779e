from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.codec.locks.samples import UV_OF_PANDAS as UV
from tests.gate.cases import (
    ENVIRONMENT,
    MANIFEST,
    POLICY,
    approved,
    bundle_of,
    decided,
    environment_of,
    judged,
    make,
    manifest_of,
    release_of,
)
from weighbridge.codec.bundle import bundle_digest
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.codec.locks import read_lock
from weighbridge.gate.dependencies import BASELINE_ID, TRANSITIVE_ID, judge_dependencies
from weighbridge.model.decision import GateVerdict, Judged, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.gate.case import Case

NEWER = UV.replace('"2.1.0"', '"2.2.0"')
SIX = '[[package]]\nname = "six"\nversion = "1.17.0"\nsource = { registry = "https://pypi.org" }\n'
BRINGS_SIX = UV.replace('[{ name = "numpy" }]', '[{ name = "numpy" }, { name = "six" }]') + SIX
ASKS_FOR_SIX = UV.replace('[{ name = "pandas" }]', '[{ name = "pandas" }, { name = "six" }]') + SIX
APPROVED: Mapping[str, object] = {"NumPy": "2.1.0", "pandas": ">=2.2,<3"}


def policy(rules: str) -> str:
    return f"{POLICY}  dependencies: {{{rules}}}\n"


def manifest(lock: str, *, kind: str = "uv") -> str:
    old = "{lock: requirements.lock, format: requirements}"
    new = f'{{lock: uv.lock, format: {kind}, digest: "{digest(lock.encode())}"}}'
    return MANIFEST.replace(old, new)


def case(
    rules: str, lock: str = UV, *, approves: Mapping[str, object] = APPROVED, kind: str = "uv"
) -> Case:
    """Make a case whose policy holds its lock against what its data `tasks` says."""
    data = json.dumps({"classification": "1", **approves}).encode()
    named = rules.startswith("baseline")
    bundle = bundle_of(policy(rules), data=data) if named else bundle_of(policy(rules))
    record = environment_of(ENVIRONMENT, bundle)
    return replace(
        make(manifest=manifest(lock, kind=kind)),
        bundle=bundle,
        bundle_digest=bundle_digest(bundle),
        environment=record,
        environment_digest=digest(canonical_bytes(record)),
        locks={digest(lock.encode()): lock.encode()},
    )


def baseline(
    lock: str = UV, *, more: str = "", approves: Mapping[str, object] = APPROVED, **kind: str
) -> Judged:
    found = case(f"baseline: tasks{more}", lock, approves=approves, **kind)
    return judged(decided(found), BASELINE_ID)


def following(lock: str, before: str = UV, *, rule: str = "block", kind: str = "uv") -> Case:
    """Make a case of a release that comes after another."""
    plain = case(f"unexpectedTransitives: {rule}", lock, kind=kind)
    tree = manifest_of(manifest(before, kind=kind).replace("1.4.0", "1.3.0"))
    locks = {**plain.locks, digest(before.encode()): before.encode()}
    return replace(plain, locks=locks, serving=release_of(tree), serving_manifest=tree)


def transitive(lock: str, before: str = UV, **how: str) -> Judged:
    return judged(decided(following(lock, before, **how)), TRANSITIVE_ID)


def test_a_policy_that_says_nothing_of_packages_asks_nothing() -> None:
    for found in (make(), case("unexpectedTransitives: allow")):
        ids = {one.id for one in decided(found).conditions}
        assert not ids & {BASELINE_ID, TRANSITIVE_ID}


def test_what_is_approved_is_met() -> None:
    found = baseline()
    assert (found.outcome, found.why) == (Outcome.MET, "2 packages as approved")
    assert (found.findings, found.remedy, found.warns) == ((), (), False)
    assert found.inputs == (digest(UV.encode()),)


def test_another_version_is_off_the_baseline() -> None:
    found = baseline(NEWER)
    assert (found.outcome, found.why) == (Outcome.UNMET, "1 package off the baseline")
    assert (found.seen, found.wanted) == ("numpy==2.2.0", "numpy==2.1.0")
    assert found.findings == (
        {"code": "DEP010", "severity": "error", "subject": "numpy==2.2.0", "verdict": "fail"},
    )
    assert found.pointer == "/spec/dependencies/runtime"
    assert len(found.remedy) == 2


def test_a_package_nobody_approved_is_off_the_baseline() -> None:
    found = baseline(BRINGS_SIX)
    assert (found.outcome, found.seen) == (Outcome.UNMET, "six==1.17.0")
    assert found.wanted == "six in the baseline"


def test_a_policy_may_only_warn_of_it() -> None:
    found = baseline(NEWER, more=", offBaseline: warn")
    assert (found.outcome, found.warns) == (Outcome.MET, True)
    assert len(found.findings) == 1
    clean = baseline(more=", offBaseline: warn")
    assert (clean.outcome, clean.warns) == (Outcome.MET, False)


def test_a_pre_release_is_approved_only_where_it_is_named() -> None:
    candidate = UV.replace("2.2.3", "2.3.0rc1")
    assert baseline(candidate).outcome is Outcome.UNMET
    named = {**APPROVED, "pandas": ["2.2.3", "2.3.0rc1"]}
    assert baseline(candidate, approves=named).outcome is Outcome.MET
    other = baseline(UV.replace("2.2.3", "2.2.4"), approves=named)
    assert other.wanted == "pandas==2.2.3 or ==2.3.0rc1"


@pytest.mark.parametrize("lines", ["pandas>=2\n", "-r other.txt\n", "pandas===not-a-version\n"])
def test_an_entry_whose_version_is_not_known_leaves_it_open(lines: str) -> None:
    found = baseline(lines, kind="requirements")
    assert (found.outcome, found.warns) == (Outcome.INCONCLUSIVE, False)
    assert found.why == "of 1 entry the version is not known"
    assert [one["verdict"] for one in found.findings] == ["inconclusive"]
    assert (
        baseline(lines, more=", offBaseline: warn", kind="requirements").outcome == "inconclusive"
    )


@pytest.mark.parametrize(
    "lock", ["version = 2\n", "\x00", 'version = 1\n[[package]]\nname = "A"\n']
)
def test_a_lock_that_cannot_be_read_leaves_it_open(lock: str) -> None:
    found = baseline(lock)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "the lock of the release cannot be read" in found.why
    assert found.remedy == ("seal a release with a lock that can be read",)


def test_a_lock_of_a_format_nobody_reads_leaves_it_open() -> None:
    assert baseline("", kind="conda").outcome is Outcome.INCONCLUSIVE


def test_a_lock_that_is_not_there_leaves_it_open() -> None:
    found = judged(decided(replace(case("baseline: tasks"), locks={})), BASELINE_ID)
    assert (found.outcome, found.why) == (
        Outcome.INCONCLUSIVE,
        "the lock of the release is not there",
    )
    unlocked = replace(case("baseline: tasks"), locks={})
    assert decided(approved(unlocked)).verdict is GateVerdict.INCONCLUSIVE


def test_bytes_that_are_not_those_of_the_lock_break_the_case() -> None:
    plain = case("baseline: tasks")
    decision = decided(replace(plain, locks={digest(UV.encode()): NEWER.encode()}))
    assert [one.id for one in decision.conditions] == ["case-intact"]
    assert decision.verdict is GateVerdict.DENIED


def test_another_manifest_than_that_of_the_release_now_there_breaks_the_case() -> None:
    plain = following(UV)
    decision = decided(replace(plain, serving_manifest={**plain.manifest, "spec": {}}))
    assert [one.id for one in decision.conditions] == ["case-intact"]
    assert "the release now there" in decision.conditions[0].why


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        "x",
        {"numpy": ""},
        {"numpy": []},
        {"numpy": 2},
        {"numpy": "=="},
        {"a": "1", "A": "2"},
    ],
)
def test_a_baseline_that_approves_nothing_leaves_it_open(data: object) -> None:
    """No bundle is made with one; what a case holds is looked at all the same."""
    plain = case("baseline: tasks")
    bundle = replace(plain.bundle, data={"tasks": data})
    found = judged_alone(replace(plain, bundle=bundle))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.remedy == ("have owners publish a policy with a baseline",)
    gone = judged_alone(replace(plain, bundle=replace(plain.bundle, data={})))
    assert gone.outcome is Outcome.INCONCLUSIVE


def judged_alone(found: Case) -> Judged:
    (one,) = judge_dependencies(found)
    return one


def test_the_first_release_of_a_name_has_nothing_to_be_compared_with() -> None:
    found = judged(decided(case("unexpectedTransitives: block")), TRANSITIVE_ID)
    assert found.outcome is Outcome.MET
    assert found.why == "there is no other release of its name to compare with"


def test_the_same_packages_are_met() -> None:
    found = transitive(UV)
    assert (found.outcome, found.why) == (Outcome.MET, "nothing changed that nobody asked for")
    assert len(found.inputs) == 2


def test_a_new_transitive_is_told_with_who_brings_it() -> None:
    found = transitive(BRINGS_SIX)
    assert (found.outcome, found.why) == (Outcome.UNMET, "1 package nobody asked for changed")
    assert found.seen == "added six 1.17.0 (pandas==2.2.3 -> six==1.17.0)"
    assert found.findings == (
        {
            "code": "DEP011",
            "seen": "added six 1.17.0 (pandas==2.2.3 -> six==1.17.0)",
            "severity": "warning",
            "subject": "six",
            "verdict": "fail",
        },
    )


def test_a_transitive_that_changed_or_vanished_is_told() -> None:
    assert transitive(NEWER).seen == "changed numpy 2.1.0 -> 2.2.0 (pandas==2.2.3 -> numpy==2.2.0)"
    assert transitive(UV, BRINGS_SIX).seen == "removed six 1.17.0 (pandas==2.2.3 -> six==1.17.0)"


def test_what_was_asked_for_itself_is_expected() -> None:
    assert transitive(ASKS_FOR_SIX).outcome is Outcome.MET
    assert transitive(UV.replace("2.2.3", "2.2.4")).outcome is Outcome.MET


def test_a_policy_may_only_warn_of_transitives() -> None:
    found = transitive(NEWER, rule="warn")
    assert (found.outcome, found.warns) == (Outcome.MET, True)
    assert decided(approved(following(NEWER, rule="warn"))).verdict is GateVerdict.ALLOWED
    assert decided(approved(following(NEWER))).verdict is GateVerdict.DENIED


def test_a_lock_that_does_not_say_who_needs_whom_leaves_changes_open() -> None:
    same = transitive("a==1\n", "a==1\n", kind="requirements")
    assert same.outcome is Outcome.MET
    found = transitive("a==2\n", "a==1\n", kind="requirements")
    assert (found.outcome, found.why) == (
        Outcome.INCONCLUSIVE,
        "packages changed, and a lock does not say who needs them: a",
    )
    assert transitive("-r x\n", "a==1\n", kind="requirements").outcome is Outcome.INCONCLUSIVE


def test_a_release_now_there_that_cannot_be_read_leaves_it_open() -> None:
    found = judged(decided(replace(following(UV), serving_manifest=None)), TRANSITIVE_ID)
    assert found.outcome is Outcome.INCONCLUSIVE
    gone = replace(following(NEWER), locks={digest(NEWER.encode()): NEWER.encode()})
    found = judged(decided(gone), TRANSITIVE_ID)
    assert (found.outcome, found.why) == (
        Outcome.INCONCLUSIVE,
        "the lock of the release now there is not there",
    )


def test_approvals_are_given_for_what_was_found() -> None:
    clean, drifted = decided(following(UV)), decided(following(NEWER, rule="warn"))
    assert "DEP011" in json.dumps(drifted.outcome)
    assert "DEP011" not in json.dumps(clean.outcome)
    assert read_lock(UV.encode(), "uv", "uv.lock").roots == ("pandas",)


def test_a_lock_too_large_to_be_compared_leaves_it_open() -> None:
    index = 'source = { registry = "https://pypi.org" }\n'
    many = "".join(
        f'[[package]]\nname = "a"\nversion = "{at}"\n{index}dependencies = [{{ name = "a" }}]\n'
        for at in range(320)
    )
    found = transitive(f"version = 1\n{many}", UV)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "a lock is too large to be compared" in found.why
