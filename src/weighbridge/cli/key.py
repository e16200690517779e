"""`weighbridge key`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, VerbGroup, dry_run, reading

if TYPE_CHECKING:
    from weighbridge.seal.keys import Algorithm


@click.group(name="key", cls=VerbGroup)
def command() -> None:
    """Make and list keys to sign with."""


@command.command(name="new", cls=Verb)
@click.argument("name")
@click.option(
    "--algorithm",
    type=click.Choice(["ed25519", "p256", "p384"]),
    default="ed25519",
    show_default=True,
    help="Kind of key.",
)
@dry_run
def new(*, name: str, algorithm: Algorithm, dry_run: bool) -> None:
    """Make a key pair and lock it with a passphrase.

    The private key stays in your configuration directory ($WEIGHBRIDGE_KEYS), encrypted; the
    public key lies beside it, for others to trust. The passphrase is typed, or read from the file
    descriptor WEIGHBRIDGE_KEY_PASSPHRASE_FD names.
    """
    from weighbridge.bootstrap import open_keys
    from weighbridge.cli.passphrase import read_passphrase

    session = Session.current()
    keys = open_keys(session.environ)
    keys.check_free(name)
    if dry_run:
        session.hint(f"{keys.public_path(name)} would be made")
        return
    passphrase = read_passphrase(session.environ, what=f"New passphrase for {name}", confirm=True)
    public = keys.create(name, algorithm, passphrase)
    session.result(f"{public.spki_digest}  {name}\n")
    session.hint(f"give others {keys.public_path(name)}; nobody can recover the passphrase")


@command.command(name="list", cls=Verb)
@reading("text", "json")
def list_keys(*, output_format: str) -> None:
    """List your keys: digest of the public key, algorithm, name."""
    from weighbridge.bootstrap import open_keys
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    session = Session.current()
    keys = open_keys(session.environ)
    found = [(name, keys.public(name)) for name in keys.names()]
    if output_format == "json":
        entries = [
            {
                "name": name,
                "algorithm": public.algorithm,
                "keyDigest": public.spki_digest,
                "publicKey": str(keys.public_path(name)),
            }
            for name, public in found
        ]
        session.result(json_text({"schemaVersion": SCHEMA_VERSION, "keys": entries}))
        return
    session.result(
        "".join(f"{key.spki_digest}  {key.algorithm:<7}  {name}\n" for name, key in found)
    )
    if not found:
        session.hint(f"no keys in {keys.root}; make one: weighbridge key new NAME")
