"""`weighbridge attest`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.signing import show_added


@click.command(name="attest", cls=Verb)
@click.argument("reference", metavar="REF")
@click.option("--predicate", required=True, metavar="FILE", help="What is said: a JSON object.")
@click.option(
    "--type",
    "predicate_type",
    required=True,
    metavar="URI",
    help="What kind of predicate it is, https://slsa.dev/provenance/v1 for example.",
)
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    reference: str,
    predicate: str,
    predicate_type: str,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> None:
    """Sign a statement of yours about a sealed release.

    The predicate's bytes stand in the in-toto statement as they are in the file. The statement is
    kept as evidence, in the ledger; whether it counts is for policies to say.
    """
    from weighbridge.cli.identity import unlock
    from weighbridge.seal.bundle import LARGEST
    from weighbridge.usecases.evidence import add_evidence
    from weighbridge.usecases.statements import attestation

    session = Session.current()
    registry = session.registry_of(reference)
    named = session.sealed(reference, registry)
    said = session.read(predicate, limit=LARGEST)
    payload = attestation(named, said, predicate_type=predicate_type)
    if dry_run:
        session.result(payload.decode() + "\n")
        session.hint("nothing was signed")
        return
    signers = unlock(session, key_names)
    added = add_evidence(payload, release=str(named.digest), signers=signers, registry=registry)
    show_added(session, added, payload, output_format)
