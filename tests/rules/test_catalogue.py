from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.rules.asking import verdict
from weighbridge import gate, rules, seal, usecases
from weighbridge.diffing.table import TABLE
from weighbridge.gate.covers import NEVER
from weighbridge.model.fact import Facts, ObservedDirectory, ObservedFile, ObservedLock, Unavailable
from weighbridge.model.finding import Verdict
from weighbridge.rules.catalogue import (
    EXPLAINED,
    GATE_RULES,
    RESERVED,
    RETIRED,
    RULES,
    SECTIONS,
    explained,
    rule,
    sections,
    summary,
)
from weighbridge.rules.engine import judge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from weighbridge.rules.interface import Example, GateRule, Rule

CASES = [(each, example) for each in RULES for example in each.examples()]
IDS = [f"{each.code}-{example.title}" for each, example in CASES]
CODE = re.compile(r'"((?:CFG|CMP|DEP|GOV|INT|REP|SEC)[0-9]{3})"')
GONE = Unavailable("taken away by the test", "put it back")

every_rule = pytest.mark.parametrize("each", RULES, ids=lambda each: each.code)
every_example = pytest.mark.parametrize(("each", "example"), CASES, ids=IDS)


@every_example
def test_examples_are_judged_as_they_say(each: Rule[Any], example: Example) -> None:
    findings = judge([each], example.facts).findings

    assert verdict(findings) is example.verdict
    said = [f"{found.message}\n{found.seen}\n{found.wanted}\n{found.cause}" for found in findings]
    assert not example.seen or any(example.seen in text for text in said)


@every_example
def test_findings_speak_as_the_house_does(each: Rule[Any], example: Example) -> None:
    for found in judge([each], example.facts).findings:
        assert (found.code, found.name) == (each.code, each.name)
        assert not found.message.endswith(".")
        assert found.message
        assert found.location.file
        assert found.remediation or found.verdict is Verdict.INCONCLUSIVE
        assert found.seen or found.verdict is Verdict.INCONCLUSIVE
        assert not found.edits or each.fixable


@every_rule
def test_every_rule_shows_a_passing_and_a_failing_example(each: Rule[Any]) -> None:
    verdicts = {example.verdict for example in each.examples()}

    assert {Verdict.PASS, Verdict.FAIL} <= verdicts


@every_rule
def test_every_rule_has_its_text(each: Rule[Any]) -> None:
    found = sections(each)

    assert tuple(found) == SECTIONS
    assert all(found.values())
    assert summary(each).endswith(".")
    assert each.name not in summary(each)


def test_codes_are_unique_and_never_reused() -> None:
    codes = [each.code for each in RULES]

    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"[A-Z]{3}[0-9]{3}", code) for code in codes)
    assert not set(codes) & set(RETIRED)
    assert len({each.name for each in RULES}) == len(RULES)


def test_no_rule_is_left_out_of_the_catalogue() -> None:
    modules = [
        importlib.import_module(info.name)
        for info in pkgutil.walk_packages(rules.__path__, "weighbridge.rules.")
        if not info.ispkg
    ]
    found = {module.RULE.code: module for module in modules if hasattr(module, "RULE")}

    assert sorted(found) == [each.code for each in RULES]
    for each in RULES:
        module = found[each.code]
        assert module.__name__.rpartition(".")[2] == each.name.replace("-", "_")
        assert each.text == module.__doc__


def test_a_rule_is_found_by_its_code() -> None:
    found = rule("INT001")

    assert found is not None
    assert found.name == "digest-mismatch"
    assert rule("INT999") is None


def without_one(facts: Facts) -> Iterator[Facts]:
    """Take away every fact in turn."""
    for path, file in facts.files.items():
        yield replace(facts, files={**facts.files, path: GONE})
        yield replace(facts, files={key: facts.files[key] for key in facts.files.keys() - {path}})
        if isinstance(file, ObservedFile):
            blind = replace(file, structure=GONE)
            yield replace(facts, files={**facts.files, path: blind})
    for path, folder in facts.directories.items():
        yield replace(facts, directories={**facts.directories, path: GONE})
        if isinstance(folder, ObservedDirectory):
            blind_folder = replace(folder, declared=GONE)
            yield replace(facts, directories={**facts.directories, path: blind_folder})
    for path, lock in facts.locks.items():
        yield replace(facts, locks={**facts.locks, path: GONE})
        yield replace(facts, locks={})
        if isinstance(lock, ObservedLock):
            yield replace(facts, locks={**facts.locks, path: replace(lock, lock=GONE)})
    for name, image in facts.images.items():
        yield replace(facts, images={})
        yield replace(facts, images={name: replace(image, image=GONE, base=GONE)})
    yield replace(facts, source=GONE)
    yield replace(facts, python=GONE)


@every_example
def test_a_fact_that_is_missing_never_makes_a_pass(each: Rule[Any], example: Example) -> None:
    if example.verdict is Verdict.PASS:
        assert not judge([each], example.facts).findings
        return
    for facts in without_one(example.facts):
        judged = judge([each], facts)
        assert judged.findings
        assert not judged.passed


@pytest.mark.parametrize("each", GATE_RULES, ids=lambda each: each.code)
def test_what_the_gate_judges_is_explained_and_never_asked(each: GateRule) -> None:
    found = sections(each)

    assert tuple(found) == SECTIONS
    assert all(found.values())
    assert summary(each).endswith(".")
    assert each.name not in summary(each)
    assert explained(each.code) is each
    assert rule(each.code) is None
    assert explained("INT001") is rule("INT001")


def test_what_the_gate_judges_has_a_code_of_its_own() -> None:
    codes = [each.code for each in GATE_RULES]

    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"[A-Z]{3}[0-9]{3}", code) for code in codes)
    assert len({each.name for each in EXPLAINED}) == len(EXPLAINED)
    assert not set(codes) & {*RETIRED, *(each.code for each in RULES)}


@pytest.mark.parametrize("module", [gate, seal, usecases], ids=lambda module: module.__name__)
def test_every_code_a_finding_is_given_has_a_page(module: ModuleType) -> None:
    """Read from the sources, so that no code is given that nobody can look up."""
    paths = [path for root in module.__path__ for path in Path(root).rglob("*.py")]
    sources = [path.read_text(encoding="utf-8") for path in paths]
    given = {code for text in sources for code in CODE.findall(text)}

    assert given
    assert given <= {each.code for each in EXPLAINED}


def test_a_code_is_asked_retired_or_reserved_and_never_two_of_them() -> None:
    asked = {each.code for each in EXPLAINED}
    assert not asked & {*RESERVED}
    assert not {*RETIRED} & {*RESERVED}
    assert not {each.name for each in EXPLAINED} & {each.name for each in RESERVED.values()}


def test_whatever_names_a_rule_names_one_that_is_asked_or_reserved() -> None:
    named = {code for field in TABLE.values() for code in field.rules}
    asked = {each.code for each in EXPLAINED}
    assert named <= asked | {*RESERVED}
    assert asked >= NEVER
