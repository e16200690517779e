"""`weighbridge config`."""

from __future__ import annotations

import dataclasses
import json

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading


@click.command(name="config", cls=Verb)
@reading("text", "json")
def command(*, output_format: str, output: str | None) -> None:
    """Show settings and where each came from.

    Flags come before WEIGHBRIDGE_* variables, those before weighbridge.toml, that before the
    defaults.
    """
    session = Session.current()
    settings = session.settings()
    entries = []
    for field in dataclasses.fields(settings):
        setting = getattr(settings, field.name)
        value = list(setting.value) if isinstance(setting.value, tuple) else str(setting.value)
        entries.append(
            {"name": field.name.replace("_", "-"), "value": value, "origin": setting.origin}
        )
    if output_format == "json":
        text = json.dumps({"schemaVersion": 1, "settings": entries}, indent=2) + "\n"
    else:
        text = "".join(f"{e['name']} = {e['value']}  ({e['origin']})\n" for e in entries)
    session.result(text, output)
