"""What is said of rules wherever they are shown: of ours, and of those of rule packs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.report.interface import RuleText
from weighbridge.report.rules import ListedPack
from weighbridge.rules.catalogue import EXPLAINED, RULES, summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.ports import Registry
    from weighbridge.rules.interface import GateRule, Rule
    from weighbridge.rules.packs import Pack


def rule_texts(packs: Sequence[Pack] = ()) -> dict[str, RuleText]:
    """Collect what is said about each rule of `check` wherever its findings are shown.

    Args:
        packs: Rule packs whose rules are among them.
    """
    every = [("", rule) for rule in RULES]
    every += [(pack.title, rule) for pack in packs for rule in pack.rules]
    return {rule.code: _text(rule, pack) for pack, rule in every}


def own_rules() -> list[RuleText]:
    """Collect what is said about every rule of this version, in the order of their codes."""
    return [_text(rule) for rule in sorted(EXPLAINED, key=lambda rule: rule.code)]


def published_rules(registry: Registry) -> list[ListedPack]:
    """List the rule packs that owners published, newest last.

    Raises:
        LedgerError: The ledger does not prove what it says, or the bytes of one are none.
    """
    from weighbridge.usecases.rule_packs.named import (  # noqa: PLC0415 - `check` seldom asks
        known_packs,
        published_pack,
    )

    packs = ((one, published_pack(one, registry)) for one in known_packs(registry).values())
    return [
        ListedPack(
            name=pack.name,
            version=pack.version,
            digest=digest,
            rules=[_text(rule, pack.title) for rule in pack.rules],
            retired=pack.retired,
        )
        for digest, pack in packs
    ]


def _text(rule: Rule[Any] | GateRule, pack: str = "") -> RuleText:
    return RuleText(
        code=rule.code,
        name=rule.name,
        severity=rule.severity,
        summary=summary(rule),
        help_markdown=rule.text,
        pack=pack,
        judged_by=rule.judged_by,
    )
