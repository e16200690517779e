"""`weighbridge advisories`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, VerbGroup, dry_run, reading


@click.group(name="advisories", cls=VerbGroup)
def command() -> None:
    """Show and publish the data that rules hold files against."""


@command.command(name="update", cls=Verb)
@click.option("--from", "source", required=True, metavar="FILE", help="The newer data.")
@acting
@dry_run
@reading("text", "json")
def update(*, source: str, key_names: tuple[str, ...], dry_run: bool, output_format: str) -> str:
    """Publish newer lists of the globals that pickles may name.

    FILE is JSON as `advisories status pickle-globals` writes it, with a version of its own. Owners
    sign this, as many as the registry demands; each runs the same command. From then on `check`
    and `scan` hold pickles against them wherever this registry is used, and reports name them.

    Exit codes: 0 in force, 1 more owners must sign, 2 it is no such data, 4 refused.
    """
    from weighbridge.cli.changing import change_as_owners
    from weighbridge.usecases.data_sets import load_lists, publication

    session = Session.current()
    change, paper = publication(load_lists(session.start / source, source))
    return change_as_owners(
        session,
        change,
        key_names,
        dry_run=dry_run,
        output_format=output_format,
        papers=[paper],
    )


@command.command(name="status", cls=Verb)
@click.argument("name", metavar="[NAME]", required=False)
@reading("text", "json")
def status(*, name: str | None, output_format: str) -> None:
    """Show what data counts here: version, digest, and where it is from.

    With NAME, such as pickle-globals, the data itself is written, as JSON.
    """
    import difflib

    from weighbridge.model.errors import NotFoundError
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.usecases.data_sets import PICKLE_GLOBALS, current_lists

    session = Session.current()
    found = current_lists(session.registry())
    if name is not None:
        if name != PICKLE_GLOBALS:
            close = difflib.get_close_matches(name, [PICKLE_GLOBALS]) or [PICKLE_GLOBALS]
            raise NotFoundError(f"there is no data {name}", help=[f"there is {close[0]}"])
        session.result(json_text(found.lists.data))
        return
    origin = "published by the owners of the registry" if found.published else "of this version"
    if output_format == "json":
        entry = {
            "name": PICKLE_GLOBALS,
            "version": found.lists.version,
            "digest": found.lists.digest,
            "published": found.published,
        }
        session.result(json_text({"schemaVersion": SCHEMA_VERSION, "data": [entry]}))
        return
    session.result(f"{found.name}  {found.lists.digest}  {origin}\n")
