"""Keys with AWS KMS and Vault: their real SDKs ask services of the tests' own."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.adapters.elsewhere.services import Answer, Kms, Private, Service, Transit, serving
from weighbridge.adapters.elsewhere.aws import session_in
from weighbridge.adapters.elsewhere.opening import find_elsewhere, open_elsewhere
from weighbridge.model.errors import (
    KeyFileError,
    KeyMismatchError,
    LoginError,
    UnavailableError,
    WeighbridgeError,
)
from weighbridge.model.key_place import read_key_place
from weighbridge.seal.keys import read_public_key, verify_signature

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE = b"weighed and found sound"
ID = "1234abcd-12ab-34cd-56ef-{:012x}"
P256, P384 = (ec.generate_private_key(curve) for curve in (ec.SECP256R1(), ec.SECP384R1()))
OTHER = ec.generate_private_key(ec.SECP256R1())
EDWARDS = ed25519.Ed25519PrivateKey.generate()
ARN = f"arn:aws:kms:us-west-2:111122223333:key/{ID.format(1)}"
AWS_KEYS: dict[str, Private] = {
    ID.format(1): P256,
    ID.format(2): P384,
    ID.format(3): ec.generate_private_key(ec.SECP256K1()),
    "alias/release": P256,
    ARN: P256,
}
VAULT_KEYS: dict[str, Private] = {
    "release/9": OTHER,
    "release/10": P256,
    "long/1": P384,
    "ed/1": EDWARDS,
}
KEYS = [
    f"awskms:{ID.format(1)}",
    f"awskms:{ID.format(2)}",
    "awskms:alias/release",
    f"awskms:{ARN}",
    "hv:release/10",
    "hv:release",
    "hv:long/1",
    "hv:ed/1",
]
ONE_EACH = [KEYS[0], "hv:release/10"]


class Places(NamedTuple):
    """Both services."""

    kms: Service
    vault: Service

    def of(self, uri: str) -> Service:
        return self.kms if uri.startswith("awskms") else self.vault


@pytest.fixture(scope="module")
def running() -> Iterator[Places]:
    with serving(Kms({})) as kms, serving(Transit({})) as vault:
        yield Places(kms, vault)


@pytest.fixture
def places(running: Places, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Have both behave, and tell the SDKs where they are."""
    for service, keys in zip(running, (AWS_KEYS, VAULT_KEYS), strict=True):
        service.keys, service.refusal, service.answer = dict(keys), None, None
        service.swapped = False
        service.asked.clear()
        for name, value in service.environ.items():
            monkeypatch.setenv(name, value)
    return running


def answered(**document: object) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(document).encode()


@pytest.mark.parametrize("uri", KEYS)
def test_a_key_is_found_and_signs(places: Places, uri: str) -> None:
    found, public = find_elsewhere(read_key_place(uri, whole=False))
    assert found.uri == ("hv:release/10" if uri == "hv:release" else uri)
    with open_elsewhere(found, public) as signer:
        assert signer.spki == public.spki_der
        assert verify_signature(public, MESSAGE, signer.sign(MESSAGE))
    sent = json.dumps(places.of(uri).asked)
    assert "secret of AWS" not in sent
    assert "token of Vault" not in sent


def test_aws_is_sent_digests_alone_and_asked_to_sign_no_more_than_it_must(places: Places) -> None:
    place = read_key_place(KEYS[0])
    _, public = find_elsewhere(place)
    places.kms.asked.clear()
    with open_elsewhere(place, public) as signer:
        assert places.kms.asked == []  # who may only sign can be told so
        signer.sign(b"x" * 10_000)
    ((operation, given),) = places.kms.asked
    assert operation == "TrentService.Sign"
    assert len(given["Message"]) == 44


@pytest.mark.parametrize(
    ("uri", "error", "why"),
    [
        (f"awskms:{ID.format(3)}", KeyFileError, "the curve secp256k1 is not relied on"),
        (f"awskms:{ID.format(4)}", KeyFileError, "AWS KMS has no such key"),
        ("hv:gone", KeyFileError, "Vault has no such key"),
        ("hv:release/11", KeyFileError, "the key has no version 11"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused(
    places: Places, uri: str, error: type[WeighbridgeError], why: str
) -> None:
    assert places
    with pytest.raises(error, match=why):
        find_elsewhere(read_key_place(uri, whole=False))


@pytest.mark.parametrize("uri", ONE_EACH)
def test_another_key_in_its_place_makes_no_evidence(places: Places, uri: str) -> None:
    place = read_key_place(uri)
    _, public = find_elsewhere(place)
    places.of(uri).keys[place.name] = OTHER
    with (
        open_elsewhere(place, public) as signer,
        pytest.raises(KeyMismatchError, match="no signature of the key") as caught,
    ):
        signer.sign(MESSAGE)
    assert caught.value.faults[0].wanted == f"a signature of {public.spki_digest}"


@pytest.mark.parametrize("uri", [*ONE_EACH, "hv:ed/1"])
def test_a_signature_of_other_bytes_makes_no_evidence(places: Places, uri: str) -> None:
    place = read_key_place(uri)
    _, public = find_elsewhere(place)
    places.of(uri).swapped = True
    with open_elsewhere(place, public) as signer, pytest.raises(KeyMismatchError):
        signer.sign(MESSAGE)
    with pytest.raises(KeyMismatchError):
        find_elsewhere(place)


GARBAGE = [
    answered(),
    answered(Signature="AAAA", data={"signature": "vault:v10:AAAA"}),
    answered(Signature="", data={"signature": "vault:v9:AAAA"}),
    answered(Signature="!", data={"signature": "vault:v10:!"}),
    answered(Signature=7, data={"signature": 7}),
    answered(Signature=None, data=[]),
    (200, {"Content-Type": "application/json"}, b"<html>" * 1000),
    (200, {}, b""),
    (204, {}, b""),
]


@pytest.mark.parametrize("uri", ONE_EACH)
def test_garbage_makes_no_evidence(places: Places, uri: str) -> None:
    place = read_key_place(uri)
    _, public = find_elsewhere(place)
    with open_elsewhere(place, public) as signer:
        for garbage in GARBAGE:
            places.of(uri).answer = garbage
            with pytest.raises((KeyMismatchError, UnavailableError)) as caught:
                signer.sign(MESSAGE)
            assert caught.value.faults[0].seen == uri
            with pytest.raises((KeyFileError, UnavailableError)):
                find_elsewhere(place)


@pytest.mark.parametrize("uri", ONE_EACH)
def test_nobody_is_followed_elsewhere(places: Places, uri: str) -> None:
    with serving(type(places.of(uri))({})) as lure:
        places.of(uri).answer = (307, {"Location": f"{lure.address}/v1/transit/keys/x"}, b"")
        with pytest.raises(UnavailableError):
            find_elsewhere(read_key_place(uri))
        assert lure.asked == []


@pytest.mark.parametrize("uri", ONE_EACH)
def test_a_service_that_never_answers_is_not_waited_for(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = Kms if uri.startswith("awskms") else Transit
    with serving(kind({}, silent=True)) as service:
        for name, value in service.environ.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(UnavailableError, match=r"has not answered within 0\.2 seconds"):
            find_elsewhere(read_key_place(uri), patience=0.2)


REFUSALS: list[tuple[str, int, str, type[WeighbridgeError], str]] = [
    ("awskms", 400, "AccessDeniedException", LoginError, "AWS KMS does not let you"),
    ("awskms", 400, "UnrecognizedClientException", LoginError, "AWS KMS does not let you"),
    ("awskms", 400, "ThrottlingException", UnavailableError, "is asked too often"),
    ("awskms", 400, "DisabledException", KeyFileError, "does not sign with the key now"),
    ("awskms", 400, "KMSInvalidStateException", KeyFileError, "does not sign with the key now"),
    ("awskms", 400, "InvalidKeyUsageException", KeyFileError, "cannot be used"),
    ("awskms", 500, "KMSInternalException", UnavailableError, "is not to be had"),
    ("awskms", 400, "NeverHeardOfException", UnavailableError, "makes no sense"),
    ("hv", 403, "permission denied", LoginError, "Vault does not let you"),
    ("hv", 429, "slow down", UnavailableError, "is asked too often"),
    ("hv", 400, "unsupported key version", KeyFileError, "does not sign with the key now"),
    ("hv", 503, "Vault is sealed", UnavailableError, "is not to be had"),
    ("hv", 418, "teapot", UnavailableError, "makes no sense"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: f"{one[0]} {one[2]}")
def test_what_a_service_says_becomes_an_error_of_ours(
    places: Places, refusal: tuple[str, int, str, type[WeighbridgeError], str]
) -> None:
    service, status, word, error, why = refusal
    uri = ONE_EACH[service == "hv"]
    places.of(uri).refusal = (status, word)
    with pytest.raises(error, match=why) as caught:
        find_elsewhere(read_key_place(uri))
    (fault,) = caught.value.faults
    assert word in fault.cause
    assert (fault.seen, bool(fault.help)) == (uri, why != "makes no sense")


@pytest.mark.parametrize(
    ("uri", "unset", "why"),
    [
        (KEYS[0], "AWS_ACCESS_KEY_ID", "AWS KMS does not know who asks"),
        (KEYS[0], "AWS_DEFAULT_REGION", "AWS KMS does not know who asks"),
        ("hv:ed/1", "VAULT_ADDR", "nobody says where Vault is"),
        ("hv:ed/1", "VAULT_TOKEN", "Vault does not know who asks"),
    ],
)
def test_who_asks_and_where_must_be_told(
    places: Places, uri: str, unset: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(unset)
    session_in.cache_clear()  # it remembers who asked
    monkeypatch.setenv("HOME", "/no/such/home")
    with pytest.raises(LoginError, match=why) as caught:
        find_elsewhere(read_key_place(uri))
    assert caught.value.faults[0].help
    assert places.of(uri).asked == []


@pytest.mark.parametrize(
    "address",
    ["http://vault.example.com", "https://user:pass@vault.example.com", "ftp://h", "vault:8200"],
)
def test_the_token_of_vault_is_not_sent_where_others_read_it(
    places: Places, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert places
    monkeypatch.setenv("VAULT_ADDR", address)
    with pytest.raises(LoginError, match="no address a token may be sent to") as caught:
        find_elsewhere(read_key_place("hv:ed/1"))
    assert "pass@" not in repr(caught.value.faults)


@pytest.mark.parametrize("uri", ONE_EACH)
def test_nobody_there_is_said(places: Places, uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert places
    for name in ("AWS_ENDPOINT_URL", "VAULT_ADDR"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with pytest.raises(UnavailableError, match="is not to be had"):
        find_elsewhere(read_key_place(uri))


@pytest.mark.parametrize("uri", ONE_EACH)
def test_without_the_sdk_the_extra_is_named(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.setitem(sys.modules, "hvac", None)
    monkeypatch.setenv("VAULT_ADDR", "https://vault.example.com")
    with pytest.raises(UnavailableError, match="need an extra") as caught:
        find_elsewhere(read_key_place(uri))
    extra = "vault" if uri.startswith("hv") else "aws"
    assert caught.value.faults[0].help == (f'pip install "weighbridge[{extra}]"',)


def test_a_public_half_of_a_kind_the_service_never_signs_with_is_another_key() -> None:
    der = EDWARDS.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with (
        pytest.raises(KeyMismatchError, match="another key lies elsewhere"),
        open_elsewhere(read_key_place(KEYS[0]), read_public_key(der)),
    ):
        pytest.fail("there was a signer")
