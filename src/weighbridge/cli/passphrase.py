"""How a passphrase gets in: by file descriptor, or typed; never by argument or variable."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "WEIGHBRIDGE_KEY_PASSPHRASE_FD"
LONGEST = 4096


def read_passphrase(environ: Mapping[str, str], *, what: str, confirm: bool = False) -> str:
    """Get a passphrase from the descriptor a variable names, or from whoever sits there.

    Args:
        environ: Environment variables.
        what: What it is for, as the prompt says it.
        confirm: Whether it is typed twice.

    Raises:
        PassphraseError: There is nobody to ask, or the descriptor gives none.
    """
    from weighbridge.model.errors import PassphraseError

    number = environ.get(VARIABLE)
    if number is not None:
        return _from_descriptor(number)
    if not sys.stdin.isatty():
        raise PassphraseError(
            "there is nobody to ask for the passphrase",
            wanted=f"{VARIABLE}=NUMBER, an open file descriptor to read it from",
            help=[f"for example: {VARIABLE}=3 weighbridge … 3<FILE"],
        )
    typed: str = click.prompt(what, hide_input=True, confirmation_prompt=confirm, err=True)
    return typed


def _from_descriptor(number: str) -> str:
    """Read up to the end or the first line break."""
    from weighbridge.model.errors import PassphraseError

    data = b""
    try:
        while len(data) <= LONGEST and (part := os.read(int(number), LONGEST)):
            data += part
        text = data.decode()
    except (OSError, ValueError) as error:
        message = f"the passphrase could not be read from the descriptor {number}"
        raise PassphraseError(message, cause=str(error), help=["leave it open: 3<FILE"]) from error
    if len(data) > LONGEST:
        raise PassphraseError(f"the passphrase is longer than {LONGEST} bytes")
    return text.split("\n", 1)[0].removesuffix("\r")
