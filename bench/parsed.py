"""The server of `weighbridge serve` but for one route: `python bench/parsed.py FOLDER DIGEST`.

`GET /v1/manifests/{digest}` answers with the manifest DIGEST as FastAPI answers with documents: a
pydantic model in memory, written by its `response_model`. Uvicorn, guard, log and metrics are the
same.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from fastapi import APIRouter

from bench.servers import SETTINGS
from weighbridge.adapters.clock import utc_now
from weighbridge.bootstrap import load_settings, open_registry
from weighbridge.bootstrap.accounts import open_accounts
from weighbridge.bootstrap.jobs import open_jobs
from weighbridge.codec.server_settings import read_server_settings
from weighbridge.model.release import ModelRelease
from weighbridge.server.guard import GuardedRoute
from weighbridge.server.logs import begin_logging, log_request
from weighbridge.server.routes.blobs import DigestPath  # noqa: TC001 - FastAPI reads it
from weighbridge.server.running import Drain, Listening, run
from weighbridge.server.serving import House, team_application
from weighbridge.server.shortcut import Shortcut

PATH = "/v1/manifests/{digest}"


def parsed_routes(release: ModelRelease) -> APIRouter:
    """Make the route that stands in for ours."""
    router = APIRouter(route_class=GuardedRoute)

    @router.get(PATH, response_model=ModelRelease, response_model_exclude_unset=True)
    async def manifest(digest: DigestPath) -> ModelRelease:
        del digest
        return release

    return router


def main(folder: Path, digest: str) -> None:
    """Serve until told to end."""
    flags = {"registry": str(folder / "registry")}
    settings = load_settings(folder, start=folder, environ={}, flags=flags)
    registry = open_registry(settings)
    house = House(
        registry=registry,
        accounts=open_accounts(settings),
        jobs=open_jobs(settings),
        settings=read_server_settings(SETTINGS, "settings"),
        folder=folder,
        clock=utc_now,
        drain=Drain(),
        address="http://127.0.0.1",
        in_clear=False,
    )
    app = team_application(house, watch=log_request)
    routes = app.router.routes
    routes[:] = [route for route in routes if getattr(route, "path", "") != PATH]
    shortcut: object = Shortcut
    app.user_middleware[:] = [one for one in app.user_middleware if one.cls is not shortcut]
    app.include_router(parsed_routes(ModelRelease.model_validate_json(registry.blobs.read(digest))))
    begin_logging("json")
    where = Listening(host="127.0.0.1", port=0)
    run(app, where, told=lambda address: print(address, flush=True), grace=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
