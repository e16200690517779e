"""The server's own application over a registry of a test, in a thread; whom it believes is a list.

`taking="plainly"` takes every change whose reads are still so and weighs nothing: contract tests
append entries that bear nothing out.
"""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.answers import Answers
from weighbridge.adapters.remote.connection import Connection
from weighbridge.adapters.remote.registry import RemoteRegistry
from weighbridge.ledger.drafting import outdated
from weighbridge.model.errors import ConflictError, LoginError, WeighbridgeError
from weighbridge.model.event import Kind
from weighbridge.model.team.account import NOBODY, Identity, Scope, Via
from weighbridge.model.team.change import Reads
from weighbridge.report.problem import PROBLEM, problem_of, status_of
from weighbridge.server.app import application
from weighbridge.server.running import Listening, listen
from weighbridge.server.services import Limits, Services
from weighbridge.usecases.believed import believe

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from weighbridge.adapters.servers.patience import Patience
    from weighbridge.model.ports import Registry, Transaction


class Persons:
    """Believes whoever says a name as his credential; `nobody` it does not know."""

    async def identify(self, request: Request) -> Identity:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            return NOBODY
        if secret == "nobody":  # noqa: S105 - a name
            raise LoginError("the credential is unknown or has expired")
        via = Via.TOKEN if secret.startswith("token-") else Via.SESSION
        return Identity(
            person=secret.removeprefix("token-"),
            via=via,
            scopes=frozenset(Scope),
            credential=secret,
        )

    def check_csrf(self, request: Request, identity: Identity) -> None:
        """Browsers do not ask here."""


def team_application(
    registry: Registry, clock: Callable[[], str], *, taking: str = "weighed"
) -> FastAPI:
    services = Services(
        registry=registry,
        clock=clock,
        authenticator=Persons(),
        idempotency=Answers(),
        limits=Limits(requests=10_000_000),
    )
    app = application(services)
    if taking == "plainly":
        app.router.routes.insert(0, Route("/v1/changes", _plainly(registry), methods=["POST"]))
    return app


def _plainly(registry: Registry) -> Callable[[Request], Any]:
    def enter(body: dict[str, Any], transaction: Transaction) -> tuple[int, list[bool]]:
        reads = Reads(**body["reads"])
        if what := outdated(reads, transaction):
            raise ConflictError(f"{what} has changed since it was read")
        first = transaction.size
        bound = [transaction.bind(**one) for one in body["bindings"]]
        if body["rotates"]:
            transaction.rotate_log_key(body["rotates"])
        for one in body["entries"]:
            transaction.append(Kind(one["kind"]), one["body"])
        return first, bound

    def take(body: dict[str, Any]) -> Response:
        try:
            first, bound = registry.change(lambda transaction: enter(body, transaction))
        except WeighbridgeError as error:
            status = status_of(error)
            return JSONResponse(problem_of(error.faults, status), status, media_type=PROBLEM)
        with registry.reading() as view:
            size, note = view.size, view.checkpoint.decode()
        return JSONResponse(
            {"schemaVersion": 1, "first": first, "size": size, "checkpoint": note, "bound": bound}
        )

    async def answer(request: Request) -> Response:
        return await run_in_threadpool(take, json.loads(await request.body()))

    return answer


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.listening.set()


@contextlib.contextmanager
def serving(app: ASGIApp, *, certificate: Path | None = None) -> Iterator[str]:
    """Serve an application, by TLS with a certificate; hands out its address."""
    listener = listen(Listening(host="127.0.0.1", port=0))
    config = uvicorn.Config(
        app, log_config=None, lifespan="off", ws="none", http="h11", ssl_certfile=certificate
    )
    scheme = "https" if certificate else "http"
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert server.listening.wait(20)
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def remote(
    address: str, folder: Path, *, person: str = "ann", patience: Patience | None = None
) -> RemoteRegistry:
    """Open a registry behind a server, as somebody."""
    return RemoteRegistry(
        Connection(address, credential=lambda _address: person, patience=patience),
        folder=folder,
        follow=lambda view, key: believe(view, log_key=key).log_key,
    )
