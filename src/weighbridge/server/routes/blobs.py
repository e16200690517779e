"""Bytes by digest: handed out with ranges, taken in as a stream, seen when they are whole."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import Response, StreamingResponse

from weighbridge.adapters.blobs.store import NoAnswerError
from weighbridge.codec.cursor import write_cursor
from weighbridge.model.errors import (
    NotFoundError,
    RegistryError,
    RequestError,
    UnavailableError,
    UnprovenError,
)
from weighbridge.server.answers import IMMUTABLE, JSON, document, refused, stored
from weighbridge.server.cursors import After, Limit, read_cursor
from weighbridge.server.documents import (
    DIGEST,
    BlobsDocument,
    KeptDocument,
    MissingDocument,
    MissingRequest,
    RemovedDocument,
    problems,
)
from weighbridge.server.guard import GuardedRoute, stored_route
from weighbridge.server.uploads import chunks, refuse_length

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from contextlib import AbstractContextManager

    from starlette.routing import Route

    from weighbridge.model.ports import BlobStore, ByteSource, Incoming
    from weighbridge.server.services import Services
    from weighbridge.server.tracing import Tracing

OCTETS: Final = "application/octet-stream"
BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
_PIECE: Final = 1 << 20
"""Bytes that are handed to a thread at once: it costs more than the bytes if they are few."""
_SMALL: Final = 256 << 10
_KEPT: Final = 64 << 20
_READ: Final = 1 << 30
"""Bytes of the largest blob that is read only to say whether it is damaged."""
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_NAME: Final = re.compile(DIGEST)
DigestPath = Annotated[str, Path(pattern=DIGEST)]


class Small:
    """Bytes that were read and verified, the small ones of late; they never change."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, digest: str) -> bytes | None:
        """Return them, if they are here."""
        if (data := self._held.get(digest)) is not None:
            self._held.move_to_end(digest)
        return data

    def put(self, digest: str, data: bytes) -> None:
        """Keep them, and forget what was not asked for the longest."""
        if len(data) > _SMALL or digest in self._held:
            return
        self._held[digest] = data
        self._bytes += len(data)
        while self._bytes > _KEPT:
            self._bytes -= len(self._held.popitem(last=False)[1])


def blob_files() -> list[Route]:
    """Make the routes of bytes."""
    return [
        stored_route("/v1/manifests/{digest}", _whole(JSON)),
        stored_route("/v1/evidence/{digest}", _whole(BUNDLE)),
        stored_route("/v1/blobs/{digest}", _ranged),
    ]


def blob_routes() -> APIRouter:
    """Make the routes of documents."""
    router = APIRouter(route_class=GuardedRoute, tags=["blobs"])

    @router.put(
        "/v1/blobs/{digest}",
        response_model=KeptDocument,
        responses={**problems(411), 201: {"model": KeptDocument, "description": "They are new"}},
        openapi_extra={"requestBody": {"content": {OCTETS: {"schema": {"type": "string"}}}}},
        summary="Bring bytes; they are seen when they are whole, and theirs is that digest",
    )
    async def put(request: Request, digest: DigestPath) -> Response:
        services: Services = request.app.state.services
        length = refuse_length(request, services.limits.upload)
        blobs = services.registry.blobs
        if await run_in_threadpool(lambda: blobs.renew(digest) and _is_sound(blobs, digest)):
            return document({"schemaVersion": 1, "digest": digest, "new": False})
        with services.tracing.span("take a blob in", bytes=length or 0):
            await _take(request, blobs, digest, (length, services.limits.upload))
        return document({"schemaVersion": 1, "digest": digest, "new": True}, status=201)

    @router.post(
        "/v1/missing-blobs",
        response_model=MissingDocument,
        responses=problems(),
        summary="Which of some bytes are not here, or damaged; the others will stay a while",
    )
    async def missing(request: Request, body: MissingRequest) -> Response:
        blobs = request.app.state.services.registry.blobs
        if body.read and len(body.digests) > 1:
            raise RequestError("bytes are read of one digest at a time", wanted="one digest")

        def ask() -> list[str]:
            return [
                digest
                for digest in body.digests
                if not blobs.renew(digest) or (body.read and not _is_sound(blobs, digest, _READ))
            ]

        return document({"schemaVersion": 1, "missing": await run_in_threadpool(ask)})

    _add_clearing(router)
    return router


def _add_clearing(router: APIRouter) -> None:
    @router.get(
        "/v1/blobs",
        response_model=BlobsDocument,
        responses=problems(),
        summary="All bytes there are",
    )
    async def listed(request: Request, after: After = "", limit: Limit = 1_000) -> Response:
        key = read_cursor(after, str)
        since = "" if key is None else str(key[0])
        if since and not _NAME.fullmatch(since):
            raise refused(400, "this is a cursor of another list", seen=since[:80])
        blobs = request.app.state.services.registry.blobs
        return document(await run_in_threadpool(_listed, blobs, since, limit))

    @router.delete(
        "/v1/blobs/{digest}",
        response_model=RemovedDocument,
        responses=problems(),
        summary="Clear bytes away that nobody put since a time",
    )
    async def remove(
        request: Request,
        digest: Annotated[str, Path(min_length=1, max_length=300)],
        before: Annotated[float, Query(ge=0, le=1e12, allow_inf_nan=False)],
    ) -> Response:
        blobs = request.app.state.services.registry.blobs

        def clear() -> bool:
            removed: bool = blobs.remove(digest, before=before)
            return removed

        removed = await run_in_threadpool(clear)
        return document({"schemaVersion": 1, "removed": removed})


async def _take(
    request: Request, blobs: BlobStore, digest: str, bounds: tuple[int | None, int]
) -> None:
    """Take bytes in, in pieces, each written by a thread: the loop goes on meanwhile.

    Raises:
        UnprovenError: They are others than their digest says, or not as many as was said.
    """
    length, largest = bounds
    incoming: Incoming = await run_in_threadpool(blobs.incoming)
    taken, held = 0, bytearray()
    try:
        async for chunk in chunks(request, largest):
            taken += len(chunk)
            held += chunk
            if len(held) >= _PIECE:
                piece, held = bytes(held), bytearray()
                await run_in_threadpool(incoming.write, piece)
        if length is not None and taken != length:
            raise refused(400, "the body ends before its end", seen=f"{taken:,} of {length:,}")
        await run_in_threadpool(incoming.write, bytes(held))
        await run_in_threadpool(incoming.close)
        try:
            await run_in_threadpool(incoming.commit, digest)
        except RegistryError as error:
            message = "the bytes are others than their digest says"
            raise UnprovenError(message, wanted=digest, cause=str(error)) from error
    finally:
        await run_in_threadpool(incoming.discard)


def _is_sound(blobs: BlobStore, digest: str, most: int | None = None) -> bool:
    """Tell whether bytes are what their digest says; larger ones than some are believed to be."""
    seen = hashlib.sha256()
    try:
        with blobs.open(digest) as source:
            if most is not None and source.size > most:
                return True
            while piece := source.read(_PIECE):
                seen.update(piece)
    except NoAnswerError as error:
        raise UnavailableError(f"{digest} cannot be read: {error.strerror}") from error
    except (NotFoundError, RegistryError, OSError):
        return False
    return f"sha256:{seen.hexdigest()}" == digest


def _listed(blobs: BlobStore, since: str, limit: int) -> dict[str, Any]:
    held = []
    for one in blobs.stored(since):
        held.append({"name": one.name, "size": one.size, "modified": one.modified})
        if len(held) > limit:
            break
    following = write_cursor(str(held[limit - 1]["name"])) if len(held) > limit else ""
    return {"schemaVersion": 1, "blobs": held[:limit], "next": following}


def _digest_of(request: Request) -> str:
    digest: str = request.path_params["digest"]
    if not _NAME.fullmatch(digest):
        raise NotFoundError("this is no digest", seen=digest[:80], wanted="sha256:…")
    return digest


def _whole(media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        digest = _digest_of(request)
        small: Small = request.app.state.small
        data = small.get(digest)
        if data is None:
            services: Services = request.app.state.services
            with services.tracing.span("hand a blob out"):
                data = await run_in_threadpool(services.registry.blobs.read, digest)
            small.put(digest, data)
        return stored(request, data, etag=digest, media_type=media_type)

    return answer


async def _ranged(request: Request) -> Response:
    """Hand out bytes, or a part of them (RFC 9110, one range)."""
    digest = _digest_of(request)
    blobs = request.app.state.services.registry.blobs
    quoted = f'"{digest}"'
    if quoted in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"etag": quoted, "cache-control": IMMUTABLE})
    source: ByteSource = await run_in_threadpool(blobs.open, digest)
    try:
        asked = _range(request.headers.get("range"), source.size)
    except BaseException:
        await run_in_threadpool(source.close)
        raise
    start, stop = asked or (0, source.size)
    headers = {
        "etag": quoted,
        "cache-control": IMMUTABLE,
        "accept-ranges": "bytes",
        "content-length": str(stop - start),
    }
    if asked is not None:
        headers["content-range"] = f"bytes {start}-{stop - 1}/{source.size}"
    if request.method == "HEAD":
        await run_in_threadpool(source.close)
        return Response(status_code=200, headers=headers, media_type=OCTETS)
    tracing: Tracing = request.app.state.services.tracing
    handing = tracing.span("hand a blob out", bytes=stop - start)
    pieces = iterate_in_threadpool(_pieces(source, start, stop, handing))
    return StreamingResponse(pieces, 200 if asked is None else 206, headers, OCTETS)


def _range(text: str | None, size: int) -> tuple[int, int] | None:
    """Read which bytes are asked for; None for all of them.

    Raises:
        RefusedError: There are none of those.
    """
    match = None if text is None else _RANGE.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        return None  # an unknown unit or several ranges: all of it is a right answer
    if not match[1]:
        start, stop = max(size - int(match[2]), 0), size
    else:
        start = int(match[1])
        stop = min(int(match[2]) + 1, size) if match[2] else size
    if start >= stop:
        raise refused(416, "there are no such bytes", seen=str(text)[:60], wanted=f"{size} bytes")
    return start, stop


def _pieces(
    source: ByteSource, start: int, stop: int, handing: AbstractContextManager[object]
) -> Iterator[bytes]:
    with handing, source:
        while start < stop:
            piece = source.read_at(start, min(_PIECE, stop - start))
            if not piece:
                return
            start += len(piece)
            yield piece
