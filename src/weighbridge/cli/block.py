"""`weighbridge block`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading

if TYPE_CHECKING:
    from weighbridge.model.ports import Registry


@click.command(name="block", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@click.option(
    "--artifact",
    metavar="PATH|DIGEST",
    help="Block a file instead: every release that has just these bytes.",
)
@click.option("--in", "environment", default="", metavar="ENV", help="Only there.")
@click.option("--reason", required=True, metavar="TEXT", help="Why, in one line.")
@click.option("--lift", is_flag=True, help="End it.")
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    reference: str | None,
    artifact: str | None,
    environment: str,
    reason: str,
    lift: bool,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> str:
    """Let a release, or every release with a file, go nowhere until owners lift that.

    Neither a promotion nor a rollback takes it anywhere, whatever the environment enforces. Owners
    sign this, as many as the registry demands; each runs the same command.

    Exit codes: 0 in force, 1 more owners must sign, 2 there is no such thing, 4 refused.
    """
    from weighbridge.cli.changing import change_as_owners
    from weighbridge.seal.control import Wish
    from weighbridge.usecases.stopping import blocking

    session = Session.current()
    registry = session.registry_of(reference)
    named = _named(session, registry, reference, artifact)
    wish = Wish(reason=reason, environment=environment)
    change = blocking(named, wish, lift=lift, registry=registry)
    return change_as_owners(
        session, change, key_names, dry_run=dry_run, output_format=output_format
    )


def _named(
    session: Session, registry: Registry, reference: str | None, artifact: str | None
) -> tuple[str, str]:
    """Name what is to be blocked, with its digest."""
    from pathlib import PurePath

    from weighbridge.model.errors import UsageError
    from weighbridge.usecases.digest import digests
    from weighbridge.usecases.stopping import is_digest

    if (reference is None) == (artifact is None):
        help_ = ["weighbridge block REF --reason TEXT", "or name a file: --artifact PATH"]
        raise UsageError("a release or a file is blocked, one of them", help=help_)
    if artifact is None:
        found = session.sealed(str(reference), registry)
        metadata = found.release.metadata
        return f"{metadata.name}@{metadata.version}", str(found.digest)
    if is_digest(artifact):
        return "a file", artifact
    ((path, digest, _),) = digests([artifact], start=session.start, reader=session.reader())
    return PurePath(path).name, digest
