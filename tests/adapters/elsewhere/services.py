"""Key management services of the tests' own: they sign for real, and misbehave when told to.

They know as much of AWS KMS and of Vault's transit engine as the SDKs ask for, on the loopback
address alone.
"""

from __future__ import annotations

import base64
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Answer = tuple[int, dict[str, str], bytes]


@dataclass(slots=True)
class Service:
    """A service that keeps keys.

    Attributes:
        keys: Private keys, by what they are named.
        address: Where it listens.
        refusal: HTTP status and word for it, instead of an answer.
        answer: A whole answer, instead of its own.
        swapped: Whether it signs other bytes than it was asked to.
        silent: Whether it never answers.
        asked: What it was asked: operation or path, and parameters.
        over: Set when it closes.
    """

    keys: dict[str, Private]
    address: str = ""
    refusal: tuple[int, str] | None = None
    answer: Answer | None = None
    swapped: bool = False
    silent: bool = False
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def environ(self) -> dict[str, str]:
        """Tell the SDK where the service is, and who asks."""
        raise NotImplementedError

    def own(self, what: str, given: dict[str, Any], token: str) -> Answer:
        """Answer as the real one would."""
        raise NotImplementedError


class Kms(Service):
    """AWS KMS: its JSON protocol."""

    @property
    def environ(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "the secret of AWS",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/no/such/file",
            "AWS_SHARED_CREDENTIALS_FILE": "/no/such/file",
        }

    def own(self, what: str, given: dict[str, Any], token: str) -> Answer:
        del token
        operation = what.rpartition(".")[2]
        if self.refusal is not None:
            status, word = self.refusal
            return _json(status, {"__type": word, "message": "no"})
        key = self.keys.get(given["KeyId"])
        if key is None:
            return _json(400, {"__type": "NotFoundException", "message": "no such key"})
        if operation == "GetPublicKey":
            der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            algorithms = ["ECDSA_SHA_384" if _is_long(key) else "ECDSA_SHA_256"]
            shown = {"PublicKey": _text(der), "SigningAlgorithms": algorithms}
            return _json(200, {"KeyId": given["KeyId"], "KeyUsage": "SIGN_VERIFY", **shown})
        assert (operation, given["MessageType"]) == ("Sign", "DIGEST")
        digest = base64.b64decode(given["Message"])
        signature = _sign_digest(key, digest[::-1] if self.swapped else digest)
        return _json(200, {"KeyId": given["KeyId"], "Signature": _text(signature)})


class Transit(Service):
    """Vault's transit engine; `NAME` has the versions `NAME/1`, `NAME/2` … among the keys."""

    TOKEN = "the token of Vault"  # noqa: S105 - of a server that lives for tests

    @property
    def environ(self) -> dict[str, str]:
        return {"VAULT_ADDR": self.address, "VAULT_TOKEN": self.TOKEN}

    def own(self, what: str, given: dict[str, Any], token: str) -> Answer:
        if self.refusal is not None or token != self.TOKEN:
            status, word = self.refusal or (403, "permission denied")
            return _json(status, {"errors": [word]})
        _, _, _, verb, name = what.split("/")
        known = {key: self.keys[key] for key in self.keys if key.partition("/")[0] == name}
        if not known:
            return _json(404, {"errors": []})
        if verb == "keys":
            shown = {key.partition("/")[2]: {"public_key": _shown(k)} for key, k in known.items()}
            kind = _kind(next(iter(known.values())))
            return _json(200, {"data": {"type": kind, "keys": shown}})
        version = given["key_version"]
        key = known[f"{name}/{version}"]
        message = base64.b64decode(given["input"])
        message = message[::-1] if self.swapped else message
        if isinstance(key, ed25519.Ed25519PrivateKey):
            signature = key.sign(message)
        else:
            assert given["prehashed"]
            assert given["hash_algorithm"] == ("sha2-384" if _is_long(key) else "sha2-256")
            signature = _sign_digest(key, message)
        return _json(200, {"data": {"signature": f"vault:v{version}:{_text(signature)}"}})


def _sign_digest(key: Private, digest: bytes) -> bytes:
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    hashed = SHA384() if _is_long(key) else SHA256()
    return key.sign(digest, ec.ECDSA(utils.Prehashed(hashed)))


def _is_long(key: Private) -> bool:
    return isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp384r1"


def _kind(key: Private) -> str:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    return "ecdsa-p384" if _is_long(key) else "ecdsa-p256"


def _shown(key: Private) -> str:
    public = key.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        return _text(public.public_bytes_raw())
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _json(status: int, document: dict[str, Any]) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: Service

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""

    def respond(self) -> None:
        service = self.service
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        what = self.headers.get("X-Amz-Target") or self.path
        given = json.loads(body or b"{}")
        service.asked.append((what, given))
        self.close_connection = True
        if service.silent:
            service.over.wait()
            return
        token = self.headers.get("X-Vault-Token", "")
        status, headers, answer = service.answer or service.own(what, given, token)
        self.send_response(status)
        for name, value in {**headers, "Connection": "close"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """Run a service as long as somebody asks it."""
    verbs = dict.fromkeys(("do_GET", "do_POST", "do_PUT"), _Handler.respond)
    handler = type("Serving", (_Handler,), {"service": service, **verbs})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    service.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield service
    finally:
        service.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
