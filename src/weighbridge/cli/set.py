"""`weighbridge set`."""

from __future__ import annotations

import re

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, dry_run


class _NumberVerb(Verb):
    """A verb that takes a negative number for a value, not for options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let what looks like a negative number through."""
        ctx.ignore_unknown_options = any(re.fullmatch(r"-\.?\d[\d.e+-]*", word) for word in args)
        return super().parse_args(ctx, args)


@click.command(name="set", cls=_NumberVerb)
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
    change = set_value(
        path, value, manifest=manifest, start=session.start, catalogues=session.catalogues
    )
    if not dry_run:
        change.write()
    session.hint(change.diff(context=0) or f"{path} is {value} already")
