"""`weighbridge key`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli import key_trust
from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, VerbGroup, dry_run, reading

if TYPE_CHECKING:
    from weighbridge.adapters.keyring import SystemKeyring
    from weighbridge.seal.keys import Algorithm, PublicKey


@click.group(name="key", cls=VerbGroup)
def command() -> None:
    """Make keys to sign with, and say whose signature counts as what."""


@command.command(name="new", cls=Verb)
@click.argument("name")
@click.option(
    "--algorithm",
    type=click.Choice(["ed25519", "p256", "p384"]),
    default="ed25519",
    show_default=True,
    help="Kind of key.",
)
@click.option(
    "--keyring",
    "in_keyring",
    is_flag=True,
    help='Keep the passphrase in the system keyring ("weighbridge[keyring]").',
)
@dry_run
def new(*, name: str, algorithm: Algorithm, in_keyring: bool, dry_run: bool) -> None:
    """Make a key pair and lock it with a passphrase.

    The private key stays in your configuration directory ($WEIGHBRIDGE_KEYS), encrypted; the
    public key lies beside it, for others to trust. The passphrase is typed, or read from the file
    descriptor WEIGHBRIDGE_KEY_PASSPHRASE_FD names.
    """
    from weighbridge.bootstrap import open_keys
    from weighbridge.cli.passphrase import new_passphrase

    session = Session.current()
    keys = open_keys(session.environ)
    keys.check_free(name)
    keyring = _keyring() if in_keyring else None
    if dry_run:
        session.hint(f"{keys.public_path(name)} would be made")
        return
    passphrase = new_passphrase(session.environ, name=name)

    def keep(public: PublicKey) -> None:
        if keyring is not None:
            keyring.keep(public.spki_digest, passphrase)

    public = keys.create(name, algorithm, passphrase, keep=keep)
    session.result(f"{public.spki_digest}  {name}\n")
    session.hint(f"give others {keys.public_path(name)}; nobody can recover the passphrase")


def _keyring() -> SystemKeyring:
    """Open the system keyring, before a passphrase is asked for in vain."""
    from weighbridge.adapters.keyring import SystemKeyring

    keyring = SystemKeyring()
    keyring.require()
    return keyring


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


command.add_command(key_trust.trust)
command.add_command(key_trust.revoke)
