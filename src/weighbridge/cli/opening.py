"""Opening a key somebody acts with, wherever it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.adapters.key_references import PlacedKey
    from weighbridge.adapters.private_keys import LockedKey
    from weighbridge.cli.console import Session
    from weighbridge.cli.passphrase import Passphrase
    from weighbridge.model.key_place import KeyPlace
    from weighbridge.model.ports import Signer
    from weighbridge.seal.keys import PublicKey

Opened = TypeVar("Opened")


def refuse_offline(session: Session, place: KeyPlace) -> None:
    """Refuse a key over a network before anything is asked or contacted.

    Raises:
        UnavailableError: It is one, and the run is to stay offline.
    """
    from weighbridge.model.errors import UnavailableError

    if session.globals.offline and place.networked:
        raise UnavailableError(
            "the key lies elsewhere, over a network, and --offline is given",
            seen=place.uri,
            help=["leave --offline out, or act with a key that lies here or on a token"],
        )


def open_key(session: Session, key: LockedKey | PlacedKey, secret: Passphrase | None) -> Signer:
    """Open a key, with what was given for it; a token stays open as long as the command runs.

    Raises:
        PassphraseError: What was given does not open it.
        KeyFileError: There is no such key, or it is not the other half of the public key.
        KeyMismatchError: Another key lies where it should.
        LoginError: A key service does not know who asks, or does not let him.
        UnavailableError: The place is not to be had.
    """
    from weighbridge.adapters.elsewhere.opening import open_elsewhere
    from weighbridge.adapters.key_references import PlacedKey

    if not isinstance(key, PlacedKey):
        return _tried(secret, key.unlock)
    secret = secret or _of_file(key.place)
    return _tried(secret, lambda pin: session.hold(open_elsewhere(key.place, key.public, pin=pin)))


def find_key(
    session: Session, name: str, place: KeyPlace
) -> tuple[KeyPlace, PublicKey, Passphrase | None]:
    """Ask for the public half of a key where it lies, and have it sign a challenge.

    Args:
        session: The run.
        name: What it is to be called.
        place: Where it lies.

    Returns:
        The place with the version of the key, the public half, and the PIN if there is one.
    """
    from weighbridge.adapters.elsewhere.opening import find_elsewhere
    from weighbridge.cli.passphrase import one_secret

    secret = _of_file(place)
    if place.token is not None and secret is None:
        secret = one_secret(session.environ, "PIN", name=place.token.token or name, key=name)
    found, public = _tried(secret, lambda pin: find_elsewhere(place, pin=pin))
    return found, public, secret


def _of_file(place: KeyPlace) -> Passphrase | None:
    """Read the PIN from the file a URI names, if it does."""
    from weighbridge.cli.passphrase import pin_of_file

    if place.token is None or not place.token.pin_source:
        return None
    return pin_of_file(place.token.pin_source)


def _tried(secret: Passphrase | None, opening: Callable[[str], Opened]) -> Opened:
    """Open something, and say where a secret came from that does not."""
    from weighbridge.model.errors import PassphraseError

    try:
        return opening("" if secret is None else secret.text)
    except PassphraseError as error:
        if secret is None:
            raise
        raise PassphraseError(
            str(error), cause=secret.origin, help=(*error.faults[0].help[:1], *secret.help)
        ) from error
