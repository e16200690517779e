"""Object stores to write to: one of our own that misbehaves when told to, and a real one.

Ours knows as much of S3 as obstore asks for. The real one is SeaweedFS, on the loopback address
alone; it takes seconds to start.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from tests.probes.s3_server import BUCKET, Asked, Handler, Store, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

WEED = Path(sys.executable).with_name("weed")
_PORTS = range(20_000, 30_000)
"""Beyond each of these, its own for gRPC lies 10,000 higher."""


@dataclass(slots=True)
class Conduct:
    """How our store takes what is put.

    Attributes:
        ignores_conditions: Whether it replaces what should only be put where nothing is.
        statuses: Answers to requests that write, by method; each is given once.
        spoil: What it keeps of an object that is put.
        uploads: Parts of uploads that are not complete, by their identity.
    """

    ignores_conditions: bool = False
    statuses: dict[str, list[int]] = field(default_factory=dict)
    spoil: Callable[[str, bytes], bytes | None] = field(default=lambda _, data: data)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)


@contextmanager
def storing() -> Iterator[tuple[Store, Conduct]]:
    """Run our store as long as somebody writes."""
    conduct = Conduct()
    verbs = dict.fromkeys(("do_PUT", "do_POST", "do_DELETE"), _WritingHandler.write)
    handler = type("Writing", (_WritingHandler,), {"conduct": conduct, **verbs})
    with serving(handler) as store:
        store.page = 1_000
        yield store, conduct


class _WritingHandler(Handler):
    conduct: Conduct

    def write(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        store = self.server.store
        parts = urlsplit(self.path)
        key = unquote(parts.path).removeprefix(f"/{BUCKET}").removeprefix("/")
        asked = Asked(self.command, key, None, self.headers.get("If-None-Match", ""))
        store.asked.append(asked)
        store.meanwhile(asked)
        refused = self.conduct.statuses.get(self.command, [])
        if refused:
            self._said(refused.pop(0), b"<Error><Code>Refused</Code></Error>")
        elif self.command == "DELETE":
            self._forget(store, key)
        elif self.command == "PUT":
            self._take(store, key, body, parse_qs(parts.query, keep_blank_values=True))
        else:
            self._order(store, key, body, parse_qs(parts.query, keep_blank_values=True))

    def _forget(self, store: Store, key: str) -> None:
        store.objects.pop(key, None)
        self._said(204, b"")

    def _take(self, store: Store, key: str, body: bytes, query: dict[str, list[str]]) -> None:
        source = self.headers.get("x-amz-copy-source")
        if "uploadId" in query:
            self.conduct.uploads[query["uploadId"][0]][int(query["partNumber"][0])] = body
            self._said(200, b"", {"ETag": '"part"'})
        elif source is not None:
            data = store.objects.get(unquote(source).lstrip("/").removeprefix(f"{BUCKET}/"))
            if data is None:
                self._said(404, b"<Error><Code>NoSuchKey</Code></Error>")
                return
            self._keep(store, key, data)
            self._said(200, b"<CopyObjectResult><ETag>copied</ETag></CopyObjectResult>")
        elif self._is_taken(store, key):
            self._said(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        else:
            self._keep(store, key, body)
            self._said(200, b"", {"ETag": '"put"'})

    def _is_taken(self, store: Store, key: str) -> bool:
        asked = self.headers.get("If-None-Match") == "*" and not self.conduct.ignores_conditions
        return asked and key in store.objects

    def _order(self, store: Store, key: str, body: bytes, query: dict[str, list[str]]) -> None:
        if "uploads" in query:
            name = f"upload-{len(store.asked)}"
            self.conduct.uploads[name] = {}
            text = f"<r><UploadId>{name}</UploadId></r>"
            self._said(200, text.encode())
        elif "uploadId" in query:
            held = self.conduct.uploads.pop(query["uploadId"][0])
            self._keep(store, key, b"".join(held[number] for number in sorted(held)))
            self._said(
                200,
                b'<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>',
            )
        else:
            keys = re.findall(rb"<Key>(.*?)</Key>", body)
            for found in keys:
                store.objects.pop(found.decode(), None)
            gone = b"".join(b"<Deleted><Key>%s</Key></Deleted>" % found for found in keys)
            self._said(200, b"<DeleteResult>%s</DeleteResult>" % gone)

    def _keep(self, store: Store, key: str, data: bytes) -> None:
        kept = self.conduct.spoil(key, data)
        if kept is not None:
            store.objects[key] = kept
            store.times[key] = datetime.now(UTC)

    def _said(self, status: int, data: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def real_store(folder: Path) -> Iterator[Mapping[str, str]]:
    """Run SeaweedFS in a folder, and say what whoever uses it has in the environment."""
    key, secret = "writer", "nothing secret"
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": key, "secretKey": secret}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}))
    master, volume, filer, s3 = _free_ports(4)
    words = [
        *("server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}", "-volume.max=0"),
        *(f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}"),
        *("-s3", f"-s3.port={s3}", f"-s3.config={config}", "-master.volumeSizeLimitMB=64"),
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([WEED, *words], stdout=log, stderr=log, cwd=folder)
    try:
        _wait_for(s3, server)
        yield {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "NO_PROXY": "127.0.0.1",
        }
    finally:
        server.kill()  # told to end, it takes half a minute
        server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until the port is answered; whoever asks it something then is tried again by obstore."""
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            continue
        return
    raise AssertionError("the store ended before it answered")


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    start = _PORTS.start + os.getpid() % len(_PORTS)
    for port in (*range(start, _PORTS.stop), *range(_PORTS.start, start)):
        if all(_is_free(number) for number in (port, port + 10_000)):
            found.append(port)
        if len(found) == count:
            break
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
