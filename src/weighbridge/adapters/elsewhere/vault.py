"""HashiCorp Vault's transit engine, through its SDK, hvac.

The signer of securesystemslib is not used: it knows Ed25519 alone, and follows redirects with the
token. Vault signs Ed25519 over the whole message, so it is sent there; of ECDSA, the digest alone.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from weighbridge.adapters.elsewhere.interface import Trouble, named
from weighbridge.model.errors import KeyFileError, LoginError, UnavailableError

if TYPE_CHECKING:
    from weighbridge.adapters.elsewhere.interface import Sign
    from weighbridge.model.key_place import KeyPlace
    from weighbridge.seal.keys import Algorithm, PublicKey

_MEANING = {
    "Unauthorized": Trouble.DENIED,
    "Forbidden": Trouble.DENIED,
    "RateLimitExceeded": Trouble.THROTTLED,
    "InvalidPath": Trouble.NO_KEY,
    "InvalidRequest": Trouble.DISABLED,
    "BadGateway": Trouble.AWAY,
    "InternalServerError": Trouble.AWAY,
    "VaultDown": Trouble.AWAY,
    "VaultNotInitialized": Trouble.AWAY,
    "RequestException": Trouble.AWAY,
}
_HASHES = {"p256": ("sha2-256", "sha256"), "p384": ("sha2-384", "sha384")}
_KINDS = frozenset({"ed25519", "ecdsa-p256", "ecdsa-p384"})
_LONGEST_KIND = 40
_SECONDS = 30
"""Until a connection, or a pause in an answer, is given up."""


class VaultTransit:
    """Keys of the transit engine: Ed25519, P-256 and P-384."""

    title = "Vault"
    extra = "vault"
    algorithms: frozenset[Algorithm] = frozenset({"ed25519", "p256", "p384"})
    login = "set VAULT_ADDR and VAULT_TOKEN, or `vault login`"

    def fetch(self, place: KeyPlace) -> tuple[str, bytes]:
        """Ask for the public half, of the newest version unless the URI says which."""
        name, _, version = place.name.partition("/")
        with _client() as client:
            data = _data(client.secrets.transit.read_key(name))
        keys = data["keys"]
        version = version or max(keys, key=int)
        if version not in keys:
            there = ", ".join(sorted(keys, key=int))
            raise KeyFileError(f"the key has no version {version}", seen=f"versions {there}")
        return f"hv:{name}/{version}", _public(keys[version], str(data["type"]))

    def open(self, place: KeyPlace, public: PublicKey) -> Sign:
        """Get ready to sign."""
        name, _, version = place.name.partition("/")
        _address()

        def sign(message: bytes) -> bytes:
            how: dict[str, Any] = {}
            if public.algorithm != "ed25519":
                theirs, ours = _HASHES[public.algorithm]
                message = hashlib.new(ours, message).digest()
                how = {"hash_algorithm": theirs, "prehashed": True, "marshaling_algorithm": "asn1"}
            with _client() as client:
                answer = client.secrets.transit.sign_data(
                    name,
                    hash_input=base64.b64encode(message).decode(),
                    key_version=int(version),
                    **how,
                )
            signature: str = _data(answer)["signature"]
            return base64.b64decode(signature.removeprefix(f"vault:v{version}:"), validate=True)

        return sign

    def trouble(self, error: BaseException) -> Trouble | None:
        """Tell by the class of the error."""
        return named(error, (), _MEANING)


def _address() -> str:
    """Say where Vault is.

    Raises:
        LoginError: Nobody says, or the token would be sent there for all to read.
    """
    address = os.environ.get("VAULT_ADDR", "")
    if not address:
        raise LoginError("nobody says where Vault is", help=[VaultTransit.login])
    parts = urlsplit(address)
    plain = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
    if not parts.hostname or parts.username is not None or not (parts.scheme == "https" or plain):
        wanted = "https://HOST:PORT, without a login; http on this machine alone"
        raise LoginError("VAULT_ADDR is no address a token may be sent to", wanted=wanted)
    return address


@contextlib.contextmanager
def _client() -> Any:  # noqa: ANN401 - the SDK's types are its own
    """Open Vault as long as it is asked one thing."""
    import hvac  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra

    client = hvac.Client(
        url=_address(),
        timeout=_SECONDS,
        allow_redirects=False,
        namespace=os.environ.get("VAULT_NAMESPACE") or None,
    )
    if not client.token:
        raise LoginError("Vault does not know who asks", help=[VaultTransit.login])
    with contextlib.closing(client.adapter):
        yield client


def _data(answer: Any) -> Any:  # noqa: ANN401 - JSON, or else the SDK's response
    status = getattr(answer, "status_code", None)
    if status is not None and 300 <= status < 400:  # noqa: PLR2004 - HTTP's redirects
        raise UnavailableError(
            "Vault sends us elsewhere, and the token is not taken there",
            seen=f"HTTP {status}",
            help=["name the active node, or the address of the whole cluster, as VAULT_ADDR"],
        )
    return answer["data"]


def _public(version: Any, kind: str) -> bytes:  # noqa: ANN401 - JSON
    if kind not in _KINDS:
        message, wanted = "the key in Vault is of another kind", ", ".join(sorted(_KINDS))
        raise KeyFileError(message, seen=kind[:_LONGEST_KIND], wanted=wanted)
    text: str = version["public_key"]
    if kind != "ed25519":
        return text.encode()
    raw = Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    return raw.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
