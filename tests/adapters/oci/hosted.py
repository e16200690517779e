"""A registry of our own, to the letter of distribution 1.1, that can be told to misbehave."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

NAME = "team/model"
_BLOCK = 1 << 16


class Asked(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


@dataclass(slots=True)
class Hosted:
    """What the registry holds, what it was asked, and how it misbehaves.

    Attributes:
        host: Its host and port.
        blobs: Bytes by digest.
        manifests: Media type and bytes, by tag and by digest.
        uploads: What has come of each upload.
        asked: All requests so far.
        received: Bytes of blobs that came, those of broken requests included.
        sent: Bytes of blobs that went.
        knows_referrers: Whether it has the referrers API.
        twist: Answers a request in another way, and says so; or does nothing.
    """

    host: str
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    uploads: dict[str, bytearray] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    received: int = 0
    sent: int = 0
    knows_referrers: bool = False
    twist: Callable[[Handler], bool] = lambda _: False

    def add(self, data: bytes) -> str:
        """Put a blob there."""
        self.blobs[sha256(data)] = data
        return sha256(data)

    def count(self, method: str, path: str = "") -> int:
        """Count the requests of a method whose address holds some words."""
        return sum(one.method == method and path in one.path for one in self.asked)

    def said(self) -> list[str]:
        """List what requests said of who sends them."""
        return [
            one.headers["Authorization"] for one in self.asked if "Authorization" in one.headers
        ]


@contextmanager
def hosting(address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Hosted]:
    """Run a registry as long as somebody needs it."""
    server = _Server((address, 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    hosted = server.hosted = Hosted(f"{address}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hosted
    finally:
        server.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # those of connections that nobody closes
    block_on_close = False
    hosted: Hosted

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.ended = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever drops connections is dropped, too."""


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = _BLOCK
    server: _Server

    @property
    def hosted(self) -> Hosted:
        return self.server.hosted

    @property
    def route(self) -> str:
        """What is asked for of the repository."""
        return urlsplit(self.path).path.removeprefix(f"/v2/{NAME}/")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._do()

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def do_PATCH(self) -> None:
        self._do()

    def do_PUT(self) -> None:
        self._do()

    def _do(self) -> None:
        self.hosted.asked.append(Asked(self.command, self.path, dict(self.headers.items())))
        if self.hosted.twist(self):
            return
        for pattern, handle in _ROUTES:
            if match := re.fullmatch(pattern, f"{self.command} {self.route}"):
                handle(self, *match.groups())
                return
        self.answer(404, b"{}")

    def answer(self, status: int, data: bytes = b"", **headers: str) -> None:
        """Answer; `_` in the name of a header stands for `-`."""
        self.head(status, Content_Length=str(len(data)), **headers)
        if self.command != "HEAD":
            self.wfile.write(data)
        self.wfile.flush()

    def head(self, status: int, **headers: str) -> None:
        """Begin an answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def hang_up(self) -> None:
        """Break the connection."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def stall(self) -> None:
        """Say nothing until the registry ends."""
        self.wfile.flush()
        self.server.ended.wait()
        self.close_connection = True

    def body(self, at_most: int | None = None) -> Iterator[bytes]:
        """Read what was sent with the request, or its beginning."""
        left = int(self.headers.get("Content-Length", "0"))
        left = left if at_most is None else min(left, at_most)
        while left and (block := self.rfile.read1(min(left, _BLOCK))):
            left -= len(block)
            self.hosted.received += len(block)
            yield block

    def blob(self, digest: str) -> None:
        data = self.hosted.blobs.get(digest)
        if data is None:
            self.answer(404, b'{"errors":[]}')
            return
        start = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if self.command == "GET":
            self.hosted.sent += int(start[2]) + 1 - int(start[1]) if start else len(data)
        if start is None:
            self.answer(200, data, ETag=f'"{digest}"')
            return
        first, last = int(start[1]), int(start[2])
        stretch = f"bytes {first}-{last}/{len(data)}"
        self.answer(206, data[first : last + 1], Content_Range=stretch, ETag=f'"{digest}"')

    def begin(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        if asked.get("from") and asked["mount"][0] in self.hosted.blobs:
            self.answer(201)
            return
        name = str(len(self.hosted.uploads))
        self.hosted.uploads[name] = bytearray()
        self.answer(202, Location=f"/v2/{NAME}/blobs/uploads/{name}?state=a%2Fb")

    def upload(self, name: str, at_most: int | None = None) -> bytearray | None:
        """Take in what is sent to an upload."""
        kept = self.hosted.uploads.get(name)
        if kept is None:
            self.answer(404)
            return None
        place = self.headers.get("Content-Range", f"{len(kept)}-")
        if int(place.partition("-")[0]) != len(kept):
            self.answer(416)
            return None
        for block in self.body(at_most):
            kept += block
        return kept

    def chunk(self, name: str) -> None:
        if self.upload(name) is not None:
            self._say_status(202, name)

    def status(self, name: str) -> None:
        if name in self.hosted.uploads:
            self._say_status(204, name)
        else:
            self.answer(404)

    def _say_status(self, status: int, name: str) -> None:
        last = max(len(self.hosted.uploads[name]) - 1, 0)
        location = f"/v2/{NAME}/blobs/uploads/{name}?state=a%2Fb"
        self.answer(status, Location=location, Range=f"0-{last}")

    def end(self, name: str) -> None:
        kept = self.upload(name)
        if kept is None:
            return
        digest = parse_qs(urlsplit(self.path).query)["digest"][0]
        algorithm = digest.partition(":")[0]
        if f"{algorithm}:{hashlib.new(algorithm, kept).hexdigest()}" != digest:
            self.answer(400, b'{"errors":[{"code":"DIGEST_INVALID"}]}')
            return
        self.hosted.blobs[digest] = bytes(self.hosted.uploads.pop(name))
        self.answer(201, Location=f"/v2/{NAME}/blobs/{digest}")

    def manifest(self, reference: str) -> None:
        kind, data = self.hosted.manifests.get(reference, ("", b""))
        if data:
            self.answer(200, data, Content_Type=kind, Docker_Content_Digest=sha256(data))
        else:
            self.answer(404, b"{}")

    def put_manifest(self, reference: str) -> None:
        data = b"".join(self.body())
        entry = (self.headers["Content-Type"], data)
        self.hosted.manifests[reference] = self.hosted.manifests[sha256(data)] = entry
        subject = json.loads(data).get("subject")
        noted = (
            {"OCI_Subject": subject["digest"]} if subject and self.hosted.knows_referrers else {}
        )
        self.answer(201, Docker_Content_Digest=sha256(data), **noted)

    def tags(self) -> None:
        tags = [name for name in self.hosted.manifests if ":" not in name]
        self.answer(200, json.dumps({"name": NAME, "tags": sorted(tags)}).encode())

    def referrers(self, digest: str) -> None:
        """List referrers, one a page."""
        if not self.hosted.knows_referrers:
            self.answer(404, b"404 page not found")
            return
        found = [
            {"mediaType": kind, "digest": name, "size": len(data)}
            for name, (kind, data) in sorted(self.hosted.manifests.items())
            if ":" in name and (json.loads(data).get("subject") or {}).get("digest") == digest
        ]
        at = int(parse_qs(urlsplit(self.path).query).get("at", ["0"])[0])
        more = {}
        if at + 1 < len(found):
            more["Link"] = f'</v2/{NAME}/referrers/{digest}?at={at + 1}>; rel="next"'
        listed = {"schemaVersion": 2, "manifests": found[at : at + 1]}
        self.answer(200, json.dumps(listed).encode(), **more)


_ROUTES: list[tuple[str, Callable[..., None]]] = [
    (r"(?:GET|HEAD) blobs/([a-z0-9]+:[0-9a-f]+)", Handler.blob),
    (r"POST blobs/uploads/", Handler.begin),
    (r"PATCH blobs/uploads/([0-9]+)", Handler.chunk),
    (r"GET blobs/uploads/([0-9]+)", Handler.status),
    (r"PUT blobs/uploads/([0-9]+)", Handler.end),
    (r"GET manifests/(\S+)", Handler.manifest),
    (r"PUT manifests/(\S+)", Handler.put_manifest),
    (r"GET tags/list", Handler.tags),
    (r"GET referrers/(\S+)", Handler.referrers),
]
