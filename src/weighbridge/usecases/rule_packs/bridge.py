"""From a published pack to rules the engine asks: facts as plain values, expressions as judges."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from weighbridge.codec.resolved import resolved
from weighbridge.gate.cel import Bindings, ExpressionError
from weighbridge.gate.examples import try_values
from weighbridge.gate.pack_speech import pack_variables
from weighbridge.gate.program import Expressions, Languages
from weighbridge.model.errors import RulePackError
from weighbridge.model.fact import observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.policy.expressions import of_asked
from weighbridge.model.retirement import Retired
from weighbridge.rules.interface import Judgement, Rule
from weighbridge.rules.packs import Pack
from weighbridge.usecases.programs import release_schema
from weighbridge.usecases.rule_packs.asked import Value, View, each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weighbridge.model.fact import Facts
    from weighbridge.model.rule_pack import PackRule, RulePack
    from weighbridge.rules.interface import Example, Item


def languages_for(rule: PackRule) -> Languages:
    """Return what compiles the expressions of a rule."""
    return Languages(
        partial(pack_variables, release_schema=release_schema(), parameters=rule.thresholds)
    )


def loaded(pack: RulePack, digest: str, parameters: Mapping[str, Mapping[str, Any]] | None) -> Pack:
    """Make a pack ready to be asked, or only to be told of.

    Args:
        pack: The pack.
        digest: Its digest.
        parameters: Thresholds that are others than the defaults; each is one of the pack's. None
            if nobody will ask: then nothing is compiled.

    Raises:
        RulePackError: An expression cannot be compiled by this version.
    """
    rules = {rule.code: rule for rule in pack.spec.rules}
    view = View()
    listed = {
        name: partial(each, name, view) for name in {rule.for_each for rule in rules.values()}
    }
    return Pack(
        name=pack.metadata.name,
        version=pack.metadata.version,
        digest=digest,
        rules=tuple(
            _rule(rule, listed[rule.for_each], _judge(rule, pack, parameters, view))
            for rule in rules.values()
        ),
        retired={rule.code: one for rule in rules.values() if (one := retirement(rule))},
        parameters={code: dict(given) for code, given in (parameters or {}).items() if given},
        idle=lambda code, now: rules[code].why_not_at(now),
    )


def retirement(rule: PackRule) -> Retired | None:
    """Say what became of a rule, if it is retired."""
    gone = rule.retired
    if gone is None:
        return None
    return Retired(name=rule.name, on=gone.on, successor=gone.successor or "", reason=gone.reason)


def page(rule: PackRule) -> str:
    """Write a rule's text, with the sections ours have (Markdown)."""
    gone = retirement(rule)
    asked = "" if rule.when is None else f"\n\nIt is asked if `{rule.when}`."
    each = "the release" if rule.for_each is None else f"each of `{rule.for_each}`"
    known = [f"- `{name}`: {json.dumps(value)}" for name, value in rule.thresholds.items()]
    thresholds = ["", "Thresholds and their defaults:", "", *known] if known else []
    checks = "\n".join([f"Of {each}: `{rule.expr}`.{asked}", *thresholds])
    example = json.dumps(resolved(rule.tests.failing[0]), ensure_ascii=False, sort_keys=True)
    sections = {
        "What it checks": f"{rule.checks}\n\n{checks}" if rule.checks else checks,
        "Why it matters": rule.why,
        "How to fix": "\n".join(f"- {step}" for step in rule.how_to_fix),
        "Example": f"This fails:\n\n    {example}",
        "References": "\n".join(f"- {one}" for one in rule.references or ("none were given",)),
    }
    heading = rule.title if gone is None else f"{rule.title}\n\n{gone.told}"
    parts = [f"## {title}\n\n{body}" for title, body in sections.items()]
    return "\n\n".join([heading, *parts]) + "\n"


class _Judge:
    """Judges one item after another by one rule."""

    def __init__(self, rule: PackRule, given: Mapping[str, Any], view: View) -> None:
        self._rule, self._view = rule, view
        self._thresholds = {**rule.thresholds, **given}
        self._program = Expressions(of_asked(rule, ""), languages_for(rule))
        self._of: Facts | None = None

    def __call__(self, value: Value, facts: Facts) -> Iterator[Judgement]:
        item = observed(value)
        if self._of is not facts:
            self._of = facts
            self._values = Bindings(
                {
                    "release": self._view.release(facts),
                    "parameters": self._thresholds,
                    "now": facts.now,
                }
            )
        seen = () if self._rule.for_each is None else (item,)
        tried = try_values(self._rule, self._values, self._program, *seen)
        if tried.holds is None:
            yield Judgement(
                message=tried.why,
                wanted=self._rule.title,
                remediation=tuple(self._rule.how_to_fix),
                verdict=Verdict.INCONCLUSIVE,
            )
        elif not tried.holds:
            yield Judgement(message=tried.said, remediation=tuple(self._rule.how_to_fix))


def _judge(
    rule: PackRule,
    pack: RulePack,
    parameters: Mapping[str, Mapping[str, Any]] | None,
    view: View,
) -> Callable[[Value, Facts], Iterator[Judgement]]:
    if parameters is None:
        return _not_asked
    try:
        return _Judge(rule, parameters.get(rule.code, {}), view)
    except ExpressionError as error:
        raise RulePackError(
            f"{rule.code} of {pack.title} cannot be compiled by this version: {error.message}",
            help=["weighbridge policy test PACK", "publish a version that can be"],
        ) from error


def _not_asked(_value: Value, _facts: Facts) -> Iterator[Judgement]:
    """Refuse: the pack was loaded to be told of."""
    raise NotImplementedError


def _rule(
    rule: PackRule,
    listed: Callable[[Facts], Iterator[Item[Value]]],
    judge: Callable[[Value, Facts], Iterator[Judgement]],
) -> Rule[Value]:
    return Rule(
        code=rule.code,
        name=rule.name,
        severity=Severity(rule.severity),
        each=listed,
        judge=judge,
        examples=_no_examples,
        text=page(rule),
    )


def _no_examples() -> list[Example]:
    """Give none: those of a pack are plain values, tried by `policy test`."""
    return []
