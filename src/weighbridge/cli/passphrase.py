"""How a passphrase or PIN gets in: by descriptor, as a credential, from the keyring, or typed.

Never by argument, and never by a variable that holds it: both can be read by others.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.adapters.keyring import SystemKeyring
    from weighbridge.seal.keys import PublicKey

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Where systemd puts the credentials of a service."""
VARIABLE = "WEIGHBRIDGE_KEY_PASSPHRASE_FD"
LONGEST = 4096
"""Bytes of one passphrase, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passphrase:
    """A passphrase, and what to say if it turns out to be wrong.

    Attributes:
        text: The passphrase.
        origin: Where it came from.
        help: How to mend it.
    """

    text: str = field(repr=False)
    origin: str
    help: tuple[str, ...]


class Guarded(Protocol):
    """A key that a secret opens."""

    @property
    def name(self) -> str:
        """Its name in the folder."""

    @property
    def public(self) -> PublicKey:
        """The public half."""

    @property
    def secret(self) -> str:
        """What opens it: `passphrase` or `PIN`."""


def new_passphrase(environ: Mapping[str, str], *, name: str) -> str:
    """Get the passphrase a new key is locked with; whoever types it does so twice.

    Raises:
        PassphraseError: There is nobody to ask, or the descriptor gives none.
    """
    number = environ.get(VARIABLE)
    if number is not None:
        return _lines(number, [name])[0]
    if (given := _credential(environ, name)) is not None:
        return given.text
    return _typed("passphrase", name, new=True)


def passphrases(
    environ: Mapping[str, str], keys: Sequence[Guarded], *, keyring: SystemKeyring
) -> Iterator[Passphrase]:
    """Get the passphrase or PIN of each key: one is asked for when those before it were taken.

    Args:
        environ: Environment variables.
        keys: The keys, in the order of the lines of the descriptor.
        keyring: What is looked in unless a descriptor or a credential is given.

    Raises:
        PassphraseError: There is nobody to ask, the descriptor has too few lines, or a credential
            is none.
    """
    number = environ.get(VARIABLE)
    if number is not None:
        for place, text in enumerate(_lines(number, [key.name for key in keys]), start=1):
            origin = f"it is line {place} of the descriptor {number}"
            yield Passphrase(text=text, origin=origin, help=("one line a key, as --key has them",))
        return
    for key in keys:
        digest = key.public.spki_digest
        if (given := _credential(environ, key.name)) is not None:
            yield given
        elif (kept := keyring.find(digest)) is not None:
            remedies = (
                f"keyring set weighbridge {digest}",
                f"or be asked for it: keyring del weighbridge {digest}",
            )
            yield Passphrase(text=kept, origin="it is what the system keyring keeps", help=remedies)
        else:
            text = _typed(key.secret, key.name)
            again = ("type it again; nobody can recover it",)
            yield Passphrase(text=text, origin="it was typed", help=again)


def one_secret(environ: Mapping[str, str], what: str, *, name: str, key: str = "") -> Passphrase:
    """Get the passphrase or PIN of one key that is not in the folder.

    Args:
        environ: Environment variables.
        what: What is asked for: `passphrase` or `PIN`.
        name: Of what.
        key: What the key will be called in the folder; a credential is looked for by it.

    Raises:
        PassphraseError: There is nobody to ask, or the descriptor gives none.
    """
    number = environ.get(VARIABLE)
    if number is not None:
        origin = f"it is line 1 of the descriptor {number}"
        return Passphrase(text=_lines(number, [name])[0], origin=origin, help=())
    if key and (given := _credential(environ, key)) is not None:
        return given
    text = _typed(what, name)
    return Passphrase(text=text, origin="it was typed", help=("type it again",))


def pin_of_file(file: str) -> Passphrase:
    """Read the PIN from the file a URI of RFC 7512 names as `pin-source`.

    Raises:
        PassphraseError: It is no file to hold a PIN, or holds something else.
        UnreadableError: It cannot be read.
    """
    from weighbridge.adapters.secret_files import read_secret
    from weighbridge.model.errors import UnreadableError

    try:
        text = read_secret(Path(file), follow=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableError(f"{file} cannot be read: {reason}") from error
    return Passphrase(text=text, origin=f"it is what {file} holds", help=())


def _credential(environ: Mapping[str, str], name: str) -> Passphrase | None:
    """Read what systemd hands over for a key, or None if that is nothing."""
    from weighbridge.adapters.secret_files import read_secret
    from weighbridge.model.errors import PassphraseError

    folder = environ.get(CREDENTIALS)
    if not folder:
        return None
    credential = f"weighbridge-key-{name}"
    path = Path(folder) / credential
    try:
        text = read_secret(path, follow=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PassphraseError(f"the credential {path} cannot be read: {reason}") from error
    help_ = (f"systemd-creds encrypt --name={credential} - FILE",)
    return Passphrase(text=text, origin=f"it is the credential {credential}", help=help_)


def _typed(what: str, name: str, *, new: bool = False) -> str:
    """Ask whoever sits there; for what is new, twice."""
    from weighbridge.cli.streams import is_watched
    from weighbridge.model.errors import PassphraseError

    if not is_watched(sys.stdin):
        raise PassphraseError(
            f"there is nobody to ask for the {what}",
            wanted=f"{VARIABLE}=NUMBER, an open file descriptor to read it from",
            help=[
                f"for example: {VARIABLE}=3 weighbridge … 3<FILE",
                "or, in a service of systemd's: LoadCredentialEncrypted=weighbridge-key-NAME",
            ],
        )
    prompt = f"New {what} for {name}" if new else f"{what[0].upper()}{what[1:]} for {name}"
    typed: str = click.prompt(prompt, hide_input=True, confirmation_prompt=new, err=True)
    return typed


def _lines(number: str, names: Sequence[str]) -> list[str]:
    """Read one line for each key; what comes after them is left alone."""
    from weighbridge.model.errors import PassphraseError

    if not re.fullmatch("[0-9]{1,9}", number):
        # Not quoted: it may be the passphrase, put there by mistake.
        message = f"{VARIABLE} holds no number"
        raise PassphraseError(message, wanted="the number of an open file descriptor, such as 3")
    try:
        # From None: the message of a decoding error quotes bytes of the passphrase.
        text = _read(int(number), len(names)).decode()
    except UnicodeDecodeError:
        raise PassphraseError(f"what the descriptor {number} gives is not UTF-8") from None
    except OSError as error:
        message = f"the passphrase could not be read from the descriptor {number}"
        raise PassphraseError(message, cause=str(error), help=["leave it open: 3<FILE"]) from error
    lines = [line.removesuffix("\r") for line in text.split("\n")[: len(names)]]
    if any(len(line.encode()) > LONGEST for line in lines):
        raise PassphraseError(f"the passphrase is longer than {LONGEST} bytes")
    without = [name for place, name in enumerate(names) if not "".join(lines[place : place + 1])]
    if without:
        raise PassphraseError(
            f"the descriptor {number} gives no passphrase for {', '.join(without)}",
            wanted="one line a key, in this order: " + ", ".join(names),
        )
    return lines


def _read(descriptor: int, lines: int) -> bytes:
    """Read until there are so many lines: whoever writes them may leave the other end open."""
    data = b""
    while data.count(b"\n") < lines and len(data) <= lines * (LONGEST + 2):
        part = os.read(descriptor, LONGEST)
        if not part:
            break
        data += part
    return data
