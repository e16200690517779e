"""A verb of the tests' own, which only acts as someone: `python -m tests.cli.act act --key …`."""

from __future__ import annotations

import sys

import click

from weighbridge.cli.console import Session
from weighbridge.cli.group import VERBS
from weighbridge.cli.identity import acting, public_key, unlock_keys
from weighbridge.cli.main import main
from weighbridge.cli.options import Verb
from weighbridge.seal.keys import read_public_key, verify_signature

MESSAGE = b"weighed and found sound"


@click.command(name="act", cls=Verb)
@click.argument("names", nargs=-1)
@acting
def command(*, names: tuple[str, ...], key_names: tuple[str, ...]) -> None:
    """Print the digests of public keys that are named, or else of those that signed."""
    session = Session.current()
    if names:
        found = [public_key(session, name) for name in names]
    else:
        signers = unlock_keys(session, key_names)
        found = [read_public_key(signer.spki) for signer in signers]
        for signer, key in zip(signers, found, strict=True):
            assert verify_signature(key, MESSAGE, signer.sign(MESSAGE))
    session.result("".join(f"{key.spki_digest}\n" for key in found))


if __name__ == "__main__":
    sys.modules["weighbridge.cli.act"] = sys.modules[__name__]
    VERBS["act"] = "Act as someone."
    sys.exit(main())
