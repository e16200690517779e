"""`weighbridge schema`."""

from __future__ import annotations

import json

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb


@click.command(name="schema", cls=Verb)
@click.argument("kind", type=click.Choice(["ModelRelease"]), default="ModelRelease")
@click.option("--output", metavar="FILE", help="Write it to a file instead of the terminal.")
def command(*, kind: str, output: str | None) -> None:
    """Print the JSON Schema (2020-12) of a kind of document, for editors and other programs."""
    from weighbridge.codec.schemas import release_schema

    del kind
    text = json.dumps(release_schema(), indent=2, ensure_ascii=False) + "\n"
    Session.current().result(text, output)
