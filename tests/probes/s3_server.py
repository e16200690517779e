"""An object store of our own: as much of S3 as reading needs, on the loopback address."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

BUCKET = "models"
_TIME = "2026-01-01T00:00:00.123Z"  # finer than that of an answer, as some stores have it
_HTTP_TIME = "Thu, 01 Jan 2026 00:00:00 GMT"


class Asked(NamedTuple):
    """A request: the key is empty where objects were listed."""

    method: str
    key: str
    range: tuple[int, int] | None
    if_match: str


@dataclass(slots=True)
class Store:
    """What the server holds, what it was asked, and how it misbehaves.

    Attributes:
        address: Where it answers.
        objects: Bytes by key.
        page: Keys it lists at once.
        asked: All requests so far.
        refusals: Status it answers with, by key; that of the empty key is for lists.
        short: Keys of which it sends a byte less than it says.
        tags: Whether objects have entity tags.
        meanwhile: Is called with each request before it is answered.
        times: When objects were put, by key, where it matters.
    """

    address: str
    objects: dict[str, bytes] = field(default_factory=dict)
    page: int = 3
    asked: list[Asked] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)
    short: set[str] = field(default_factory=set)
    tags: bool = True
    meanwhile: Callable[[Asked], object] = id
    times: dict[str, datetime] = field(default_factory=dict)

    @property
    def environ(self) -> Mapping[str, str]:
        """What whoever reads from it has in the environment."""
        return {
            "AWS_ACCESS_KEY_ID": "reader",
            "AWS_SECRET_ACCESS_KEY": "nothing secret",
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "NO_PROXY": "127.0.0.1",
        }

    def reads(self, key: str) -> list[tuple[int, int] | None]:
        """List the ranges of an object that were asked for."""
        return [one.range for one in self.asked if (one.method, one.key) == ("GET", key)]


@contextmanager
def serving(handler: type[Handler] | None = None) -> Iterator[Store]:
    """Run a server as long as somebody reads."""
    server = _Server(("127.0.0.1", 0), handler or Handler)
    store = server.store = Store(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # those of connections that nobody closes
    store: Store


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # an answer is one packet, or few
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._do()

    def do_GET(self) -> None:
        self._do()

    def _do(self) -> None:
        store = self.server.store
        parts = urlsplit(self.path)
        key = unquote(parts.path).removeprefix(f"/{BUCKET}").removeprefix("/")
        asked = Asked(self.command, key, self._range(), self.headers.get("If-Match", ""))
        store.asked.append(asked)
        store.meanwhile(asked)
        if not unquote(parts.path).startswith(f"/{BUCKET}"):
            self._answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
        elif key in store.refusals:
            self._answer(store.refusals[key], b"<Error><Code>AccessDenied</Code></Error>")
        elif key:
            self._object(store, asked)
        else:
            self._list(store, parse_qs(parts.query))

    def _range(self) -> tuple[int, int] | None:
        """Read the range: its first byte, and the one behind its last."""
        unit, _, stretch = self.headers.get("Range", "").partition("=")
        if unit != "bytes":
            return None
        first, _, last = stretch.partition("-")
        return int(first), int(last) + 1

    def _object(self, store: Store, asked: Asked) -> None:
        data = store.objects.get(asked.key)
        if data is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        etag = _tag(data)
        put = store.times.get(asked.key)
        time = _HTTP_TIME if put is None else format_datetime(put, usegmt=True)
        headers = {"Last-Modified": time, "x-amz-version-id": "only answers have it"}
        if store.tags:
            headers["ETag"] = etag
        if asked.if_match not in {"", etag}:
            self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
            return
        status = 200
        if asked.range is not None:
            first, last = asked.range
            headers["Content-Range"] = f"bytes {first}-{last - 1}/{len(data)}"
            status, data = 206, data[first:last]
        self._answer(status, data, headers, short=asked.key in store.short)

    def _list(self, store: Store, query: dict[str, list[str]]) -> None:
        prefix = query.get("prefix", [""])[0]
        after = max(query.get(name, [""])[0] for name in ("continuation-token", "start-after"))
        keys = [key for key in sorted(store.objects) if key.startswith(prefix) and key > after]
        page = keys[: store.page]
        more = len(keys) > len(page)
        listed = "".join(
            f"<Contents><Key>{escape(key)}</Key>"
            f"<LastModified>{_listed_time(store, key)}</LastModified>"
            f"{f'<ETag>{escape(_tag(store.objects[key]))}</ETag>' if store.tags else ''}"
            f"<Size>{len(store.objects[key])}</Size></Contents>"
            for key in page
        )
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        text = (
            f"<ListBucketResult><Name>{BUCKET}</Name><KeyCount>{len(page)}</KeyCount>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{listed}</ListBucketResult>"
        )
        self._answer(200, text.encode(), {"Content-Type": "application/xml"})

    def _answer(
        self,
        status: int,
        data: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        short: bool = False,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data[:-1] if short else data)
            self.close_connection = short


def _listed_time(store: Store, key: str) -> str:
    return f"{store.times[key]:%Y-%m-%dT%H:%M:%S}.000Z" if key in store.times else _TIME


def _tag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'
