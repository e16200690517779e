"""Acting as someone: `--key NAME`, and what a user names a public key by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.adapters.key_references import PlacedKey
    from weighbridge.adapters.keys import KeyFolder
    from weighbridge.adapters.private_keys import LockedKey
    from weighbridge.cli.console import Session
    from weighbridge.model.errors import Fault
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Signer
    from weighbridge.seal.keys import PublicKey

acting = click.option(
    "--key",
    "key_names",
    multiple=True,
    metavar="NAME",
    help="Act as the holder of this key (sigstore: as an identity); repeat to sign with several.",
)


def unlock(session: Session, names: Sequence[str]) -> list[AnySigner]:
    """Unlock the keys a user acts with, or the only one there is; `sigstore` is no key of his.

    Raises:
        UsageError: No key is named and there is not just one, or one is named twice.
        LoginError: Nobody says as which identity the user acts.
        UnavailableError: What gives an identity its certificate is not to be had.
        KeyFileError: A key is not there, may be read by others, or its file holds none.
        PassphraseError: There is nobody to ask for a passphrase, or it is wrong.
    """
    from weighbridge.adapters.keys import IDENTITY
    from weighbridge.cli.keyless import open_identity
    from weighbridge.model.errors import UsageError

    if names.count(IDENTITY) > 1:
        raise UsageError(f"the key {IDENTITY} is named twice", help=["name each key once"])
    keys = [name for name in names if name != IDENTITY]
    signers: list[AnySigner] = []
    if keys or not names:
        signers.extend(unlock_keys(session, keys))
    if IDENTITY in names:
        signers.append(open_identity(session))
    return signers


def unlock_keys(session: Session, names: Sequence[str]) -> list[Signer]:
    """Unlock keys in the user's folder, or the only one there is; closed with the command.

    The files of all keys are checked before the first passphrase is asked for.

    Raises:
        UsageError: No key is named and there is not just one, or one is named twice.
        KeyFileError: A key is not there, may be read by others, or its file holds none.
        PassphraseError: There is nobody to ask for a passphrase, or it is wrong.
        UnavailableError: A key lies elsewhere, where it is not to be had.
    """
    from weighbridge.adapters.key_references import PlacedKey
    from weighbridge.adapters.keyring import SystemKeyring
    from weighbridge.bootstrap import open_keys
    from weighbridge.cli.opening import open_key, refuse_offline
    from weighbridge.cli.passphrase import passphrases

    folder = open_keys(session.environ)
    keys = _held(folder, names or [only_key(folder)])
    for key in keys:
        if isinstance(key, PlacedKey):
            refuse_offline(session, key.place)
    keyring = SystemKeyring(notice=session.hint if session.globals.verbose else None)
    asked = [key for key in keys if key.secret]
    given = passphrases(session.environ, asked, keyring=keyring)
    return [open_key(session, key, next(given) if key.secret else None) for key in keys]


def public_key(session: Session, text: str) -> PublicKey:
    """Read the public key a user names: by a file, PEM or DER, or by the name of a key of his.

    Raises:
        UnreadableError: There is neither, or the file cannot be read.
        KeyFileError: The file holds no public key, or a private one.
    """
    from weighbridge.adapters.keys import read_public_file
    from weighbridge.bootstrap import open_keys
    from weighbridge.model.errors import UnreadableError

    path = session.start / text
    try:
        if path.is_file():
            return read_public_file(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableError(f"{path} cannot be read: {reason}") from error
    folder = open_keys(session.environ)
    names = folder.names()
    if text in names:
        return folder.public(text)
    raise UnreadableError(
        f"{text} names no public key",
        seen=f"neither a file in {session.start} nor a key in {folder.root}",
        wanted="a file with a public key, PEM or DER, or the name of a key of yours",
        help=[f"keys of yours: {', '.join(names) or 'none'}"],
    )


def only_key(folder: KeyFolder) -> str:
    """Name the only key there is.

    Raises:
        UsageError: There is none, or there are several.
    """
    from weighbridge.model.errors import UsageError

    names = folder.names()
    if len(names) == 1:
        return names[0]
    if not names:
        help_ = ["weighbridge key new NAME"]
        raise UsageError("there is no key to act with", seen=f"none in {folder.root}", help=help_)
    raise UsageError(
        "there are several keys to act with",
        seen=", ".join(names),
        wanted="the one to act with, or several",
        help=[f"--key {names[0]}"],
    )


def _held(folder: KeyFolder, names: Sequence[str]) -> list[LockedKey | PlacedKey]:
    """Read the files of all keys; one key must not count twice."""
    from weighbridge.model.errors import KeyFileError, UsageError

    keys: dict[str, LockedKey | PlacedKey] = {}
    faults: list[Fault] = []
    for name in names:
        try:
            key = folder.held(name)
        except KeyFileError as error:
            faults.extend(error.faults)
            continue
        first = keys.setdefault(key.public.spki_digest, key)
        if first is not key:
            what = "is named twice" if first.name == name else f"is the same key as {first.name}"
            raise UsageError(f"the key {name} {what}", help=["name each key once"])
    if faults:
        raise KeyFileError.from_faults(faults)
    return list(keys.values())
