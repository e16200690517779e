"""`weighbridge config`."""

from __future__ import annotations

import dataclasses

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading


@click.command(name="config", cls=Verb)
@reading("text", "json")
def command(*, output_format: str) -> None:
    """Show settings and where each came from.

    Flags come before WEIGHBRIDGE_* variables, those before weighbridge.toml, that before the
    defaults.
    """
    from weighbridge.model.database_address import shown_address
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.visible import visible

    session = Session.current()
    settings = session.settings()
    entries = []
    for field in dataclasses.fields(settings):
        setting = getattr(settings, field.name)
        value = (
            list(setting.value)
            if isinstance(setting.value, tuple)
            else shown_address(str(setting.value))
        )
        entries.append(
            {"name": field.name.replace("_", "-"), "value": value, "origin": setting.origin}
        )
    if output_format == "json":
        text = json_text({"schemaVersion": SCHEMA_VERSION, "settings": entries})
    else:
        lines = [visible(f"{e['name']} = {_shown(e['value'])}  ({e['origin']})") for e in entries]
        text = "".join(f"{line}\n" for line in lines)
    session.result(text)


def _shown(value: str | list[str]) -> str:
    """Write a value as a person would in weighbridge.toml; a text that is empty shows as `""`."""
    import json

    if isinstance(value, str):
        return value or '""'
    return json.dumps(value, ensure_ascii=False)
