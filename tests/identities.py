"""Keys and passphrases for tests: making and unlocking one costs next to nothing."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from weighbridge.adapters.keys import KeyFolder
from weighbridge.adapters.pkcs8 import Cost
from weighbridge.cli.passphrase import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.seal.keys import Algorithm, PublicKey

WEAK = Cost(n=2, r=1, p=1)
"""Tests try no passphrases but the right one; they need not wait for it."""

PASSPHRASE = "correct horse"  # noqa: S105 - of keys that live for one test


@contextmanager
def passphrase_fd(*lines: str) -> Iterator[int]:
    """Offer passphrases by a file descriptor, to one run of `main` or of a child.

    `main` finds the descriptor by the environment; a child is told by `environ=` and `pass_fds=`.
    What is read is gone: a second run needs a second descriptor.
    """
    reading, writing = os.pipe()
    os.write(writing, "".join(f"{line}\n" for line in lines).encode())
    os.close(writing)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(VARIABLE, str(reading))
            yield reading
    finally:
        os.close(reading)


def make_key(
    folder: Path, name: str, algorithm: Algorithm = "ed25519", passphrase: str = PASSPHRASE
) -> PublicKey:
    """Make a key pair in a folder of keys (`$WEIGHBRIDGE_KEYS`)."""
    return KeyFolder(folder, cost=WEAK).create(name, algorithm, passphrase)
