"""Keys on a token: Debian's SoftHSM, with a token of the tests' own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pkcs11.exceptions import PinLocked

from tests.seal.oms.papers import KEY, P384, public_pem, spki
from tests.tokens import PIN, softhsm, using
from tests.usecases.workshop import run_apart
from weighbridge.adapters.hsm import token_signer
from weighbridge.model.errors import KeyFileError, PassphraseError, UnavailableError
from weighbridge.model.pkcs11_uri import Pkcs11Uri, read_pkcs11_uri
from weighbridge.seal.keys import read_public_key, verify_signature
from weighbridge.seal.oms.keys import read_model_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.seal.oms.papers import Private

MESSAGE = b"weighed and found sound"


@pytest.fixture(scope="module")
def module() -> Iterator[str]:
    """Return the library that reaches the tests' token."""
    with using(softhsm()) as token:
        yield token.library


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


def test_an_ed25519_key_on_a_token_signs(module: str) -> None:
    with token_signer(uri(module, object="key-ed"), PIN) as signer:
        public = read_public_key(signer.spki)
        assert public.algorithm == "ed25519"
        assert verify_signature(public, MESSAGE, signer.sign(MESSAGE))


def test_two_keys_on_one_token_are_open_side_by_side(module: str) -> None:
    with token_signer(uri(module), PIN) as one:
        with token_signer(uri(module, object="key-1"), PIN) as other:
            assert {one.spki, other.spki} == {spki(KEY), spki(P384)}
        assert read_model_key(one.spki).verify(MESSAGE, one.sign(MESSAGE))


def test_a_token_that_is_pulled_out_undoes_nothing(module: str) -> None:
    with token_signer(uri(module), PIN) as signer:
        signature = signer.sign(MESSAGE)
        signer._key.session.close()  # and so is not there to log out of
    assert read_model_key(spki(KEY)).verify(MESSAGE, signature)


class LockedLibrary:
    """Reaches a token whose PIN was wrong too often, which SoftHSM never says."""

    label, manufacturer_id, serial, model = "testing", "", b"", ""

    def get_tokens(self) -> list[LockedLibrary]:
        return [self]

    def open(self, **_: str) -> None:
        raise PinLocked


def test_a_locked_token_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pkcs11.lib", lambda _: LockedLibrary())
    with (
        pytest.raises(PassphraseError, match="the token is locked"),
        token_signer(uri("/lib.so"), PIN),
    ):
        pytest.fail("there was a signer")
