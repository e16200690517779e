"""Stand-ins for the SDKs of Google Cloud and Azure, which are not installed: no service is asked.

They know the names and shapes securesystemslib's signers use, and nothing of the real services.
"""

from __future__ import annotations

import json
import os
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from weighbridge.adapters.elsewhere.opening import find_elsewhere, open_elsewhere
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.key_place import read_key_place

LONG = bool(os.environ.get("STANDIN_LONG"))
"""Whether the key is on P-384."""
REFUSAL = os.environ.get("STANDIN_REFUSAL", "")
"""An error of the SDK's: the name of its class, and an HTTP status after a blank."""
KEY = ec.derive_private_key(0xA11CE, ec.SECP384R1() if LONG else ec.SECP256R1())
VERSION = "0123456789abcdef0123456789abcdef"


def sign_digest(digest: bytes) -> bytes:
    hashed = SHA384() if LONG else SHA256()
    return KEY.sign(digest, ec.ECDSA(utils.Prehashed(hashed)))


class SdkError(Exception):
    """What all errors of an SDK are."""

    status_code: int | None = None


def refuse() -> None:
    if REFUSAL:
        name, _, status = REFUSAL.partition(" ")
        kind = type(name, (SdkError,), {"status_code": int(status) if status else None})
        raise kind("no")


class _Names:
    """Gives every name a value of its own."""

    def __getattr__(self, name: str) -> str:
        return name


class GoogleClient:
    def get_public_key(self, request: dict[str, Any]) -> SimpleNamespace:
        refuse()
        assert request["public_key_format"] == "PEM"
        pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        algorithm = "EC_SIGN_P384_SHA384" if LONG else "EC_SIGN_P256_SHA256"
        return SimpleNamespace(algorithm=algorithm, public_key=SimpleNamespace(data=pem))

    def asymmetric_sign(self, request: dict[str, Any]) -> SimpleNamespace:
        (digest,) = request["digest"].values()
        return SimpleNamespace(signature=sign_digest(digest))


class AzureKeys:
    def __init__(self, vault_url: str, credential: object) -> None:
        assert (vault_url, credential) != ("", None)

    def get_key(self, name: str) -> SimpleNamespace:
        refuse()
        numbers = KEY.public_key().public_numbers()
        size = 48 if LONG else 32
        return SimpleNamespace(
            key=SimpleNamespace(
                kty="EC-HSM",
                crv="p_384" if LONG else "p_256",
                x=numbers.x.to_bytes(size),
                y=numbers.y.to_bytes(size),
                kid=f"https://acme.vault.azure.net/keys/{name}/{VERSION}",
            )
        )


class AzureCryptography:
    def __init__(self, key: str, credential: object) -> None:
        assert credential is not None
        assert key == f"https://acme.vault.azure.net/keys/release/{VERSION}"

    def sign(self, algorithm: str, digest: bytes) -> SimpleNamespace:
        assert algorithm == ("es384" if LONG else "es256")
        r, s = utils.decode_dss_signature(sign_digest(digest))
        size = 48 if LONG else 32
        return SimpleNamespace(signature=r.to_bytes(size) + s.to_bytes(size))


def module(name: str, **names: object) -> None:
    made = ModuleType(name)
    vars(made).update(names)
    sys.modules[name] = made


def install() -> None:
    names = _Names()
    kms = SimpleNamespace(
        KeyManagementServiceClient=GoogleClient, PublicKey=SimpleNamespace(PublicKeyFormat=names)
    )
    module("google.cloud", kms=kms)
    module("google.cloud.kms_v1")
    types = SimpleNamespace(CryptoKeyVersionAlgorithm=names)
    module("google.cloud.kms_v1.types", CryptoKeyVersion=types)
    module("azure")
    module("azure.core")
    module("azure.core.exceptions", HttpResponseError=SdkError)
    module("azure.identity", DefaultAzureCredential=object)
    module("azure.keyvault")
    module("azure.keyvault.keys", KeyClient=AzureKeys, KeyCurveName=names, KeyVaultKey=object)
    crypto = {"CryptographyClient": AzureCryptography, "SignatureAlgorithm": names}
    module("azure.keyvault.keys.crypto", **crypto)


def main() -> None:
    """Find a key and sign with it: `python -m tests.adapters.elsewhere.standins URI…`."""
    install()
    for text in sys.argv[1:]:
        try:
            place, public = find_elsewhere(read_key_place(text, whole=False))
            with open_elsewhere(place, public) as signer:
                signer.sign(b"weighed and found sound")
            found = [place.uri, public.algorithm]
        except WeighbridgeError as error:
            found = [error.code, str(error)]
        print(json.dumps(found))  # noqa: T201 - to whoever started it


if __name__ == "__main__":
    main()
