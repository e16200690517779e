"""`weighbridge advisories`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, VerbGroup, dry_run, reading

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.usecases.data_sets import DataSet


@click.group(name="advisories", cls=VerbGroup)
def command() -> None:
    """Show and publish the data that rules hold files against."""


@command.command(name="update", cls=Verb)
@click.option("--from", "source", required=True, metavar="FILE|DIR", help="The newer data.")
@acting
@dry_run
@reading("text", "json")
def update(*, source: str, key_names: tuple[str, ...], dry_run: bool, output_format: str) -> str:
    """Publish newer data, or keep what a package index says.

    FILE is JSON as `advisories status NAME` writes it, with a version of its own: pickle-globals,
    compatibility or lifecycles. FILE or DIR may also be calendars: product files of endoflife.date,
    debian.csv and ubuntu.csv of distro-info; the lifecycles are then updated from them, and the
    rows that change are shown. Owners sign this, as many as the registry demands; each runs the
    same command. From then on `check` and `scan` use it wherever this registry is used, and
    reports name it.

    DIR may be pages of a package index (PEP 691, JSON, a file a project), as they were when a lock
    was made: what they say of yanked files and of projects is kept here, and nobody signs it.

    Exit codes: 0 in force or kept, 1 more owners must sign, 2 it is no such data, 4 refused.
    """
    from weighbridge.cli.changing import change_as_owners
    from weighbridge.usecases.data_sets import load_data, publication
    from weighbridge.usecases.data_sources import SourceKind, recognise

    session = Session.current()
    path = session.start / source
    kind = recognise(path)
    if kind is SourceKind.INDEX:
        return _keep_index(session, path, dry_run=dry_run)
    if kind is SourceKind.LIFECYCLES:
        data = _update_lifecycles(session, path)
        if data is None:
            return "pass"
    else:
        data = load_data(path, source)
    change, paper = publication(data)
    return change_as_owners(
        session,
        change,
        key_names,
        dry_run=dry_run,
        output_format=output_format,
        papers=[paper],
    )


def _update_lifecycles(session: Session, path: Path) -> DataSet | None:
    """Take calendars into the lifecycles, and show the rows that change; None if none does."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.usecases.data_sets import ENDING, DataSet, current_data
    from weighbridge.usecases.data_sources import files_of
    from weighbridge.usecases.lifecycle_sources import is_source, update_lifecycles

    current = current_data(session.registry()).lifecycles
    paths = [one for one in files_of(path) if is_source(one)]
    updated = update_lifecycles(paths, current, today=utc_now()[:10])
    for line in updated.changes:
        session.hint(line)
    if not updated.changes:
        session.hint("the lifecycles say the same already")
        return None
    return DataSet(kind=ENDING, value=updated.data, published=True)


def _keep_index(session: Session, path: Path, *, dry_run: bool) -> str:
    """Keep what the pages of an index say, in the registry's folder."""
    from pathlib import Path

    from weighbridge.adapters.clock import utc_now
    from weighbridge.model.wording import plural
    from weighbridge.usecases.data_sources import files_of, is_page_file
    from weighbridge.usecases.index_pages import INDEX, compile_pages, keep_index

    pages = [one for one in files_of(path) if is_page_file(one)]
    document = compile_pages(pages, today=utc_now()[:10])
    registry = Path(session.settings().registry.value)
    if not dry_run:
        keep_index(document, registry)
    verb = "would be kept" if dry_run else "kept"
    session.result(f"{verb}: {plural(len(pages), 'page')} of a package index in {INDEX}\n")
    return "pass"


@command.command(name="status", cls=Verb)
@click.argument("name", metavar="[NAME]", required=False)
@reading("text", "json")
def status(*, name: str | None, output_format: str) -> None:
    """Show what data counts here: version, digest, how long it is good, and where it is from.

    With NAME, such as pickle-globals, the data itself is written, as JSON.
    """
    import difflib

    from weighbridge.model.errors import NotFoundError
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.usecases.data_sets import current_data
    from weighbridge.usecases.data_standing import standings

    session = Session.current()
    found = current_data(session.registry())
    if name is not None:
        if name not in found.sets:
            close = difflib.get_close_matches(name, list(found.sets)) or list(found.sets)
            raise NotFoundError(f"there is no data {name}", help=[f"there is {close[0]}"])
        session.result(json_text(found.sets[name].value.data))
        return
    listed = standings(found, session.settings().registry.value)
    if output_format == "json":
        entries = [one.entry for one in listed]
        session.result(json_text({"schemaVersion": SCHEMA_VERSION, "data": entries}))
        return
    session.result("".join(f"{one.line}\n" for one in listed))
