"""Pages that look over everything, asked as a view and over HTTP."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from tests.answers import Answers
from tests.server.team import PEOPLE, Known, credential, served, team_app, team_client
from weighbridge.model.ports import NoProgress
from weighbridge.server.dashboard.contents import dashboard_routes
from weighbridge.server.dashboard.page import Asked
from weighbridge.server.login.browser import Browser
from weighbridge.server.services import Services
from weighbridge.usecases.references import find_authored
from weighbridge.usecases.seal import seal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.usecases.promoted import Promoted
    from weighbridge.model.ports import Registry

NOW = "2026-03-02T00:00:00Z"
THIRD = "demo@1.2.0"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "a\u202eb",
    "n" * 10_000,
    "../..",
)
"""Names nobody should have."""


def services_of(registry: Registry, now: str = NOW) -> Services:
    return Services(
        registry=registry,
        clock=lambda: now,
        authenticator=Known(**PEOPLE),
        idempotency=Answers(),
    )


def asked(services: Services, person: str = "cat", **query: str) -> Asked:
    """Ask a view, as somebody at some time."""
    identity = credential(person)
    return Asked(services=services, identity=identity, names={}, query=query, now=services.clock())


@contextlib.contextmanager
def browsed(registry: Registry, person: str = "cat", now: str = NOW) -> Iterator[httpx.Client]:
    """Serve the pages, and look at them as a browser does."""
    routers = (dashboard_routes(Browser("http://127.0.0.1")),)
    people = {"somebody": credential(person)}
    app = team_app(registry, lambda: now, routers=routers, people=people)
    with served(app) as address, team_client(address, "somebody") as client:
        client.headers["accept"] = "text/html"
        yield client


def document(client: httpx.Client, path: str) -> dict[str, Any]:
    """Ask for a page as a program does."""
    found = client.get(path, headers={"accept": "application/json"})
    assert found.status_code == 200, found.text
    told: dict[str, Any] = found.json()
    assert told["schemaVersion"] == 1
    return told


def seal_third(story: Promoted) -> str:
    """Seal a release, sign it, and bring it to staging."""
    manifest = story.folder / "release.yaml"
    manifest.write_text(manifest.read_text().replace('"1.1.0"', '"1.2.0"'))
    named, _ = find_authored(None, start=story.folder, catalogues=lambda _: [])
    seal(named, registry=story.registry, environ={}, progress=NoProgress())
    story.sign(THIRD)
    assert story.promote(THIRD, "staging")
    return story.digest(THIRD)
