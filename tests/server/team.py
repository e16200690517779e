"""The application over a registry, served by a thread; who asks is said by the credential."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import httpx
import uvicorn

from tests.answers import Answers
from weighbridge.model.errors import LoginError
from weighbridge.model.team.account import NOBODY, Identity, Scope, Via
from weighbridge.server.app import application
from weighbridge.server.front import Front
from weighbridge.server.logs import log_request
from weighbridge.server.running import Hurried, Listening, listen
from weighbridge.server.services import Limits, Services
from weighbridge.server.tracing import NO_TRACING
from weighbridge.server.watching import Watching

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from fastapi import APIRouter, FastAPI
    from starlette.requests import Request

    from weighbridge.model.ports import Registry
    from weighbridge.server.tracing import Tracing

EVERYTHING = frozenset(Scope)


def credential(
    person: str, *scopes: Scope, via: Via = Via.SESSION, roles: frozenset[str] = frozenset()
) -> Identity:
    return Identity(
        person=person,
        via=via,
        scopes=frozenset(scopes or EVERYTHING),
        roles=roles,
        credential=f"{via}-{person}",
    )


class Known:
    """Knows who asks by what stands behind `Bearer`."""

    def __init__(self, **people: Identity) -> None:
        self.people = people

    async def identify(self, request: Request) -> Identity:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            return NOBODY
        if secret not in self.people:
            raise LoginError("the credential is unknown")
        return self.people[secret]

    def check_csrf(self, request: Request, identity: Identity) -> None:
        """Browsers do not ask here."""


PEOPLE = {
    "dora": credential("dora"),
    "reader": credential("rita", Scope.READ),
    "token": credential("dora", Scope.READ, Scope.WRITE, via=Via.TOKEN),
}


def team_app(
    registry: Registry,
    clock: Callable[[], str],
    *,
    limits: Limits | None = None,
    front: Front | None = None,
    hosts: frozenset[str] = frozenset(),
    routers: Iterable[APIRouter] = (),
    people: Mapping[str, Identity] = PEOPLE,
    asks_roles: bool = False,
    tracing: Tracing = NO_TRACING,
) -> FastAPI:
    services = Services(
        registry=registry,
        clock=clock,
        authenticator=Known(**people),
        idempotency=Answers(),
        limits=limits or Limits(),
        asks_roles=asks_roles,
        tracing=tracing,
    )
    watching = Watching(registry, clock=clock, jobs=lambda: {"waiting": 2})
    return application(
        services,
        routers=routers,
        front=front or Front(),
        hosts=hosts,
        watching=watching,
        watch=log_request,
    )


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.listening.set()


def served(app: FastAPI) -> contextlib.AbstractContextManager[str]:
    """Serve an application; hands out its address."""
    return served_at(lambda _address: app)


@contextlib.contextmanager
def served_at(make: Callable[[str], FastAPI]) -> Iterator[str]:
    """Serve an application that knows its address; hands that out."""
    listener = listen(Listening(host="127.0.0.1", port=0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(make(address), log_config=None, lifespan="off", ws="none", http=Hurried)
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        assert server.listening.wait(20)
        yield address
    finally:
        server.should_exit = True
        thread.join(20)
        if thread.is_alive():  # an answer that never comes is left to its thread
            server.force_exit = True
            thread.join(20)
        listener.close()


def team_client(address: str, who: str = "dora") -> httpx.Client:
    headers = {"authorization": f"Bearer {who}"} if who else {}
    return httpx.Client(base_url=address, headers=headers, timeout=30, trust_env=False)
