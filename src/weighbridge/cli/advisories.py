"""`weighbridge advisories`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, VerbGroup, dry_run, reading

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.usecases.advisories_update import Compiled
    from weighbridge.usecases.data_sets import DataSet
    from weighbridge.usecases.data_sources import SourceKind


@click.group(name="advisories", cls=VerbGroup)
def command() -> None:
    """Load advisories, and show and publish the data that rules hold files against."""


@command.command(name="update", cls=Verb)
@click.option(
    "--from",
    "sources",
    required=True,
    multiple=True,
    metavar="DIR|FILE|URL",
    help="Advisories, or newer data; several sources of advisories are put together.",
)
@acting
@dry_run
@reading("text", "json")
def update(
    *, sources: tuple[str, ...], key_names: tuple[str, ...], dry_run: bool, output_format: str
) -> str:
    """Load advisories, keep what a package index says, or publish newer data.

    Advisories are OSV records, JSON or YAML: a folder such as a copy of
    github.com/pypa/advisory-database, an archive such as all.zip of osv.dev, or the address of one
    (https, needs the extra `oci`). They are compiled into one file beside the registry and replace
    what was loaded before. A folder of pages of a package index (PEP 691, JSON, a file a project),
    as they were when a lock was made, is kept likewise. Nobody signs these: they are this place's
    own, and every report names their digest.

    FILE is JSON as `advisories status NAME` writes it, with a version of its own: pickle-globals,
    compatibility, lifecycles or licences. FILE or DIR may also be calendars: product files of
    endoflife.date, debian.csv and ubuntu.csv of distro-info; the lifecycles are then updated from
    them, and the rows that change are shown. Such data is published: owners sign it, as many as the
    registry demands, and each runs the same command. From then on it counts wherever this registry
    is used, and reports name it.

    Exit codes: 0 in force, 1 nothing could be read, or more owners must sign, 2 no such data, 4
    refused.
    """
    from weighbridge.usecases.data_sources import SourceKind, recognise

    session = Session.current()
    kinds = {recognise(source, session.start) for source in sources}
    if len(kinds) > 1 or (len(sources) > 1 and kinds != {SourceKind.ADVISORIES}):
        raise click.UsageError("several sources are put together only if all hold advisories")
    kind = kinds.pop()
    if key_names and kind in {SourceKind.ADVISORIES, SourceKind.INDEX}:
        raise click.UsageError("--key is for data that is published; this is this place's own")
    if kind is SourceKind.ADVISORIES:
        return _load(session, sources, dry_run=dry_run, output_format=output_format)
    path = session.start / sources[0]
    if kind is SourceKind.INDEX:
        return _keep_index(session, path, dry_run=dry_run)
    return _publish(session, path, kind, key_names, dry_run=dry_run, output_format=output_format)


def _publish(
    session: Session,
    path: Path,
    kind: SourceKind,
    key_names: tuple[str, ...],
    *,
    dry_run: bool,
    output_format: str,
) -> str:
    from weighbridge.cli.changing import change_as_owners
    from weighbridge.usecases.data_sets import load_data, publication
    from weighbridge.usecases.data_sources import SourceKind

    if kind is SourceKind.LIFECYCLES:
        data = _update_lifecycles(session, path)
        if data is None:
            return "pass"
    else:
        data = load_data(path, path.name)
    change, paper = publication(data)
    return change_as_owners(
        session,
        change,
        key_names,
        dry_run=dry_run,
        output_format=output_format,
        papers=[paper],
    )


def _load(session: Session, sources: tuple[str, ...], *, dry_run: bool, output_format: str) -> str:
    import contextlib
    import tempfile
    from pathlib import Path

    from weighbridge.adapters.clock import utc_now
    from weighbridge.bootstrap import data_folder
    from weighbridge.usecases.advisories_update import compile_advisories

    with contextlib.ExitStack() as stack:
        folder = data_folder(session.settings())
        if dry_run:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="weighbridge-")))
        found = compile_advisories(
            sources,
            start=session.start,
            folder=folder,
            now=utc_now(),
            offline=session.globals.offline,
        )
    session.result(_loaded(found, output_format))
    if dry_run:
        session.hint("nothing was loaded")
    return "pass" if found.data is not None else "fail"


def _loaded(found: Compiled, output_format: str) -> str:
    from weighbridge.adapters.clock import utc_now
    from weighbridge.report.advisories import advisories_entry, advisories_text
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.rules.advisories.staleness import age_days, stale

    data, now = found.data, utc_now()
    age = 0 if data is None else age_days(data.newest, now)
    if output_format == "json":
        entry = advisories_entry(data, age=age, unread=found.told)
        return json_text({"schemaVersion": SCHEMA_VERSION, **entry, "unread": found.unread})
    if data is None:
        lines = [f"{one.source}: {one.name} {one.reason}\n" for one in found.told]
        return "".join(["no record could be read; what was loaded before is still there\n", *lines])
    return advisories_text(data, age=age, stale=stale(data, now), unread=found.told)


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
    from weighbridge.adapters.clock import utc_now
    from weighbridge.model.wording import plural
    from weighbridge.usecases.data_sources import files_of, is_page_file
    from weighbridge.usecases.index_pages import INDEX, compile_pages, keep_index

    pages = [one for one in files_of(path) if is_page_file(one)]
    document = compile_pages(pages, today=utc_now()[:10])
    registry = session.local_folder()
    if not dry_run:
        keep_index(document, registry)
    verb = "would be kept" if dry_run else "kept"
    session.result(f"{verb}: {plural(len(pages), 'page')} of a package index in {INDEX}\n")
    return "pass"


@command.command(name="status", cls=Verb)
@click.argument("name", metavar="[NAME]", required=False)
@reading("text", "json")
def status(*, name: str | None, output_format: str) -> None:
    """Show what data counts here: version, digest, age or how long it is good, and its origin.

    With NAME, such as pickle-globals, the data itself is written, as JSON. With advisories, their
    file is read whole and held against its digest, and what could not be read is listed.
    """
    import difflib

    from weighbridge.model.errors import NotFoundError
    from weighbridge.report.advisories import NAME
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.usecases.data_sets import current_data
    from weighbridge.usecases.data_standing import standings

    session = Session.current()
    if name == NAME:
        entry, text = _advisories(session, whole=True)
        shown = json_text({"schemaVersion": SCHEMA_VERSION, **entry})
        session.result(shown if output_format == "json" else text)
        return
    found = current_data(session.registry())
    if name is not None:
        known = [*found.sets, NAME]
        if name not in found.sets:
            close = difflib.get_close_matches(name, known) or known
            raise NotFoundError(f"there is no data {name}", help=[f"there is {close[0]}"])
        session.result(json_text(found.sets[name].value.data))
        return
    listed = standings(found, session.local_folder())
    advisories, text = _advisories(session, whole=False)
    if output_format == "json":
        entries = [*(one.entry for one in listed), advisories]
        session.result(json_text({"schemaVersion": SCHEMA_VERSION, "data": entries}))
        return
    session.result("".join(f"{one.line}\n" for one in listed) + text)


def _advisories(session: Session, *, whole: bool) -> tuple[dict[str, object], str]:
    """Say what the advisories are, for programs and for people."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.report.advisories import advisories_entry, advisories_text
    from weighbridge.rules.advisories.staleness import age_days, stale

    file, now = session.advisories().file(), utc_now()
    if file is None:
        return advisories_entry(None, age=0), advisories_text(None, age=0, stale=())
    data = file.verified() if whole else file.data
    unread = file.unread() if whole else []
    age = age_days(data.newest, now)
    return (
        advisories_entry(data, age=age, unread=unread),
        advisories_text(data, age=age, stale=stale(data, now), unread=unread),
    )


@command.command(name="serve", cls=Verb)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8_585, show_default=True, help="0: any free."
)
@click.option("--anywhere", is_flag=True, help="Let --host be one that other machines reach.")
def serve(*, host: str, port: int, anywhere: bool) -> None:
    """Answer OSV's questions from the advisories that were loaded here.

    POST /v1/query, POST /v1/querybatch and GET /v1/vulns/ID, as api.osv.dev has them, so that
    other tools use the same data offline: pip-audit -s osv --osv-url http://127.0.0.1:8585/v1/query

    It is for this machine: there is no login. It ends with Ctrl-C, and knows what was loaded when
    it began.
    """
    import contextlib

    from weighbridge.adapters.advisories.serving import open_server
    from weighbridge.model.errors import UnavailableError

    session = Session.current()
    file = session.advisories().file()
    if file is None:
        help_ = ["weighbridge advisories update --from DIR"]
        raise UnavailableError("no advisories were loaded here", help=help_)
    server = open_server(file, host, port, anywhere=anywhere)
    address, number = server.server_address[:2]
    session.result(f"{file.data.records} advisories on http://{address!s}:{number}/v1/query\n")
    with server, contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
