"""Keys on a token: Debian's SoftHSM, with a token of the tests' own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.seal.oms.papers import KEY, P384, private_pem, public_pem, spki
from tests.tools import DEBIAN, run_tool
from tests.usecases.workshop import run_apart
from weighbridge.adapters.hsm import token_signer
from weighbridge.model.errors import KeyFileError, PassphraseError, UnavailableError
from weighbridge.model.pkcs11_uri import Pkcs11Uri, read_pkcs11_uri
from weighbridge.seal.oms.keys import read_model_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.seal.oms.papers import Private

PIN = "1234"
MESSAGE = b"weighed and found sound"


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Make a token with two keys, and return the library that reaches it."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}/tokens\n")
    library = DEBIAN / "usr/lib/softhsm/libsofthsm2.so"
    assert library.exists(), "there is no libsofthsm2: run `make tools`"
    run_softhsm(settings, str(library), "--init-token", "--free", "--so-pin", PIN)
    for number, key in enumerate((KEY, P384)):
        pem = folder / f"{number}.pem"
        pem.write_bytes(private_pem(key))
        words = ("--import", str(pem), "--token", "testing", "--id", f"0{number}")
        run_softhsm(settings, str(library), *words, label=f"key-{number}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(settings))  # the library reads it itself
        yield str(library)


def run_softhsm(settings: Path, library: str, *words: str, label: str = "testing") -> None:
    common = ("--module", library, "--label", label, "--pin", PIN)
    done = run_tool("softhsm2-util", *words, *common, SOFTHSM2_CONF=str(settings))
    assert done.returncode == 0, done.stderr


def uri(module: str, **changes: str) -> Pkcs11Uri:
    parts = {"token": "testing", "object": "key-0", **changes}
    path = ";".join(f"{name}={value}" for name, value in parts.items() if value)
    return read_pkcs11_uri(f"pkcs11:{path}?module-path={module}")


@pytest.mark.parametrize(("label", "key"), [("key-0", KEY), ("key-1", P384)])
def test_a_key_on_a_token_signs(module: str, label: str, key: Private) -> None:
    with token_signer(uri(module, object=label), PIN) as signer:
        assert signer.spki == spki(key)
        signature = signer.sign(MESSAGE)
    assert read_model_key(spki(key)).verify(MESSAGE, signature)


def test_a_key_may_be_named_by_its_id(module: str) -> None:
    with token_signer(uri(module, object="", id="%01"), PIN) as signer:
        assert signer.spki == spki(P384)


@pytest.mark.parametrize(
    ("changes", "pin", "error", "why"),
    [
        ({}, "9999", PassphraseError, "not the PIN"),
        ({"token": "other"}, PIN, KeyFileError, "0 tokens"),
        ({"object": "gone"}, PIN, KeyFileError, "0 private keys"),
        ({"serial": "none"}, PIN, KeyFileError, "0 tokens"),
    ],
)
def test_what_is_not_there_is_named(
    module: str, changes: dict[str, str], pin: str, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why), token_signer(uri(module, **changes), pin):
        pytest.fail("there was a signer")


def test_a_library_that_is_none_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(UnavailableError, match="not to be had"),
        token_signer(uri(str(tmp_path / "x.so")), PIN),
    ):
        pytest.fail("there was a signer")


def test_a_model_is_signed_by_a_token(module: str, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/a.bin").write_bytes(b"weights")
    (tmp_path / "pin").write_text(f"{PIN}\n")
    (tmp_path / "pin").chmod(0o400)
    (tmp_path / "key.pub").write_bytes(public_pem(KEY))
    text = f"pkcs11:token=testing;object=key-0?module-path={module}&pin-source={tmp_path}/pin"
    sign = ("sign", "model", "--format", "oms", "--pkcs11-uri", text, "--output", "model.sig")
    signed = run_apart(tmp_path, *sign)
    assert signed.code == 0, signed.err
    verify = ("verify", "model", "--bundle", "model.sig", "--key", "key.pub")
    assert run_apart(tmp_path, *verify).code == 0
    refused = run_apart(tmp_path, *sign[:5], f"{text}&pin-value={PIN}")
    assert refused.code == 2
    assert PIN not in refused.err.replace("pin-value", "")
