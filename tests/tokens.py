"""A token of the tests' own: Debian's SoftHSM, made once a process, as its library is loaded."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pkcs11
import pytest
from asn1crypto.core import PrintableString  # type: ignore[import-untyped]
from pkcs11 import Attribute, KeyType, Mechanism

from tests.seal.oms.papers import KEY, P384, P521, private_pem
from tests.tools import DEBIAN, run_tool

if TYPE_CHECKING:
    from collections.abc import Iterator

PIN = "1234"
LABEL = "testing"


class Token(NamedTuple):
    """A token, and how it is reached.

    Attributes:
        library: The library that reaches it.
        settings: The file that tells the library where it is.
    """

    library: str
    settings: Path

    def uri(self, key: str, more: str = "") -> str:
        """Write the URI of a key on it."""
        return f"pkcs11:token={LABEL};object={key}?module-path={self.library}{more}"

    def _open(self) -> Any:  # noqa: ANN401 - the library's types are its own
        """Log in."""
        return pkcs11.lib(self.library).get_token(token_label=LABEL).open(rw=True, user_pin=PIN)

    def generate(self, label: str) -> None:
        """Make an Ed25519 key on it."""
        curve = {Attribute.EC_PARAMS: PrintableString("edwards25519").dump()}
        with self._open() as session:
            domain = session.create_domain_parameters(KeyType.EC_EDWARDS, curve, local=True)
            made = Mechanism.EC_EDWARDS_KEY_PAIR_GEN
            domain.generate_keypair(mechanism=made, store=True, label=label)

    def destroy(self, label: str) -> None:
        """Remove both halves of a key."""
        with self._open() as session:
            for half in list(session.get_objects({Attribute.LABEL: label})):
                half.destroy()


@functools.cache
def softhsm() -> Token:
    """Make a token with `key-0` on P-256, `key-1` on P-384, `key-2` on P-521 and `key-ed`."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}/tokens\n")
    library = DEBIAN / "usr/lib/softhsm/libsofthsm2.so"
    assert library.exists(), "there is no libsofthsm2: run `make tools`"
    token = Token(str(library), settings)
    _run(token, "--init-token", "--free", "--so-pin", PIN)
    for number, key in enumerate((KEY, P384, P521)):
        pem = folder / f"{number}.pem"
        pem.write_bytes(private_pem(key))
        words = ("--import", str(pem), "--token", LABEL, "--id", f"0{number}")
        _run(token, *words, label=f"key-{number}")
    with using(token):
        token.generate("key-ed")
    return token


@contextmanager
def using(token: Token) -> Iterator[Token]:
    """Tell the library where the token is, as long as somebody needs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(token.settings))  # the library reads it itself
        yield token


def _run(token: Token, *words: str, label: str = LABEL) -> None:
    common = ("--module", token.library, "--label", label, "--pin", PIN)
    done = run_tool("softhsm2-util", *words, *common, SOFTHSM2_CONF=str(token.settings))
    assert done.returncode == 0, done.stderr
