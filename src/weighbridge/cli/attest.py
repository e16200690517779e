"""`weighbridge attest`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.signing import sign_evidence


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
    from weighbridge.seal.bundle import LARGEST
    from weighbridge.usecases.statements import attestation

    session = Session.current()
    registry = session.registry_of(reference)
    named = session.sealed(reference, registry)
    said = session.read(predicate, limit=LARGEST)
    payload = attestation(named, said, predicate_type=predicate_type)
    sign_evidence(
        session,
        payload,
        release=str(named.digest),
        registry=registry,
        key_names=key_names,
        dry_run=dry_run,
        output_format=output_format,
    )
