"""`weighbridge seal`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, dry_run, reading


@click.command(name="seal", cls=Verb)
@click.argument("path", required=False)
@dry_run
@reading("text", "json")
def command(*, path: str | None, dry_run: bool, output_format: str) -> None:
    """Resolve, digest and store a release.

    Every file, lock and commit gets its digest; the release digest is the sha256 of the
    canonical manifest, the same on every machine. A name and version are bound once.
    """
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.usecases.seal import seal

    session = Session.current()
    named, file = session.authored(path)
    sealed = seal(
        named,
        registry=session.registry(file.parent),
        environ=session.environ,
        progress=session.progress,
        dry_run=dry_run,
    )
    if output_format == "json":
        result = {
            "schemaVersion": SCHEMA_VERSION,
            "name": sealed.name,
            "version": sealed.version,
            "digest": sealed.digest,
            "sections": sealed.sections,
            "manifest": sealed.stored_at,
        }
        session.result(json_text(result))
    else:
        session.result(f"{sealed.digest}  {sealed.name}@{sealed.version}\n")
    if dry_run:
        session.hint("nothing was stored")
    elif not sealed.new:
        session.hint("these bytes were sealed before")
