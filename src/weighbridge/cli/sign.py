"""`weighbridge sign`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.signing import sign_evidence

if TYPE_CHECKING:
    from weighbridge.seal.oms.names import HashType


@click.command(name="sign", cls=Verb)
@click.argument("reference", metavar="REF|PATH")
@acting
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["oms"]),
    help="Sign a folder or file for others, as OpenSSF Model Signing (oms) wants it.",
)
@click.option(
    "--hash",
    "hash_type",
    type=click.Choice(["sha256", "blake2b", "blake3"]),
    help="oms: digest of each file.  [default: sha256]",
)
@click.option(
    "--shard-size",
    type=click.IntRange(min=1),
    metavar="BYTES",
    help="oms: sign ranges of so many bytes instead of whole files.",
)
@click.option(
    "--ignore-paths",
    multiple=True,
    metavar="PATH",
    help="oms: leave out a path of the model, and what is below it; repeatable.",
)
@click.option(
    "--certificate-chain",
    multiple=True,
    metavar="PEM",
    help="oms: certificate of the key, and those above it; repeatable.",
)
@click.option(
    "--allow-symlinks", is_flag=True, help="oms: sign what links inside the model lead to."
)
@click.option(
    "--pkcs11-uri", metavar="URI", help="oms: sign with a key on a token (RFC 7512), not --key."
)
@dry_run
@reading("text", "json")
def command(
    *,
    reference: str,
    key_names: tuple[str, ...],
    file_format: str | None,
    hash_type: HashType | None,
    shard_size: int | None,
    ignore_paths: tuple[str, ...],
    certificate_chain: tuple[str, ...],
    allow_symlinks: bool,
    pkcs11_uri: str | None,
    dry_run: bool,
    output_format: str,
) -> None:
    """Sign a sealed release as its author, or a model for others.

    REF is NAME@VERSION, a release digest, or a manifest whose files are sealed. The statement
    names the release and the digest of each section; it is kept as evidence, in the ledger. A key
    that is not trusted is refused, and the refusal is logged.

    With --format oms, PATH is any folder or file, --key a PEM file or a key of yours, and
    --output where the bundle goes. No registry is needed; whoever has the public key or the
    certificates above yours can verify it with tools of his own.
    """
    session = Session.current()
    if file_format is not None:
        from weighbridge.cli.model_signing import Wish, sign_for_others

        wish = Wish(
            hash_type=hash_type or "sha256",
            shard_size=shard_size or 0,
            ignore_paths=ignore_paths,
            certificates=certificate_chain,
            allow_symlinks=allow_symlinks,
            key_names=key_names,
            pkcs11_uri=pkcs11_uri,
        )
        sign_for_others(session, reference, wish, dry_run=dry_run)
        return
    if hash_type or shard_size or ignore_paths or certificate_chain or allow_symlinks or pkcs11_uri:
        raise click.UsageError("the options marked oms go with --format oms")
    from weighbridge.model.permissions import Operation
    from weighbridge.usecases.statements import release_statement

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
        operation=Operation.SIGN,
    )
