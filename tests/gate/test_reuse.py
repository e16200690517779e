from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import (
    MANIFEST,
    OTHER,
    OTHER_TREE,
    POLICY,
    THIS,
    approved,
    decided,
    evidence,
    finding,
    judged,
    make,
    report,
    signature,
    with_evidence,
)
from weighbridge.codec.sections import SECTIONS, depended_sections
from weighbridge.gate.reuse import is_reused
from weighbridge.model.decision import GateVerdict, Outcome, Reused
from weighbridge.model.predicates import OURS

if TYPE_CHECKING:
    from weighbridge.gate.case import Evidence

REPLAYED = POLICY.replace('when: release.effectiveRisk == "high"\n      ', "")


def about_other(predicate: dict[str, Any], kind: str = "report") -> Evidence:
    return evidence(kind, "carl", predicate, entry=12, release=OTHER)


def test_evidence_about_a_release_that_is_the_same_but_for_its_version_is_reused() -> None:
    old = about_other(report())
    case = make(evidence=(signature(), old))
    decision = decided(approved(case))
    assert decision.verdict is GateVerdict.ALLOWED
    assert decision.reused == (
        Reused(predicate_type=old.predicate_type, release=OTHER, statement=old.statement),
    )
    assert judged(decision, "evidence:report").inputs == (OTHER,)
    assert decided(approved(make())).reused == ()


@pytest.mark.parametrize("section", SECTIONS)
def test_reuse_ends_with_the_first_section_that_differs(section: str) -> None:
    same = depended_sections(OTHER_TREE)
    other = {**same, section: "sha256:" + "0" * 64}
    case = make(evidence=(signature(), about_other(report(sections=other))))
    assert judged(decided(case), "evidence:report").outcome is Outcome.UNMET
    less = {name: digest for name, digest in same.items() if name != section}
    case = make(evidence=(signature(), about_other(report(sections=less))))
    assert judged(decided(case), "evidence:report").outcome is Outcome.UNMET


@pytest.mark.parametrize(
    "named",
    [
        {},
        None,
        [],
        "all",
        {**depended_sections(OTHER_TREE), "weather": None},
        {**depended_sections(OTHER_TREE), "weather": "sha256:0"},
        dict.fromkeys(SECTIONS),
    ],
)
def test_sections_nobody_can_compare_make_no_reuse(named: Any) -> None:  # noqa: ANN401
    predicate = report()
    predicate[OURS]["dependsOn"] = named
    case = make(evidence=(signature(), about_other(predicate)))
    assert decided(case).reused == ()
    assert judged(decided(case), "evidence:report").outcome is Outcome.UNMET


def test_a_release_without_a_section_is_no_match_for_one_that_was_weighed_with_it() -> None:
    bare = MANIFEST.replace("threshold: {kind: inference, type: integer, value: 3}", "{}")
    bare = bare.replace("parameters:\n    {}\n", "parameters: {}\n")
    case = make(manifest=bare)
    assert case.sections["parameters"] is None
    case = replace(case, evidence=(signature(case.release), about_other(report())))
    assert judged(decided(case), "evidence:report").outcome is Outcome.UNMET


def test_a_replay_is_reused_where_only_other_sections_differ() -> None:
    case = make(REPLAYED, manifest=MANIFEST.replace("value: 3", "value: 4"))
    depends = {
        name: digest
        for name, digest in depended_sections(OTHER_TREE).items()
        if name in {"source", "build", "environment", "dependencies", "artifacts"}
    }
    predicate = {OURS: {"verdict": "bitwise", "dependsOn": depends}}
    old = evidence("replay", "cat", predicate, entry=14, release=OTHER)
    assert judged(decided(with_evidence(case, old)), "evidence:replay").outcome is Outcome.MET
    for name in depends:
        less = {other: digest for other, digest in depends.items() if other != name}
        predicate = {OURS: {"verdict": "bitwise", "dependsOn": less}}
        assert not is_reused(replace(old, predicate=predicate), case)
    more = {**depends, "parameters": depended_sections(OTHER_TREE)["parameters"]}
    predicate = {OURS: {"verdict": "bitwise", "dependsOn": more}}
    assert not is_reused(replace(old, predicate=predicate), case)


def test_behaviour_depends_on_parameters_too() -> None:
    sections = depended_sections(OTHER_TREE)
    names = {"source", "build", "environment", "dependencies", "artifacts", "parameters"}
    names |= {"evaluation", "processing", "signature"}
    whole = {name: sections[name] for name in names}
    old = about_other({"result": "PASSED", OURS: {"dependsOn": whole}}, "behaviour")
    assert is_reused(old, make())
    del whole["parameters"]
    assert not is_reused(replace(old, predicate={OURS: {"dependsOn": whole}}), make())


def test_what_is_about_this_release_is_not_reused() -> None:
    both = replace(make().evidence[1], subjects=(OTHER, THIS))
    assert not is_reused(both, make())


def test_a_newer_failing_report_of_a_release_that_is_the_same_supersedes_a_pass() -> None:
    worse = evidence("report", "cat", report(finding()), entry=30, release=OTHER)
    assert decided(with_evidence(approved(make()), worse)).verdict is GateVerdict.DENIED


BUILT_FROM = {"source", "build", "environment", "dependencies", "artifacts"}
RAN_BY = BUILT_FROM | {"evaluation", "processing", "signature", "parameters"}


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        ("replay", BUILT_FROM),
        ("behaviour", RAN_BY),
        ("report", {*RAN_BY, "weather", "moon"}),
        ("https://example.com/review/v1", {*RAN_BY, "weather", "moon"}),
    ],
)
def test_every_section_a_type_depends_on_must_be_named_and_the_same(
    kind: str, needed: set[str]
) -> None:
    here = {name: f"sha256:{name}" for name in sorted({*RAN_BY, "weather", "moon"})}
    case = replace(make(), sections=here)

    def reused_for(depends: dict[str, str]) -> bool:
        return is_reused(about_other({OURS: {"dependsOn": depends}}, kind), case)

    enough = {name: here[name] for name in sorted(needed)}
    assert reused_for(enough)
    assert reused_for(here)
    for name in enough:
        assert not reused_for({other: enough[other] for other in enough if other != name})
        assert not reused_for({**enough, name: "sha256:other"})


@pytest.mark.parametrize("sections", [{}, {"source": None}, dict.fromkeys(SECTIONS)])
def test_two_releases_that_both_lack_everything_are_not_the_same(
    sections: dict[str, str | None],
) -> None:
    case = replace(make(), sections=sections)
    for kind in ("report", "replay"):
        assert not is_reused(about_other({OURS: {"dependsOn": sections}}, kind), case)
