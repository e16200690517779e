"""What changed between two catalogues of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.rule_catalogue import RuleChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rule_catalogue import CataloguedRule, RuleCatalogue


def compare_rules(before: RuleCatalogue, after: RuleCatalogue) -> tuple[RuleChange, ...]:
    """List what changed, by code; a rule may have changed in several ways."""
    codes = {*before.rules, *after.rules, *after.retired}
    return tuple(
        change for code in sorted(codes) for change in _changes(code, before=before, after=after)
    )


def _changes(code: str, *, before: RuleCatalogue, after: RuleCatalogue) -> Iterator[RuleChange]:
    old, new = before.rules.get(code), after.rules.get(code)
    gone = after.retired.get(code)
    if old is not None and new is not None:
        yield from _differences(old, new)
    elif new is not None:
        yield RuleChange(code=code, name=new.name, kind="added", after=new.severity)
    elif gone is not None and before.retired.get(code) != gone:
        severity = old.severity if old is not None else ""
        yield RuleChange(
            code=code, name=gone.name, kind="retired", before=severity, after=gone.told
        )
    elif old is not None:
        yield RuleChange(code=code, name=old.name, kind="removed", before=old.severity)


def _differences(old: CataloguedRule, new: CataloguedRule) -> Iterator[RuleChange]:
    code, name = new.code, new.name
    if old.name != name:
        yield RuleChange(code=code, name=name, kind="name", before=old.name, after=name)
    if old.severity != new.severity:
        yield RuleChange(
            code=code, name=name, kind="severity", before=old.severity, after=new.severity
        )
    if old.judged_by != new.judged_by:
        yield RuleChange(
            code=code, name=name, kind="judge", before=old.judged_by, after=new.judged_by
        )
    for word in sorted({*old.asks, *new.asks}):
        was, is_ = old.asks.get(word, ""), new.asks.get(word, "")
        if was != is_:
            yield RuleChange(
                code=code, name=name, kind="asks", before=f"{word}: {was}", after=f"{word}: {is_}"
            )
    if old.text != new.text:
        yield RuleChange(code=code, name=name, kind="text")
