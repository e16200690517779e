"""`weighbridge capture`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, dry_run, reading

if TYPE_CHECKING:
    from weighbridge.model.fact import ObservedLock, Unavailable
    from weighbridge.usecases.capture import Captured


@click.command(name="capture", cls=Verb)
@click.argument("path", required=False)
@click.option("--update", is_flag=True, help="Put what was observed into the manifest.")
@click.option(
    "--image",
    "images",
    multiple=True,
    metavar="PATH",
    help="A copy of the container image or its base: OCI layout, or archive.",
)
@click.option(
    "--environment",
    is_flag=True,
    help="Capture a Python environment and this machine; PATH is its folder or its Python.",
)
@click.option(
    "--wheels",
    metavar="DIR",
    help="Wheels to hold the environment's files against, as the locks name them.",
)
@dry_run
@reading("text", "json")
def command(
    *,
    path: str | None,
    update: bool,
    images: tuple[str, ...],
    environment: bool,
    wheels: str | None,
    dry_run: bool,
    output_format: str,
) -> None:
    """Show what is observed; with --update, put it into the manifest.

    --update changes only the values that differ, and no other byte of the file.

    Of a container image what it says of itself is shown, from a copy named with --image or from
    its registry, unless --offline says otherwise. Its digest is filled in where it is TODO: that
    of the copy, or of what the tag stands for today. One that is pinned is left as it is.

    With --environment every file of a Python environment is held against the list it was
    installed with: the one PATH names, else .venv or venv here, else the active one, else that of
    weighbridge itself. Beside it stands what this machine is. Nothing of the environment is run,
    and no credential is shown. With --wheels the lists are held against those of the wheels whose
    hashes the locks of the nearest release.yaml name.
    """
    session = Session.current()
    if environment:
        _refuse_beside(update=update, image=images, dry_run=dry_run)
        _environment(session, path, wheels, output_format)
        return
    if wheels is not None:
        raise click.UsageError("--wheels is for --environment")
    _manifest(session, path, images, output_format, update=update, dry_run=dry_run)


def _refuse_beside(**options: object) -> None:
    for name, value in options.items():
        if value:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{option} does not go with --environment: nothing is written")


def _environment(
    session: Session, path: str | None, wheels: str | None, output_format: str
) -> None:
    """Capture a Python environment and this machine."""
    from weighbridge.report.environment_capture import environment_document, environment_text
    from weighbridge.report.json import json_text
    from weighbridge.usecases.capture_environment import capture_environment, masked

    captured = capture_environment(
        path,
        session.verification(wheels),
        start=session.start,
        environ=session.environ,
        locks=_locks(session) if wheels is not None else (),
    )
    document = masked(environment_document(captured))
    session.result(json_text(document) if output_format == "json" else environment_text(document))


def _locks(session: Session) -> list[ObservedLock | Unavailable]:
    from weighbridge.probes.locks import observe_locks

    named, file = session.authored(None)
    return list(observe_locks(file.parent, named.release).values())


def _manifest(
    session: Session,
    path: str | None,
    images: tuple[str, ...],
    output_format: str,
    *,
    update: bool,
    dry_run: bool,
) -> None:
    """Capture what a manifest speaks of, and put it in."""
    from weighbridge.usecases.capture import captured, edits
    from weighbridge.usecases.editing import changes
    from weighbridge.usecases.observing import observe

    named, file = session.authored(path)
    registry = session.registry(file.parent)
    facts = observe(named, blobs=registry.blobs, environ=session.environ, reader=session.reader())
    papers = None
    if named.release.spec.environment.image is not None:
        from weighbridge.usecases.images import read_papers

        papers = read_papers(named.release, session.images(images))
    found = captured(named.release, facts, papers)
    session.result(_json(found) if output_format == "json" else _text(found))
    if not update:
        stale = len(edits(named, found))
        if stale:
            said = "1 value differs" if stale == 1 else f"{stale} values differ"
            session.hint(f"{said} from the manifest: `weighbridge capture --update`")
        return
    prepare = session.preparing(file.parent)
    for change in changes(edits(named, found), file.parent, prepare=prepare):
        if not dry_run:
            change.write()
        session.hint(change.diff())


def _text(found: list[Captured]) -> str:
    from weighbridge.report.visible import visible

    lines = []
    for entry in found:
        value = f"({entry.reason})" if entry.observed is None else entry.observed
        kept = ", which is left as it is" if entry.shown_only else ""
        told = entry.mark == "~" and entry.declared is not None
        declared = f"  (manifest: {entry.declared}{kept})" if told else ""
        what = f"  {entry.what}" if entry.what else ""
        lines.append(visible(f"{entry.mark} {entry.pointer}{what}  {value}{declared}") + "\n")
    return "".join(lines)


def _json(found: list[Captured]) -> str:
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    entries = [
        {
            "pointer": entry.pointer,
            "observed": entry.observed,
            "declared": entry.declared,
            "reason": entry.reason,
            **({"what": entry.what} if entry.what else {}),
        }
        for entry in found
    ]
    return json_text({"schemaVersion": SCHEMA_VERSION, "facts": entries})
