"""`weighbridge rules`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, VerbGroup, reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.report.interface import RuleText
    from weighbridge.rules.packs import Pack


def rule_texts(packs: Sequence[Pack] = ()) -> dict[str, RuleText]:
    """Collect what is said about each rule wherever its findings are shown.

    Args:
        packs: Rule packs whose rules are among them.
    """
    from weighbridge.report.interface import RuleText
    from weighbridge.rules.catalogue import RULES, summary

    every = [("", rule) for rule in RULES]
    every += [(pack.title, rule) for pack in packs for rule in pack.rules]
    return {
        rule.code: RuleText(
            code=rule.code,
            name=rule.name,
            severity=rule.severity,
            summary=summary(rule),
            help_markdown=rule.text,
            pack=pack,
        )
        for pack, rule in every
    }


@click.group(name="rules", cls=VerbGroup)
def command() -> None:
    """List the rules."""


@command.command(name="list", cls=Verb)
@reading("text", "json")
def list_rules(*, output_format: str) -> None:
    """List every rule this version runs: code, severity, name, and what it checks."""
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    session = Session.current()
    texts = rule_texts().values()
    if output_format == "json":
        entries = [
            {"code": t.code, "name": t.name, "severity": t.severity.value, "summary": t.summary}
            for t in texts
        ]
        session.result(json_text({"schemaVersion": SCHEMA_VERSION, "rules": entries}))
        return
    width = max(len(text.name) for text in texts)
    lines = [f"{t.code}  {t.severity.value:<7}  {t.name:<{width}}  {t.summary}\n" for t in texts]
    session.result("".join(lines))
