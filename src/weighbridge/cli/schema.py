"""`weighbridge schema`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading


@click.command(name="schema", cls=Verb)
@click.argument("kind", type=click.Choice(["ModelRelease"]), default="ModelRelease")
@reading("json")
def command(*, kind: str, output_format: str) -> None:
    """Print the JSON Schema of the manifest.

    The dialect is 2020-12; editors and other programs validate and complete with it.
    """
    from weighbridge.codec.schemas import release_schema
    from weighbridge.report.json import json_text

    del kind, output_format
    Session.current().result(json_text(release_schema()))
