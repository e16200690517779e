"""`weighbridge sign`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.signing import sign_evidence


@click.command(name="sign", cls=Verb)
@click.argument("reference", metavar="REF")
@acting
@dry_run
@reading("text", "json")
def command(
    *, reference: str, key_names: tuple[str, ...], dry_run: bool, output_format: str
) -> None:
    """Sign a sealed release as its author.

    REF is NAME@VERSION, a release digest, or a manifest whose files are sealed. The statement
    names the release and the digest of each section; it is kept as evidence, in the ledger. A key
    that is not trusted is refused, and the refusal is logged.
    """
    from weighbridge.usecases.statements import release_statement

    session = Session.current()
    registry = session.registry_of(reference)
    named = session.sealed(reference, registry)
    payload = release_statement(named)
    sign_evidence(
        session,
        payload,
        release=str(named.digest),
        registry=registry,
        key_names=key_names,
        dry_run=dry_run,
        output_format=output_format,
    )
