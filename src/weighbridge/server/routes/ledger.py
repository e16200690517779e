"""The ledger: its checkpoint, its tiles (C2SP), its entries, by index and by topic."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from weighbridge.codec.cursor import write_cursor
from weighbridge.ledger.merkle import StoredTree
from weighbridge.ledger.tiles import HEIGHT, TileError, read_path, tile_at, write_bundle
from weighbridge.model.errors import NotFoundError
from weighbridge.server.answers import JSON, VOLATILE, document, stored
from weighbridge.server.cursors import After, Limit, read_cursor
from weighbridge.server.documents import (
    ConsistencyDocument,
    EntriesDocument,
    ProofDocument,
    RegistryDocument,
    TopicsDocument,
    problems,
)
from weighbridge.server.guard import GuardedRoute, stored_route

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.routing import Route

    from weighbridge.ledger.tiles import Tile
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry
    from weighbridge.server.services import Services

OCTETS: Final = "application/octet-stream"
Size = Annotated[int | None, Query(ge=0, lt=1 << 62, description="The log as of so many entries")]


def ledger_routes() -> APIRouter:
    """Make the routes of documents."""
    router = APIRouter(route_class=GuardedRoute, tags=["ledger"])

    @router.get(
        "/v1/registry",
        response_model=RegistryDocument,
        responses=problems(),
        summary="The registry, its log, and the time by its clock",
    )
    async def registry(request: Request) -> Response:
        services: Services = request.app.state.services
        return document(await run_in_threadpool(_registry, services))

    @router.get(
        "/v1/ledger/entries",
        response_model=EntriesDocument,
        responses=problems(404),
        summary="Entries, in their order",
    )
    async def entries(
        request: Request, after: After = "", limit: Limit = 100, size: Size = None
    ) -> Response:
        key = read_cursor(after, int)
        since = 0 if key is None else int(key[0]) + 1
        return document(await run_in_threadpool(_entries, _of(request), (since, limit, size)))

    _add_topics(router)
    return router


def _add_topics(router: APIRouter) -> None:
    @router.get(
        "/v1/ledger/topics",
        response_model=TopicsDocument,
        responses=problems(),
        summary="The index of the ledger: topics, and the entries under them",
    )
    async def index(request: Request, after: After = "", limit: Limit = 1_000) -> Response:
        key = read_cursor(after, str, int)
        since = None if key is None else (str(key[0]), int(key[1]))
        return document(await run_in_threadpool(_topics, _of(request), since, limit))

    @router.get(
        "/v1/ledger/topics/{topic:path}",
        response_model=EntriesDocument,
        responses=problems(404),
        summary="Entries under a topic, in their order",
    )
    async def topic(
        request: Request,
        topic: Annotated[str, Path(min_length=1, max_length=1_000)],
        after: After = "",
        limit: Limit = 1_000,
        size: Size = None,
    ) -> Response:
        key = read_cursor(after, int)
        since = 0 if key is None else int(key[0]) + 1
        page = (since, limit, size)
        return document(await run_in_threadpool(_found, _of(request), topic, page))

    @router.get(
        "/v1/ledger/proofs/{index}",
        response_model=ProofDocument,
        responses=problems(404),
        summary="That an entry stands in the log",
    )
    async def proof(
        request: Request, index: Annotated[int, Path(ge=0, lt=1 << 62)], size: Size = None
    ) -> Response:
        return document(await run_in_threadpool(_proof, _of(request), index, size))

    @router.get(
        "/v1/ledger/consistency/{first}",
        response_model=ConsistencyDocument,
        responses=problems(404),
        summary="That the log has grown from what it was: its beginning is the log of then",
    )
    async def consistency(
        request: Request, first: Annotated[int, Path(ge=1, lt=1 << 62)], size: Size = None
    ) -> Response:
        return document(await run_in_threadpool(_consistency, _of(request), first, size))


def ledger_files() -> list[Route]:
    """Make the routes of bytes."""
    return [
        stored_route("/v1/ledger/checkpoint", _checkpoint),
        stored_route("/v1/ledger/tile/{path:path}", _tile),
        stored_route("/v1/ledger/entries/{index}", _entry),
    ]


def _of(request: Request) -> Registry:
    registry: Registry = request.app.state.services.registry
    return registry


def _registry(services: Services) -> dict[str, Any]:
    from weighbridge import __version__  # noqa: PLC0415 - of the moment

    registry, store = services.registry, services.registry.store
    key = registry.log_key
    with registry.reading() as view:
        size, checkpoint = view.size, view.checkpoint
    return {
        "schemaVersion": 1,
        "origin": key.partition("+")[0],
        "logKey": key,
        "nextLogKey": registry.next_log_key,
        "size": size,
        "checkpoint": checkpoint.decode(),
        "store": None if store is None else store.plain(),
        "time": services.clock(),
        "version": __version__,
    }


def _bounded(view: LedgerView, size: int | None) -> int:
    """Return the size a page is of.

    Raises:
        NotFoundError: The log has not so many entries.
    """
    if size is not None and size > view.size:
        raise NotFoundError(f"the ledger has no {size} entries", seen=f"{view.size} entries")
    return view.size if size is None else size


def _told(entries: Iterable[tuple[int, bytes]]) -> list[dict[str, object]]:
    return [{"index": index, "entry": data.decode()} for index, data in entries]


def _entries(registry: Registry, page: tuple[int, int, int | None]) -> dict[str, Any]:
    since, limit, wanted = page
    with registry.reading() as view:
        size = _bounded(view, wanted)
        stop = min(since + limit, size)
        told = _told(enumerate(view.entries(since, stop), start=since)) if since < stop else []
    following = write_cursor(stop - 1) if told and stop < size else ""
    return {"schemaVersion": 1, "size": size, "entries": told, "next": following}


def _found(registry: Registry, topic: str, page: tuple[int, int, int | None]) -> dict[str, Any]:
    since, limit, wanted = page
    with registry.reading() as view:
        size = _bounded(view, wanted)
        indices = [index for index in view.found(topic) if since <= index < size]
        told = _told((index, view.entry(index)) for index in indices[:limit])
    following = write_cursor(indices[limit - 1]) if len(indices) > limit else ""
    return {"schemaVersion": 1, "size": size, "entries": told, "next": following}


def _topics(registry: Registry, since: tuple[str, int] | None, limit: int) -> dict[str, Any]:
    with registry.reading() as view:
        rows = view.topics_after(since, limit + 1)
    following = write_cursor(*rows[limit - 1]) if len(rows) > limit else ""
    return {"schemaVersion": 1, "rows": rows[:limit], "next": following}


def _proof(registry: Registry, index: int, wanted: int | None) -> dict[str, Any]:
    with registry.reading() as view:
        size = _bounded(view, wanted)
        if index >= size:
            raise NotFoundError(f"the ledger has no entry {index}", seen=f"{size} entries")
        tree = StoredTree(size, view.node, many=view.nodes_at)
        return {
            "schemaVersion": 1,
            "index": index,
            "size": size,
            "path": [node.hex() for node in tree.inclusion(index)],
            "checkpoint": view.checkpoint.decode() if size == view.size else "",
            "entry": view.entry(index).decode(),
        }


def _consistency(registry: Registry, first: int, wanted: int | None) -> dict[str, Any]:
    with registry.reading() as view:
        size = _bounded(view, wanted)
        if first > size:
            raise NotFoundError(f"the ledger has no {first} entries", seen=f"{size} entries")
        tree = StoredTree(size, view.node, many=view.nodes_at)
        path = [node.hex() for node in tree.consistency(first)]
        return {"schemaVersion": 1, "first": first, "size": size, "path": path}


async def _checkpoint(request: Request) -> Response:
    def read() -> bytes:
        with _of(request).reading() as view:
            return view.checkpoint

    note = await run_in_threadpool(read)
    if not note:
        raise NotFoundError("the registry has no owners yet, and so no checkpoint")
    return PlainTextResponse(note, headers={"cache-control": VOLATILE})


async def _tile(request: Request) -> Response:
    try:
        tile = read_path(f"tile/{request.path_params['path']}")
    except TileError as error:
        raise NotFoundError(str(error)) from error
    data = await run_in_threadpool(_tile_bytes, _of(request), tile)
    etag = f"sha256:{sha256(data).hexdigest()}"
    return stored(request, data, etag=etag, media_type=OCTETS)


def _tile_bytes(registry: Registry, tile: Tile) -> bytes:
    """Make a tile from the tables; one that was full or partial once is so for ever.

    Raises:
        NotFoundError: The log has not come so far.
    """
    with registry.reading() as view:
        there = tile_at(tile.level, tile.index, size=view.size)
        if there is None or there.width < tile.width:
            raise NotFoundError(f"the ledger has no {tile.path}", seen=f"{view.size} entries")
        first = tile.index << HEIGHT
        if tile.level is None:
            return write_bundle(view.entries(first, first + tile.width))
        places = [(tile.level * HEIGHT, first + at) for at in range(tile.width)]
        return b"".join(view.nodes_at(places))


async def _entry(request: Request) -> Response:
    text = request.path_params["index"]
    if not (text.isascii() and text.isdecimal() and len(text) < 19):  # noqa: PLR2004 - of an int64
        raise NotFoundError("this is no index of an entry", seen=text[:40])
    index = int(text)

    def read() -> bytes:
        with _of(request).reading() as view:
            if index >= view.size:
                raise NotFoundError(f"the ledger has no entry {index}", seen=f"{view.size} entries")
            return view.entry(index)

    data = await run_in_threadpool(read)
    etag = f"sha256:{sha256(data).hexdigest()}"
    return stored(request, data, etag=etag, media_type=JSON)
