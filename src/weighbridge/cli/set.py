"""`weighbridge set`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, dry_run


@click.command(name="set", cls=Verb)
@click.argument("path")
@click.argument("value")
@click.option("--manifest", metavar="FILE", help="The manifest, if not the nearest release.yaml.")
@dry_run
def command(*, path: str, value: str, manifest: str | None, dry_run: bool) -> None:
    """Set one value of the manifest, touching no other byte.

    PATH is dotted, and members of lists go by name: `metadata.owner.team`,
    `spec.artifacts.model.digest`. VALUE is read as the manifest's format wants it.
    """
    from weighbridge.usecases.set_value import set_value

    session = Session.current()
    change = set_value(path, value, manifest=manifest, start=session.start)
    if not dry_run:
        change.write()
    session.hint(change.diff().rstrip("\n") or f"{path} is {value} already")
