"""`weighbridge registry archive`: move files of releases away and back, hold and erase them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.durations import seconds_of
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, VerbGroup, dry_run, reading

if TYPE_CHECKING:
    from weighbridge.model.ports import Registry
    from weighbridge.seal.control import Action, Change
    from weighbridge.usecases.archiving.choosing import Bound

_CLASSES = ("unpromoted", "retired", "low", "medium", "high")
_grace = click.option(
    "--grace",
    default="24h",
    show_default=True,
    metavar="DURATION",
    help="Leave in the registry's store for now what was put there more recently.",
)
_reason = click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the ledger.")


@click.group(name="archive", cls=VerbGroup)
def archive() -> None:
    """Move the files of releases to an archive and back, hold them, and erase them."""


@archive.command(name="add", cls=Verb)
@click.argument("references", metavar="[REF]...", nargs=-1)
@click.option(
    "--to", "place", required=True, metavar="PLACE", help="s3://, gs://, az:// or a path."
)
@click.option("--older-than", metavar="DURATION", help="Sealed, and served last, so long ago: 90d.")
@click.option(
    "--class",
    "classes",
    multiple=True,
    type=click.Choice(_CLASSES),
    help="Only releases that never served, serve no more, or declare this risk; repeatable.",
)
@_grace
@dry_run
@reading("text", "json")
def add(
    *,
    references: tuple[str, ...],
    place: str,
    older_than: str | None,
    classes: tuple[str, ...],
    grace: str,
    dry_run: bool,
    output_format: str,
) -> str:
    """Move the files of releases to an archive; manifests, listings, locks and evidence stay.

    Without REF every release is looked at, and leaves if its `spec.governance.retention` has
    passed, and --older-than. What an environment points to or would go back to never leaves, nor
    what owners hold. Files are copied, read back, entered in the ledger, and only then removed;
    those another release needs stay. Blobs are encrypted there as they are here.

    Exit codes: 0 done, 1 a release that was named must stay, 3 the archive does not keep them.
    """
    from weighbridge.adapters.clock import utc_now
    from weighbridge.report.custody import added_json, render_added
    from weighbridge.report.json import json_text
    from weighbridge.usecases.archiving.add import add as run
    from weighbridge.usecases.archiving.choosing import Wish

    session = Session.current()
    registry = session.registry()
    wish = Wish(
        older_than=None if older_than is None else seconds_of(older_than, "--older-than"),
        classes=classes,
        named=bool(references),
    )
    found = run(
        [_bound(session, reference, registry) for reference in references],
        place=_place(session, place),
        wish=wish,
        registry=registry,
        now=utc_now(),
        grace=seconds_of(grace, "--grace"),
        progress=session.progress,
        dry_run=dry_run,
    )
    if output_format == "json":
        session.result(json_text(added_json(found, dry_run=dry_run)))
    else:
        session.result(render_added(found, grace=grace, dry_run=dry_run))
    return "inconclusive" if found.unsure else "pass"


@archive.command(name="restore", cls=Verb)
@click.argument("references", metavar="REF...", nargs=-1, required=True)
@dry_run
@reading("text", "json")
def restore(*, references: tuple[str, ...], dry_run: bool, output_format: str) -> None:
    """Bring the files of releases back, each held against its digest before it is seen.

    With --dry-run what is in the archive is read and checked, and nothing is copied. The copy in
    the archive stays there.

    Exit codes: 0 done, 1 they were erased, 2 lost or damaged in the archive, 3 it is not there.
    """
    from weighbridge.report.custody import render_restored, restored_json
    from weighbridge.report.json import json_text
    from weighbridge.usecases.archiving.restore import restore as run

    session = Session.current()
    registry = session.registry()
    named = [_bound(session, reference, registry) for reference in references]
    found = [
        run(one, registry=registry, progress=session.progress, dry_run=dry_run) for one in named
    ]
    if output_format == "json":
        session.result(json_text(restored_json(found, dry_run=dry_run)))
    else:
        session.result(render_restored(found, dry_run=dry_run))


@archive.command(name="erase", cls=Verb)
@click.argument("reference", metavar="REF")
@_reason
@_grace
@acting
@dry_run
@reading("text", "json")
def erase(
    *,
    reference: str,
    reason: str,
    grace: str,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> str:
    """Erase the files of a release for ever, here and in every archive.

    Owners sign this, as many as the registry demands; each runs the same command. Files another
    release needs stay. Manifest, evidence and ledger stay, and prove what they did; the name stays
    bound, and these bytes are not sealed again. What is held or served is not erased. If an archive
    was not there, run it again.

    Exit codes: 0 erased, 1 more owners must sign or it must stay, 3 an archive is not there, 4
    refused.
    """
    from weighbridge.cli.changing import change_as_owners
    from weighbridge.model.wording import plural
    from weighbridge.seal.control import Action
    from weighbridge.usecases.archiving.erase import check_erasable
    from weighbridge.usecases.archiving.erase import erase as run

    session = Session.current()
    registry = session.registry()
    release = _bound(session, reference, registry)
    seconds = seconds_of(grace, "--grace")
    check_erasable(release, registry=registry, dry_run=dry_run)
    said = change_as_owners(
        session,
        _change(Action.PAYLOAD_ERASE, release, reason),
        key_names,
        dry_run=dry_run,
        output_format=output_format,
    )
    if said != "pass" or dry_run:
        return said
    found = run(release, registry=registry, grace=seconds, progress=session.progress)
    session.hint(f"erased: {plural(found.removed, 'blob')} of {release.title}")
    if found.shared:
        session.hint(f"{plural(found.shared, 'other')} stay: another release needs them")
    if found.young:
        more = f"{plural(found.young, 'other')} put within the last {grace} stay for now"
        session.hint(f"{more}; run it again")
    return "pass"


@archive.command(name="hold", cls=Verb)
@click.argument("reference", metavar="REF")
@_reason
@acting
@dry_run
@reading("text", "json")
def hold(
    *, reference: str, reason: str, key_names: tuple[str, ...], dry_run: bool, output_format: str
) -> str:
    """Hold the files of a release where they are, until owners lift that.

    What is held is neither archived nor erased. Owners sign this, as many as the registry demands.

    Exit codes: 0 in force, 1 more owners must sign, 4 refused.
    """
    from weighbridge.seal.control import Action

    return _say(
        Action.RELEASE_HOLD,
        reference,
        reason,
        key_names,
        dry_run=dry_run,
        output_format=output_format,
    )


@archive.command(name="lift", cls=Verb)
@click.argument("reference", metavar="REF")
@_reason
@acting
@dry_run
@reading("text", "json")
def lift(
    *, reference: str, reason: str, key_names: tuple[str, ...], dry_run: bool, output_format: str
) -> str:
    """Lift a hold. Owners sign this, as many as the registry demands.

    Exit codes: 0 in force, 1 more owners must sign, 4 refused.
    """
    from weighbridge.seal.control import Action

    return _say(
        Action.RELEASE_UNHOLD,
        reference,
        reason,
        key_names,
        dry_run=dry_run,
        output_format=output_format,
    )


@archive.command(name="status", cls=Verb)
@reading("text", "json")
def status(*, output_format: str) -> None:
    """Show of every release where its files are, what holds them there, and who needs them."""
    from weighbridge.report.custody import kept_json, render_kept
    from weighbridge.report.json import json_text
    from weighbridge.usecases.archiving.standing import kept

    session = Session.current()
    found = kept(session.registry())
    if output_format == "json":
        session.result(json_text(kept_json(found)))
    else:
        session.result(render_kept(found, styled=session.styled))


def _say(
    action: Action,
    reference: str,
    reason: str,
    key_names: tuple[str, ...],
    *,
    dry_run: bool,
    output_format: str,
) -> str:
    from weighbridge.cli.changing import change_as_owners

    session = Session.current()
    change = _change(action, _bound(session, reference, session.registry()), reason)
    return change_as_owners(
        session, change, key_names, dry_run=dry_run, output_format=output_format
    )


def _change(action: Action, release: Bound, reason: str) -> Change:
    from weighbridge.model.errors import UsageError
    from weighbridge.seal.control import ControlError, custody_change

    try:
        return custody_change(action, release.title, release.digest, reason=reason)
    except ControlError as error:
        raise UsageError(str(error), help=["say why in one line: --reason TEXT"]) from error


def _bound(session: Session, reference: str, registry: Registry) -> Bound:
    from weighbridge.usecases.archiving.choosing import Bound
    from weighbridge.usecases.lookup import look_up

    _, digest = look_up(session.release_name(reference, registry), registry)
    with registry.reading() as view:
        return Bound(*view.names_of(digest)[0], digest)


def _place(session: Session, place: str) -> str:
    """Write a folder out, as it is remembered; addresses are as they are."""
    from weighbridge.model.remote import is_address

    if is_address(place) or place.startswith("file://"):
        return place.rstrip("/")
    import os.path

    return os.path.abspath(session.start / place)  # noqa: PTH100 - links stay as they are
