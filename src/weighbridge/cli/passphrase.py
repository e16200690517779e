"""How a passphrase gets in: by file descriptor, from the system's keyring, or typed.

Never by argument, and never by a variable that holds it: both can be read by others.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.adapters.keyring import SystemKeyring
    from weighbridge.adapters.private_keys import LockedKey

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


def new_passphrase(environ: Mapping[str, str], *, name: str) -> str:
    """Get the passphrase a new key is locked with; whoever types it does so twice.

    Raises:
        PassphraseError: There is nobody to ask, or the descriptor gives none.
    """
    number = environ.get(VARIABLE)
    if number is not None:
        return _lines(number, [name])[0]
    return _typed(f"New passphrase for {name}", confirm=True)


def passphrases(
    environ: Mapping[str, str], keys: Sequence[LockedKey], *, keyring: SystemKeyring
) -> Iterator[Passphrase]:
    """Get the passphrase of each key: one is asked for when those before it were taken.

    Args:
        environ: Environment variables.
        keys: The keys, in the order of the lines of the descriptor.
        keyring: What is looked in unless a descriptor is given.

    Raises:
        PassphraseError: There is nobody to ask, or the descriptor has too few lines.
    """
    number = environ.get(VARIABLE)
    if number is not None:
        for place, text in enumerate(_lines(number, [key.name for key in keys]), start=1):
            origin = f"it is line {place} of the descriptor {number}"
            yield Passphrase(text=text, origin=origin, help=("one line a key, as --key has them",))
        return
    for key in keys:
        digest = key.public.spki_digest
        if (kept := keyring.find(digest)) is not None:
            remedies = (
                f"keyring set weighbridge {digest}",
                f"or be asked for it: keyring del weighbridge {digest}",
            )
            yield Passphrase(text=kept, origin="it is what the system keyring keeps", help=remedies)
        else:
            text = _typed(f"Passphrase for {key.name}", confirm=False)
            again = ("type it again; nobody can recover it",)
            yield Passphrase(text=text, origin="it was typed", help=again)


def one_secret(environ: Mapping[str, str], what: str, *, name: str) -> Passphrase:
    """Get the passphrase or PIN of one key that is none of ours.

    Args:
        environ: Environment variables.
        what: What is asked for: `Passphrase` or `PIN`.
        name: Of what.

    Raises:
        PassphraseError: There is nobody to ask, or the descriptor gives none.
    """
    number = environ.get(VARIABLE)
    if number is not None:
        origin = f"it is line 1 of the descriptor {number}"
        return Passphrase(text=_lines(number, [name])[0], origin=origin, help=())
    text = _typed(f"{what} for {name}", confirm=False)
    return Passphrase(text=text, origin="it was typed", help=("type it again",))


def _typed(prompt: str, *, confirm: bool) -> str:
    """Ask whoever sits there."""
    from weighbridge.cli.streams import is_watched
    from weighbridge.model.errors import PassphraseError

    if not is_watched(sys.stdin):
        raise PassphraseError(
            "there is nobody to ask for the passphrase",
            wanted=f"{VARIABLE}=NUMBER, an open file descriptor to read it from",
            help=[f"for example: {VARIABLE}=3 weighbridge … 3<FILE"],
        )
    typed: str = click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)
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
