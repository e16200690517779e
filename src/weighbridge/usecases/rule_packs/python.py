"""Rule packs in Python: imported once their bytes are what was named, and held to our protocol."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.python_packs.importing import import_rules
from weighbridge.model.authoring.rule_codes import is_code, is_ours
from weighbridge.model.errors import RuleError, RulePackError
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.policy.results import ExampleResult
from weighbridge.rules.catalogue import SECTIONS, sections, summary
from weighbridge.rules.engine import judge
from weighbridge.rules.interface import Rule
from weighbridge.rules.packs import Pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.adapters.python_packs.finding import InstalledPack
    from weighbridge.model.policy.results import Wanted
    from weighbridge.rules.interface import Example

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){0,15}")


def python_pack(installed: InstalledPack) -> Pack:
    """Import an installed pack whose digest was found to be the one that was named.

    Raises:
        RulePackError: What it offers are no rules, or rules with codes that are not its own.
        RuleError: It raised.
    """
    rules: dict[str, Rule[Any]] = {}
    for offered in import_rules(installed):
        for why in _complaints(offered, rules):
            message = f"the rule pack {installed.title} offers what is no rule: {why}"
            raise RulePackError(message, help=["report this to whoever made the pack"])
        rule: Any = offered
        rules[rule.code] = rule
    if not rules:
        raise RulePackError(f"the rule pack {installed.title} offers no rules")
    return Pack(
        name=installed.name,
        version=installed.version,
        digest=installed.digest,
        rules=tuple(rules.values()),
        published=False,
    )


def _complaints(offered: Any, known: dict[str, Rule[Any]]) -> Iterator[str]:  # noqa: ANN401 - as above
    """Say why something is no rule a pack may have: whoever wrote it may have put anything in."""
    if not isinstance(offered, Rule):
        yield f"a {type(offered).__name__}"
        return
    rule: Any = offered
    code = rule.code
    if not isinstance(code, str) or not is_code(code):
        yield f"its code is {code!r}"
        return
    if is_ours(code):
        yield f"{code} begins as codes of weighbridge do"
    if code in known:
        yield f"{code} is there twice"
    if not isinstance(rule.name, str) or not _NAME.fullmatch(rule.name):
        yield f"the name of {code} is {rule.name!r}"
    if not isinstance(rule.severity, Severity):
        yield f"the severity of {code} is {rule.severity!r}"
    if not isinstance(rule.text, str) or tuple(sections(rule)) != SECTIONS:
        yield f"the text of {code} has not the sections {', '.join(SECTIONS)}"


def test_python_pack(pack: Pack) -> list[ExampleResult]:
    """Try every example of every rule; a rule without a passing and a failing one has failed.

    Raises:
        RuleError: A rule raised.
    """
    return [result for rule in pack.rules for result in _tried(rule, pack)]


def _tried(rule: Rule[Any], pack: Pack) -> Iterator[ExampleResult]:
    try:
        examples = list(rule.examples())
    except Exception as error:  # as in the engine
        raise RuleError(f"the examples of {rule.code} broke down", cause=str(error)) from error
    for number, example in enumerate(examples, 1):
        ok, why = _came_of(rule, example)
        wanted: Wanted = "pass" if example.verdict is Verdict.PASS else "fail"
        yield _result(rule, pack, wanted=wanted, number=number, ok=ok, why=why)
    missing: tuple[Wanted, ...] = ("pass", "fail")
    for wanted in missing:
        if all(example.verdict.value != wanted for example in examples):
            why = "there is no such example"
            yield _result(rule, pack, wanted=wanted, number=0, ok=False, why=why)


def _came_of(rule: Rule[Any], example: Example) -> tuple[bool, str]:
    found = judge([rule], example.facts).findings
    verdicts = {finding.verdict for finding in found} or {Verdict.PASS}
    said = " ".join(f"{one.message} {one.seen} {one.wanted}" for one in found)
    ok = verdicts == {example.verdict} and example.seen in said
    return ok, f"{example.title}: {said or 'nothing is found'}"


def _result(
    rule: Rule[Any], pack: Pack, *, wanted: Wanted, number: int, ok: bool, why: str
) -> ExampleResult:
    return ExampleResult(
        condition=rule.code,
        title=summary(rule),
        origin=pack.name,
        wanted=wanted,
        number=number,
        ok=ok,
        why=why,
        location=Location(pack.title),
    )
