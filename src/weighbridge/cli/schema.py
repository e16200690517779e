"""`weighbridge schema`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading

# Listed here, so that `--help` need not import the models; a test holds it to `codec.published`.
KINDS = ("ModelRelease", "ReleaseTemplate", "PromotionPolicy", "Environment", "RulePack")


@click.command(name="schema", cls=Verb)
@click.argument("kind", type=click.Choice(KINDS), default=KINDS[0])
@reading("json")
def command(*, kind: str, output_format: str) -> None:
    """Print the JSON Schema of a manifest, template, policy, environment or rule pack.

    The dialect is 2020-12; editors and other programs validate and complete with it.
    """
    from weighbridge.codec.published import published_schema
    from weighbridge.report.json import json_text

    del output_format
    Session.current().result(json_text(published_schema(kind)))
