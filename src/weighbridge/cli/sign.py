"""`weighbridge sign`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.signing import show_added


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
    from weighbridge.cli.identity import unlock
    from weighbridge.usecases.evidence import add_evidence
    from weighbridge.usecases.statements import release_statement

    session = Session.current()
    registry = session.registry_of(reference)
    named = session.sealed(reference, registry)
    payload = release_statement(named)
    if dry_run:
        session.result(payload.decode() + "\n")
        session.hint("nothing was signed")
        return
    signers = unlock(session, key_names)
    added = add_evidence(payload, release=str(named.digest), signers=signers, registry=registry)
    show_added(session, added, payload, output_format)
