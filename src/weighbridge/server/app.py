"""The application: every route behind the guard, every answer in the envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response

from weighbridge.model.errors import (
    Fault,
    NotFoundError,
    StorageError,
    UnavailableError,
    WeighbridgeError,
)
from weighbridge.server.answers import METRICS, VOLATILE, problem
from weighbridge.server.dashboard.assets import asset_routes
from weighbridge.server.description import describe
from weighbridge.server.envelope import Envelope, answer_what_breaks, instance
from weighbridge.server.front import NOTHING, Front
from weighbridge.server.guard import Pace, stored_route
from weighbridge.server.routes.blobs import Small, blob_files, blob_routes
from weighbridge.server.routes.changes import change_routes
from weighbridge.server.routes.ledger import ledger_files, ledger_routes
from weighbridge.server.routes.releases import environment_routes, release_routes
from weighbridge.server.shortcut import Shortcut, ways

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fastapi import APIRouter
    from fastapi.telemetry import TelemetryConfig
    from starlette.requests import Request
    from starlette.types import Scope

    from weighbridge.server.running import Drain
    from weighbridge.server.services import Services
    from weighbridge.server.watching import Watching

_NONE: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
"""The framework's own would send what people ask for (queries, errors) wherever a variable says."""


def application(
    services: Services,
    *,
    routers: Iterable[APIRouter] = (),
    watch: Callable[[Scope, int, float], None] = lambda _scope, _status, _seconds: None,
    hosts: frozenset[str] = frozenset(),
    front: Front = NOTHING,
    watching: Watching | None = None,
    drain: Drain | None = None,
) -> FastAPI:
    """Make the application.

    Args:
        services: What routes work with.
        routers: Routes of the dashboard, of logins and jobs.
        watch: Takes each request that was answered, its status, and the seconds it took.
        hosts: Names the server answers to; empty for any.
        front: The proxies before it.
        watching: Counts requests, for `GET /metrics`.
        drain: Says whether the server is about to end.
    """
    app = FastAPI(
        openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=_NONE
    )
    app.state.services = services
    app.state.small = Small()
    app.state.drain, app.state.watching = drain, watching
    app.state.pace = Pace(services.limits.requests)
    bytes_by_digest = blob_files()
    app.router.routes += [
        stored_route("/healthz", _alive),
        stored_route("/readyz", _ready),
        stored_route("/metrics", _metrics),
        stored_route("/v1/openapi.json", _described),
        *asset_routes(),
        *ledger_files(),
        *bytes_by_digest,
    ]
    own = (release_routes(), environment_routes(), ledger_routes(), blob_routes(), change_routes())
    for router in (*own, *routers):
        app.include_router(router)
    answer_what_breaks(app)
    seen = (watch,) if watching is None else (watch, watching.watch)
    app.add_middleware(Shortcut, by=ways(bytes_by_digest))
    app.add_middleware(
        Envelope,
        begin=(lambda _scope: None) if watching is None else watching.begin,
        watch=seen,
        hosts=hosts,
        front=front,
        largest=services.limits.body,
        tracing=services.tracing,
    )
    return app


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _ready(request: Request) -> Response:
    def look() -> int:
        with request.app.state.services.registry.reading() as view:
            size: int = view.size
            return size

    drain: Drain | None = request.app.state.drain
    if drain is not None and drain.begun:
        fault = Fault(UnavailableError.code, "this server is about to end")
        return problem([fault], 503, instance=instance(request))
    try:
        await run_in_threadpool(look)
    except WeighbridgeError as error:
        return problem(error.faults, 503, instance=instance(request))
    except OSError as error:
        return problem([Fault(StorageError.code, str(error))], 503, instance=instance(request))
    return PlainTextResponse("ok\n")


async def _metrics(request: Request) -> Response:
    watching: Watching | None = request.app.state.watching
    if watching is None:
        raise NotFoundError("this server counts nothing")
    text = await run_in_threadpool(watching.exposition)
    return Response(text, headers={"cache-control": VOLATILE}, media_type=METRICS)


async def _described(request: Request) -> Response:
    return JSONResponse(describe(request.app), headers={"cache-control": "no-cache"})
