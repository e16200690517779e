"""`weighbridge rules`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, VerbGroup, reading


@click.group(name="rules", cls=VerbGroup)
def command() -> None:
    """List the rules, and compare those of two versions."""


@command.command(name="list", cls=Verb)
@reading("text", "json")
def list_rules(*, output_format: str) -> None:
    """List every rule of this version: code, severity, who judges it, name, and what it checks.

    `check` asks of facts, before anything is signed. The gate asks of evidence, people and history;
    `verify` tells which signatures do not count.

    Rule packs follow, as they are named where they are loaded: those that owners published, with
    their rules, and those that are installed, of which nothing is imported.
    """
    from weighbridge.cli.rule_packs import listed_packs
    from weighbridge.report.json import json_text
    from weighbridge.report.rules import render_rules, rules_json
    from weighbridge.usecases.rule_texts import own_rules

    session = Session.current()
    ours, packs = own_rules(), listed_packs(session.registry())
    if output_format == "json":
        session.result(json_text(rules_json(ours, packs)))
    else:
        session.result(render_rules(ours, packs))


@command.command(name="diff", cls=Verb)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@reading("text", "json")
def diff_rules(*, before: str, after: str, output_format: str) -> None:
    """Compare the rules of two versions: of weighbridge, or of a rule pack.

    A and B are versions of weighbridge, digests of its rule set as a report names it, rule packs
    (NAME@VERSION, or as `rules list` names them), or the folder of one. Told is what was added,
    removed or retired, with what takes its place, what weighs otherwise, is judged by another,
    asks otherwise, or has another text.
    """
    from weighbridge.bootstrap import rule_set
    from weighbridge.diffing.rules import compare_rules
    from weighbridge.report.json import json_text
    from weighbridge.report.rules import changes_json, render_changes
    from weighbridge.usecases.catalogues_of_rules import find_catalogue

    session, current = Session.current(), rule_set()
    old, new = (
        find_catalogue(side, current=current, registry=session.registry, start=session.start)
        for side in (before, after)
    )
    changes = compare_rules(old, new)
    if output_format == "json":
        session.result(json_text(changes_json(old, new, changes)))
    else:
        session.result(render_changes(old, new, changes, styled=session.styled))
