"""`weighbridge registry migrate`, `backup` and `restore`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, dry_run, reading

if TYPE_CHECKING:
    from weighbridge.model.moving import MovableRegistry


@click.command(name="migrate", cls=Verb)
@click.option(
    "--to",
    "place",
    required=True,
    metavar="REGISTRY",
    help="Where it moves: postgresql://USER@HOST/DATABASE, or a folder.",
)
@click.option("--store", metavar="STORE", help="Where its blobs will lie: s3://… or a path.")
@click.option("--log-keys", metavar="DIR", help="The folder its log's keys will lie in.")
@dry_run
@reading("text", "json")
def migrate(
    *, place: str, store: str | None, log_keys: str | None, dry_run: bool, output_format: str
) -> None:
    """Move the registry to a place that was never used; the old one stays, and is not written to.

    Blobs are copied and held against their digests, entries are proven and tables made anew, and
    all of it is verified before the old registry is marked. Killed, run it again.

    Exit codes: 0 moved, 1 the ledger proves nothing, 2 the other place holds something already.
    """
    from weighbridge.usecases.migrate import migrate as run

    session = Session.current()
    source = _movable(session)
    target = _movable(session, registry=place, store=store, log_keys=log_keys)
    found = run(source, target, progress=session.progress, dry_run=dry_run)
    verb = "would move" if dry_run else "moved"
    _tell(session, f"{verb} to {found.place}", found, output_format)
    if not dry_run:
        session.hint(f"name it from now on: WEIGHBRIDGE_REGISTRY={found.place}")


@click.command(name="backup", cls=Verb)
@click.argument("file", metavar="FILE")
@click.option("--with-keys", is_flag=True, help="With the log's private keys; the file is 0600.")
@click.option("--without-blobs", is_flag=True, help="Their store is backed up by other means.")
@dry_run
@reading("text", "json")
def backup(
    *, file: str, with_keys: bool, without_blobs: bool, dry_run: bool, output_format: str
) -> None:
    """Write all the registry holds at one moment into FILE, a tar; the same gives the same bytes.

    Without --with-keys nothing can be appended to what is restored before the log's key is there
    again, or owners made another.
    """
    from weighbridge.adapters.backup_file import writing
    from weighbridge.usecases.backup import backup as run

    session = Session.current()
    registry = _movable(session)
    path = None if dry_run else session.hold(writing(session.start / file, private=with_keys))
    found = run(
        registry,
        path,
        with_keys=with_keys,
        with_blobs=not without_blobs,
        progress=session.progress,
    )
    _tell(session, f"{file} would hold" if dry_run else f"{file} holds", found, output_format)


@click.command(name="restore", cls=Verb)
@click.argument("file", metavar="FILE")
@dry_run
@reading("text", "json")
def restore(*, file: str, dry_run: bool, output_format: str) -> None:
    """Fill a registry that was never used from FILE, a backup; nothing in it is believed.

    Exit codes: 0 restored, 1 the backup proves nothing or is damaged, 2 the registry is not empty.
    """
    from weighbridge.adapters.backup_file import reading as opened
    from weighbridge.usecases.backup import restore as run

    session = Session.current()
    registry = _movable(session)
    archive = session.hold(opened(session.start / file))
    found = run(registry, archive, progress=session.progress, dry_run=dry_run)
    _tell(session, f"{file} holds" if dry_run else "restored", found, output_format)


def _movable(session: Session, **flags: str | None) -> MovableRegistry:
    from weighbridge.bootstrap.registries import open_movable

    registry = open_movable(session.settings(None, **flags))
    click.get_current_context().call_on_close(registry.close)
    return registry


def _tell(session: Session, said: str, found: object, output_format: str) -> None:
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    if not dataclasses.is_dataclass(found) or isinstance(found, type):
        raise TypeError(type(found))
    told = dataclasses.asdict(found)
    if output_format == "json":
        session.result(json_text({"schemaVersion": SCHEMA_VERSION, **told}))
        return
    counted = ", ".join(f"{count} {name}" for name, count in told.items() if name != "place")
    session.result(f"{said}: {counted}\n")
