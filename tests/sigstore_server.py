"""The stand-in of Sigstore's services on the loopback address, for Sigstore's own client."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tests.sigstore_stand_in import ISSUER, SUBJECT, StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CERTIFICATES = "/api/v2/signingCert"
ENTRIES = "/api/v1/log/entries"
IDENTITY = "/identity"
JOB = "what the runner gives its job"
_SECRET = b"whoever knows this can be anybody to the stand-in"


def token(subject: str = SUBJECT, issuer: str = ISSUER, *, secret: bytes = _SECRET) -> str:
    """Make a token the server believes, unless the secret is another."""
    now = int(time.time())
    claims = {"aud": "sigstore", "exp": now + 600, "iat": now, "iss": issuer, "sub": subject}
    said = (
        f"{_encoded(json.dumps({'alg': 'HS256'}).encode())}.{_encoded(json.dumps(claims).encode())}"
    )
    return f"{said}.{_encoded(hmac.digest(secret, said.encode(), 'sha256'))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(slots=True)
class Services:
    """What the server does.

    Attributes:
        address: Where it answers.
        stand_in: Whose certificates and entries it hands out.
        refused: Paths it answers with an error.
        answers: What it answers at some paths instead: a status and a document.
        silent: Paths it never answers.
        over: Set when nothing is asked any more.
    """

    address: str
    stand_in: StandIn
    refused: set[str] = field(default_factory=set)
    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)

    def write_config(self, folder: Path) -> Path:
        """Write the signing configuration that leads to it."""
        service = {
            "url": self.address,
            "majorApiVersion": 1,
            "operator": "example.org",
            "validFor": {"start": "2026-01-01T00:00:00Z"},
        }
        config = {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [service],
            "oidcUrls": [],
            "rekorTlogConfig": {"selector": "ANY"},
            "rekorTlogUrls": [service],
            "tsaConfig": {"selector": "ANY"},
            "tsaUrls": [],
        }
        path = folder / "signing_config.json"
        path.write_text(json.dumps(config))
        return path


@contextmanager
def serving(stand_in: StandIn) -> Iterator[Services]:
    """Serve until the end of this."""
    server = _Server(("127.0.0.1", 0), Handler)
    server.services = Services(f"http://127.0.0.1:{server.server_port}", stand_in)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.services
    finally:
        server.services.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    services: Services


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""

    def do_GET(self) -> None:
        """Tell a job who it is, as GitHub's runners do."""
        path, _, query = self.path.partition("?")
        if (path, query) != (IDENTITY, "audience=sigstore"):
            self._answer(404, {"message": "nothing is there"})
        elif self.headers["Authorization"] != f"bearer {JOB}":
            self._answer(401, {"message": "that is no job of ours"})
        else:
            self._answer(200, {"value": token()})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        services = self.server.services
        if self.path in services.silent:
            services.over.wait()
        elif self.path in services.answers:
            self._answer(*services.answers[self.path])
        elif self.path in services.refused:
            self._answer(503, {"code": 503, "message": "the stand-in is resting"})
        elif self.path == CERTIFICATES:
            self._certificate(services.stand_in, asked)
        elif self.path == ENTRIES:
            self._entry(services.stand_in, asked)
        else:
            self._answer(404, {"code": 404, "message": "nothing is there"})

    def _certificate(self, stand_in: StandIn, asked: dict[str, Any]) -> None:
        head, claims, signature = self.headers["Authorization"].removeprefix("Bearer ").split(".")
        wanted = hmac.digest(_SECRET, f"{head}.{claims}".encode(), "sha256")
        if not hmac.compare_digest(_decoded(signature), wanted):
            self._answer(401, {"code": 16, "message": "there was an error with the token"})
            return
        said = json.loads(_decoded(claims))
        request = x509.load_pem_x509_csr(base64.b64decode(asked["certificateSigningRequest"]))
        key = request.public_key()
        assert request.is_signature_valid
        assert isinstance(key, ec.EllipticCurvePublicKey)
        now = datetime.now(UTC).replace(microsecond=0)
        leaf = stand_in.certify(key, at=now, subject=said["sub"], issuer=said["iss"])
        chain = [one.public_bytes(Encoding.PEM).decode() for one in (leaf, stand_in.authority)]
        self._answer(200, {"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}})

    def _entry(self, stand_in: StandIn, asked: dict[str, Any]) -> None:
        proposed = asked["spec"]["proposedContent"]
        leaf = x509.load_pem_x509_certificate(base64.b64decode(proposed["verifiers"][0]))
        entry = stand_in.log(proposed["envelope"].encode(), leaf, datetime.now(UTC))
        name = hashlib.sha256(entry["body"].encode()).hexdigest()
        self._answer(201, {name: entry})

    def _answer(self, status: int, document: object) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
