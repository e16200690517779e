"""`weighbridge key`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli import key_trust
from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, VerbGroup, dry_run, reading

if TYPE_CHECKING:
    from weighbridge.adapters.keyring import SystemKeyring
    from weighbridge.adapters.keys import KeyFolder
    from weighbridge.model.key_place import KeyPlace
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
@click.option(
    "--at",
    "uri",
    metavar="URI",
    help="The key lies elsewhere already: on a token, or with a key management service.",
)
@dry_run
def new(
    *, name: str, algorithm: Algorithm, in_keyring: bool, uri: str | None, dry_run: bool
) -> None:
    """Make a key pair and lock it with a passphrase, or refer to a key that lies elsewhere.

    The private key stays in your configuration directory ($WEIGHBRIDGE_KEYS), encrypted; the
    public key lies beside it, for others to trust. The passphrase is typed, or read from the file
    descriptor WEIGHBRIDGE_KEY_PASSPHRASE_FD names, or from the credential weighbridge-key-NAME.

    With --at no key is made. The place is asked for the public key, and has to sign something at
    random with it; then only the public key and the URI are kept: pkcs11: (RFC 7512), awskms:,
    gcpkms:, azurekms:, hv: (Vault).
    """
    from weighbridge.bootstrap import open_keys
    from weighbridge.cli.passphrase import new_passphrase

    session = Session.current()
    keys = open_keys(session.environ)
    keys.check_free(name)
    place = None if uri is None else _place(session, uri, in_keyring=in_keyring)
    keyring = _keyring() if in_keyring else None
    if dry_run:
        session.hint(f"{keys.public_path(name)} would be made")
        return
    if place is not None:
        _refer(session, keys, name, place, keyring)
        return
    passphrase = new_passphrase(session.environ, name=name)

    def keep(public: PublicKey) -> None:
        if keyring is not None:
            keyring.keep(public.spki_digest, passphrase)

    public = keys.create(name, algorithm, passphrase, keep=keep)
    session.result(f"{public.spki_digest}  {name}\n")
    session.hint(f"give others {keys.public_path(name)}; nobody can recover the passphrase")


def _place(session: Session, uri: str, *, in_keyring: bool) -> KeyPlace:
    """Read where a key lies; nothing is asked there yet.

    Raises:
        UsageError: It is no such URI, or does not go with the other options.
        UnavailableError: It is over a network, and the run is to stay offline.
    """
    from click.core import ParameterSource

    from weighbridge.cli.opening import refuse_offline
    from weighbridge.model.errors import UsageError
    from weighbridge.model.key_place import KeyPlaceError, read_key_place

    try:
        place = read_key_place(uri, whole=False)
    except KeyPlaceError as error:
        # From None: the text may hold a secret, put there by mistake.
        raise UsageError(f"--at cannot be used: {error}", wanted=error.wanted) from None
    source = click.get_current_context().get_parameter_source("algorithm")
    if source is not ParameterSource.DEFAULT:
        raise UsageError("--algorithm does not go with --at: the key is there already")
    if in_keyring and (place.token is None or place.token.pin_source):
        raise UsageError("--keyring does not go with this URI: there is no PIN to keep")
    refuse_offline(session, place)
    return place


def _refer(
    session: Session, keys: KeyFolder, name: str, place: KeyPlace, keyring: SystemKeyring | None
) -> None:
    """Find a key where it lies, and write down where that is."""
    from weighbridge.cli.opening import find_key

    found, public, secret = find_key(session, name, place)

    def keep(public: PublicKey) -> None:
        if keyring is not None and secret is not None:
            keyring.keep(public.spki_digest, secret.text)

    keys.refer(name, found, public, keep=keep)
    session.result(f"{public.spki_digest}  {name}\n")
    session.hint(f"give others {keys.public_path(name)}; the key stays at {found.uri}")


def _keyring() -> SystemKeyring:
    """Open the system keyring, before a passphrase is asked for in vain."""
    from weighbridge.adapters.keyring import SystemKeyring

    keyring = SystemKeyring()
    keyring.require()
    return keyring


@command.command(name="list", cls=Verb)
@reading("text", "json")
def list_keys(*, output_format: str) -> None:
    """List your keys: digest of the public key, algorithm, name, and where it lies if elsewhere."""
    from weighbridge.bootstrap import open_keys
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    session = Session.current()
    keys = open_keys(session.environ)
    found = [(name, keys.public(name), keys.place(name)) for name in keys.names()]
    if output_format == "json":
        entries = [
            {
                "name": name,
                "algorithm": public.algorithm,
                "keyDigest": public.spki_digest,
                "publicKey": str(keys.public_path(name)),
                "at": None if place is None else place.uri,
            }
            for name, public, place in found
        ]
        session.result(json_text({"schemaVersion": SCHEMA_VERSION, "keys": entries}))
        return
    session.result(
        "".join(
            f"{key.spki_digest}  {key.algorithm:<7}  {name}{f'  {place.uri}' if place else ''}\n"
            for name, key, place in found
        )
    )
    if not found:
        session.hint(f"no keys in {keys.root}; make one: weighbridge key new NAME")


command.add_command(key_trust.trust)
command.add_command(key_trust.revoke)
