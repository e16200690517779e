"""Waivers of what the gate itself finds: of packages, and of a signature that breaks callers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.codec.locks.samples import UV_OF_PANDAS as UV
from tests.gate.cases import MANIFEST, decided, finding, judged, make, manifest_of, release_of
from tests.gate.test_compatibility import BEFORE, RULE
from tests.gate.test_dependencies import BRINGS_SIX, NEWER, case, following
from tests.gate.test_waivers import waiver
from weighbridge.codec.canonical import digest
from weighbridge.gate.compatibility import ID
from weighbridge.gate.covers import Covered
from weighbridge.gate.decide import decide
from weighbridge.gate.dependencies import BASELINE_ID, TRANSITIVE_ID
from weighbridge.gate.waivers import Waivers
from weighbridge.model.decision import Judged, Outcome
from weighbridge.usecases.programs import program_of

if TYPE_CHECKING:
    from weighbridge.gate.case import Case

MAY = "tasks}\n  waivers: [{rules: [DEP010, DEP011, CMP010], roles: [security], longest: 30d}]\n#"
LOCK = digest(NEWER.encode())


def waived(found: Case, rule: str, *covered: Covered) -> Case:
    return replace(found, waivers=(waiver(rule=rule, findings=frozenset(covered)),))


def baseline(found: Case) -> Judged:
    return judged(decided(found), BASELINE_ID)


def off(subject: str, lock: str = NEWER) -> Covered:
    return Covered(digest=digest(lock.encode()), subject=subject)


def test_a_package_off_the_baseline_is_waived_in_its_version_and_lock() -> None:
    asks = case(f"baseline: {MAY}", NEWER)
    assert "weighbridge waive DEP010" in baseline(asks).remedy[-1]
    found = baseline(waived(asks, "DEP010", off("numpy==2.2.0")))
    assert found.outcome is Outcome.WAIVED
    assert found.why.startswith("what it found is waived: DEP010 by sue until")
    assert [one["verdict"] for one in found.findings] == ["waived"]
    for other in (off("numpy==2.3.0"), off("numpy==2.2.0", UV)):
        assert baseline(waived(asks, "DEP010", other)).outcome is Outcome.UNMET
    assert baseline(waived(asks, "DEP011", off("numpy==2.2.0"))).outcome is Outcome.UNMET


def test_each_package_needs_its_own() -> None:
    lock = BRINGS_SIX.replace('"2.1.0"', '"2.2.0"')
    asks = case(f"baseline: {MAY}", lock)
    one = baseline(waived(asks, "DEP010", off("numpy==2.2.0", lock)))
    assert one.outcome is Outcome.UNMET
    assert [found["verdict"] for found in one.findings] == ["waived", "fail"]
    both = waived(asks, "DEP010", off("numpy==2.2.0", lock), off("six==1.17.0", lock))
    assert baseline(both).outcome is Outcome.WAIVED


def test_what_cannot_be_told_is_not_waived() -> None:
    lock = NEWER.replace('name = "pandas"\nversion = "2.2.3"\n', 'name = "pandas"\n')
    asks = case(f"baseline: {MAY}", lock)
    found = baseline(waived(asks, "DEP010", off("numpy==2.2.0", lock), off("pandas", lock)))
    assert found.outcome is Outcome.INCONCLUSIVE


def test_once_it_ended_the_package_is_named() -> None:
    asks = case(f"baseline: {MAY}", NEWER)
    ended = waiver(rule="DEP010", findings=frozenset({off("numpy==2.2.0")}), expires=asks.now)
    found = judged(decided(replace(asks, waivers=(ended,))), "waivers:expired")
    assert found.seen == "DEP010 numpy==2.2.0"


def test_a_change_nobody_asked_for_is_waived_as_it_was() -> None:
    asks = following(BRINGS_SIX)
    policy = asks.bundle.policy
    assert policy.spec.waivers is None
    told = judged(decided(asks), TRANSITIVE_ID).findings[0]
    waivers = Waivers(asks)
    decide(asks, program_of(asks.bundle), waivers=waivers)
    ((rule, covered),) = [key for key in waivers.found if key[0] == "DEP011"]
    assert (rule, covered.subject, covered.seen) == ("DEP011", "six", told["seen"])
    assert covered.digest == digest(BRINGS_SIX.encode())


def test_a_break_of_callers_is_waived_as_it_is() -> None:
    tree = manifest_of(MANIFEST.replace("1.4.0", "1.3.0") + BEFORE)
    policy = f"{RULE}  waivers: [{{rules: [CMP010], roles: [security], longest: 30d}}]\n"
    after = MANIFEST + BEFORE.replace("float32, shape: [-1, 224]", "float64, shape: [-1, 224]")
    plain = make(policy, manifest=after, serving=release_of(tree), serving_manifest=tree)
    seen = "input pixels is float64, was float32"
    broken = Covered(
        digest=plain.release, subject="input pixels", pointer="/spec/signature", seen=seen
    )
    assert judged(decided(plain), ID).outcome is Outcome.UNMET
    assert judged(decided(waived(plain, "CMP010", broken)), ID).outcome is Outcome.WAIVED
    other = replace(broken, seen="input pixels is float16, was float32")
    assert judged(decided(waived(plain, "CMP010", other)), ID).outcome is Outcome.UNMET


def test_what_names_no_finding_is_waived_by_nobody() -> None:
    one = Judged(id="one", outcome=Outcome.UNMET, why="it is so")
    assert [*Waivers(make()).over([one])] == [one]


def test_what_failed_besides_what_is_open_is_not_met() -> None:
    failed, open_ = finding("DEP010"), finding("DEP010", subject="six", verdict="inconclusive")
    for findings, outcome in (((failed, open_), "unmet"), ((open_, open_), "inconclusive")):
        one = Judged(id="one", outcome=Outcome.UNMET, why="it is so", findings=findings)
        (found,) = Waivers(make()).over([one])
        assert found.outcome == outcome
