"""`weighbridge registry`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.durations import seconds_of
from weighbridge.cli.options import Verb, VerbGroup, dry_run, reading
from weighbridge.cli.registry_archive import archive
from weighbridge.cli.registry_import import import_
from weighbridge.cli.registry_moving import backup, migrate, restore

if TYPE_CHECKING:
    from weighbridge.model.standing import Standing

_SHORT = 3600
"""Seconds within which somebody may still be about to bind what he put."""


@click.group(name="registry", cls=VerbGroup)
def command() -> None:
    """Name the owners of the registry, and see how it stands."""


@command.command(name="init", cls=Verb)
@click.option(
    "--owner",
    "owners",
    multiple=True,
    required=True,
    metavar="PERSON=KEY",
    help="An owner and his public key: a PEM file, or the name of a key of yours.",
)
@click.option(
    "--threshold",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many owners must sign a change; more than half of them if not given.",
)
@click.option("--origin", default="", metavar="NAME", help="Name of the log, kept for ever.")
@dry_run
@reading("text", "json")
def init(
    *,
    owners: tuple[str, ...],
    threshold: int | None,
    origin: str,
    dry_run: bool,
    output_format: str,
) -> None:
    """Name the owners of the registry and begin its ledger.

    Owners alone change who is trusted with what, and none of them alone for himself. The log's
    key is made beside the database; give others `log.pub`, with it they can check proofs.
    """
    from weighbridge.usecases.initialise import initialise
    from weighbridge.usecases.standing import standing

    session = Session.current()
    registry = session.registry()
    named = [_owner(session, text) for text in owners]
    people = len({person for person, _ in named})
    wanted = people // 2 + 1 if threshold is None else threshold
    done = initialise(named, threshold=wanted, origin=origin, registry=registry, dry_run=dry_run)
    if dry_run:
        session.hint(f"the registry would have {people} owners; nothing was written")
        return
    _show(session, standing(registry, log_key=registry.log_key), output_format)
    if done.adopted:
        session.hint(f"releases that were sealed before and are in the ledger now: {done.adopted}")


def _owner(session: Session, text: str) -> tuple[str, bytes]:
    from weighbridge.cli.identity import public_key
    from weighbridge.model.errors import UsageError

    person, equals, key = text.partition("=")
    if not (person and equals and key):
        help_ = ["for example: --owner ann=ann.pub"]
        raise UsageError(f"{text!r} names no owner", wanted="PERSON=KEY", help=help_)
    return person, public_key(session, key).spki_der


@command.command(name="status", cls=Verb)
@reading("text", "json")
def status(*, output_format: str) -> None:
    """Show owners, keys, proposals that wait for signatures, and the state of the ledger."""
    from weighbridge.usecases.standing import standing

    session = Session.current()
    registry = session.registry()
    _show(session, standing(registry, log_key=registry.log_key), output_format)


def _show(session: Session, found: Standing, output_format: str) -> None:
    from weighbridge.report.json import json_text
    from weighbridge.report.trust import render_standing, standing_json

    if output_format == "json":
        session.result(json_text(standing_json(found)))
    else:
        session.result(render_standing(found, styled=session.styled))


@command.command(name="fsck", cls=Verb)
@reading("text", "json")
def fsck(*, output_format: str) -> str:
    """Read every stored byte and check it against its digest.

    Exit codes: 0 sound, 1 damaged, missing or foreign bytes, 3 some could not be read.
    """
    from weighbridge.model.wording import human_size, plural
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.trust import problem_json, render_problems
    from weighbridge.usecases.fsck import fsck as check

    session = Session.current()
    found = check(session.registry(), progress=session.progress)
    if output_format == "json":
        document = {
            "schemaVersion": SCHEMA_VERSION,
            "ok": not found.problems and not found.unread,
            "blobs": found.blobs,
            "problems": [problem_json(problem) for problem in found.problems],
            "unread": list(found.unread),
            "leftovers": len(found.leftovers),
        }
        session.result(json_text(document))
    else:
        verdict = "inconclusive" if found.unread else "sound"
        verdict = "damaged" if found.problems else verdict
        text = render_problems(found.problems, styled=session.styled)
        read = plural(found.blobs - len(found.unread), "blob")
        session.result(f"{text}{verdict}: {read} read\n")
    if found.unread:
        session.hint(f"{plural(len(found.unread), 'blob')} could not be read: {found.unread[0]}")
    if found.leftovers:
        size = human_size(sum(held.size for held in found.leftovers))
        session.hint(f"{plural(len(found.leftovers), 'file')} of killed runs, {size}; harmless")
    if found.problems:
        return "fail"
    return "inconclusive" if found.unread else "pass"


@command.command(name="gc", cls=Verb)
@click.option(
    "--grace",
    default="24h",
    show_default=True,
    metavar="DURATION",
    help="Leave alone what was put more recently: 90s, 30min, 24h, 7d.",
)
@dry_run
@reading("text", "json")
def gc(*, grace: str, dry_run: bool, output_format: str) -> None:
    """Remove blobs nothing refers to, and what killed runs left.

    What a release or the ledger mentions is kept, and what that mentions in turn. All of it is read
    first; if anything is damaged or missing, nothing is removed.
    """
    from weighbridge.report.collected import collected_json, render_collected
    from weighbridge.report.json import json_text
    from weighbridge.usecases.gc import collect

    session = Session.current()
    seconds = seconds_of(grace, "--grace")
    if seconds < _SHORT and not dry_run:
        session.hint("so short a grace is safe only while nobody else writes to the registry")
    found = collect(session.registry(), grace=seconds, progress=session.progress, dry_run=dry_run)
    if output_format == "json":
        session.result(json_text(collected_json(found, dry_run=dry_run)))
    else:
        session.result(render_collected(found, grace=grace, dry_run=dry_run))


@command.command(name="rebuild", cls=Verb)
@click.option(
    "--from",
    "origin",
    metavar="DIR",
    help="Where entries are whole: a registry's folder, or one the ledger was exported to.",
)
@click.option("--log-key", metavar="FILE", help="The log's public key; yours, not the registry's.")
@dry_run
@reading("text", "json")
def rebuild(*, origin: str | None, log_key: str | None, dry_run: bool, output_format: str) -> str:
    """Make the registry's tables anew from the entries of its ledger.

    The entries must be those the log's key signed; else nothing is written. The old database is
    kept beside the new one. What only blobs hold is not looked at: see log verify --deep.

    Exit codes: 0 rebuilt, or nothing to do; 1 the ledger proves nothing, or, in a dry run, the
    tables are not what the entries say.
    """
    from weighbridge.bootstrap import open_ledger_in
    from weighbridge.cli.anchor import log_key_of
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.trust import problem_json, render_problems
    from weighbridge.usecases.rebuild import rebuild as make_anew

    session = Session.current()
    _refuse_server(session.settings().registry.value)
    registry = session.registry()
    with contextlib.ExitStack() as stack:
        source, key = None, ""
        if origin is not None:
            other, key = open_ledger_in(session.start / origin, origin)
            source = stack.enter_context(other.reading())
        key = log_key_of(session, log_key, registry) or key
        done = make_anew(registry, source=source, log_key=key, dry_run=dry_run)
    if output_format == "json":
        document = {
            "schemaVersion": SCHEMA_VERSION,
            "ok": not done.problems,
            "entries": done.entries,
            "problems": [problem_json(problem) for problem in done.problems],
            "rebuilt": done.is_written,
            "kept": done.kept,
        }
        session.result(json_text(document))
    else:
        text = render_problems(done.problems, styled=session.styled)
        verdict = "rebuilt" if done.is_written else "sound"
        verdict = "to be rebuilt" if done.problems and dry_run else verdict
        session.result(f"{text}{verdict}: {done.entries} entries\n")
    if done.kept:
        session.hint(f"the old database is kept: {done.kept}")
    return "fail" if done.problems and dry_run else "pass"


for _verb in (archive, import_, migrate, backup, restore):
    command.add_command(_verb)


def _refuse_server(place: str) -> None:
    """Refuse what is about tables for a registry behind a server."""
    from weighbridge.adapters.servers.address import is_server
    from weighbridge.model.errors import UsageError

    if is_server(place):
        help_ = ["run it where the registry lies: name that with --registry there"]
        raise UsageError("a registry is not rebuilt over a server", seen=place, help=help_)
