"""Releases, what stands where, and what the gate would say.

What judges is imported when it is first asked, by the thread that answers: a server that only hands
releases out is ready sooner.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from weighbridge.codec.canonical import section_digests
from weighbridge.codec.cursor import write_cursor
from weighbridge.model.errors import NotFoundError
from weighbridge.server.answers import document
from weighbridge.server.cursors import After, Limit, read_cursor
from weighbridge.server.documents import (
    Document,
    EnvironmentsDocument,
    EvaluationDocument,
    EvaluationRequest,
    ReleaseDocument,
    ReleasesDocument,
    StatusDocument,
    problems,
)
from weighbridge.server.finding import find_releases
from weighbridge.server.guard import GuardedRoute
from weighbridge.server.routes.blobs import DigestPath

if TYPE_CHECKING:
    from weighbridge.model.ports import Registry
    from weighbridge.server.services import Services

Name = Annotated[str, Query(max_length=300, description="Releases of this name only")]
Containing = Annotated[str, Query(max_length=300, description="Part of their names")]
Environment = Annotated[str, Path(min_length=1, max_length=300)]


def release_routes() -> APIRouter:
    """Make the routes of releases."""
    router = APIRouter(route_class=GuardedRoute, tags=["releases"])

    @router.get(
        "/v1/releases",
        response_model=ReleasesDocument,
        responses=problems(),
        summary="Releases, in the order of names and versions",
    )
    async def releases(
        request: Request,
        after: After = "",
        limit: Limit = 100,
        name: Name = "",
        containing: Containing = "",
    ) -> Response:
        key = read_cursor(after, str, str)
        since = None if key is None else (str(key[0]), str(key[1]))
        services: Services = request.app.state.services
        if name:
            rows = await run_in_threadpool(_versions, services.registry, name, since, limit)
        else:
            rows = await run_in_threadpool(_releases, services, since, limit, containing)
        return document(rows)

    @router.get(
        "/v1/releases/{digest}",
        response_model=ReleaseDocument,
        responses=problems(404),
        summary="One release: its name, sections and evidence",
    )
    async def release(request: Request, digest: DigestPath) -> Response:
        registry = request.app.state.services.registry
        return document(await run_in_threadpool(_release, registry, digest))

    return router


def environment_routes() -> APIRouter:
    """Make the routes of environments."""
    router = APIRouter(route_class=GuardedRoute, tags=["environments"])

    @router.get(
        "/v1/environments",
        response_model=EnvironmentsDocument,
        responses=problems(),
        summary="Environments, as they were applied last",
    )
    async def environments(request: Request) -> Response:
        return document(await run_in_threadpool(_environments, request.app.state.services))

    @router.get(
        "/v1/environments/{environment}",
        response_model=Document,
        responses=problems(404),
        summary="One environment: its policy, roles, windows, and what is stopped there",
    )
    async def one(request: Request, environment: Environment) -> Response:
        services: Services = request.app.state.services
        found = await run_in_threadpool(_environments, services)
        told = [each for each in found["environments"] if each["name"] == environment]
        if not told:
            raise NotFoundError(f"there is no environment {environment[:80]}")
        return document({"schemaVersion": 1, **told[0]})

    _add_gate(router)
    return router


def _add_gate(router: APIRouter) -> None:
    @router.post(
        "/v1/environments/{environment}/evaluations",
        response_model=EvaluationDocument,
        responses=problems(404),
        summary="What the gate would say of a release; nothing is entered, nothing moves",
    )
    async def ask(request: Request, environment: Environment, body: EvaluationRequest) -> Response:
        asked = (body.release, environment, request.state.identity.person)
        return document(await run_in_threadpool(_evaluated, request.app.state.services, *asked))

    @router.get(
        "/v1/status",
        response_model=StatusDocument,
        responses=problems(404),
        summary="What stands where, and what the gate says of it now",
    )
    async def status(
        request: Request,
        name: Name = "",
        environment: Annotated[str, Query(max_length=300)] = "",
    ) -> Response:
        services: Services = request.app.state.services
        return document(await run_in_threadpool(_standing, services, name, environment))


def _environments(services: Services) -> dict[str, Any]:
    from weighbridge.report.environments import environments_json  # noqa: PLC0415
    from weighbridge.usecases.environments import applied_environments  # noqa: PLC0415

    return environments_json(applied_environments(services.registry, now=services.clock()))


def _evaluated(services: Services, release: str, environment: str, person: str) -> dict[str, Any]:
    from weighbridge.report.decision_json import decision_json  # noqa: PLC0415
    from weighbridge.usecases.evaluating import evaluate  # noqa: PLC0415

    found = evaluate(
        release, environment, registry=services.registry, now=services.clock(), asks=person
    )
    return decision_json(found.decision, generation=found.generation, bundle="", mode=found.mode)


def _standing(services: Services, name: str, environment: str) -> dict[str, Any]:
    from weighbridge.report.status import status_json  # noqa: PLC0415
    from weighbridge.usecases.status import status  # noqa: PLC0415

    found = status(
        services.registry,
        name=name or None,
        environment=environment or None,
        now=services.clock(),
    )
    return {"schemaVersion": 1, "pointers": status_json(found)}


def _releases(
    services: Services, since: tuple[str, str] | None, limit: int, containing: str
) -> dict[str, Any]:
    rows, size = find_releases(services, containing, since, limit + 1)
    return _page(rows, limit, size)


def _versions(
    registry: Registry, name: str, since: tuple[str, str] | None, limit: int
) -> dict[str, Any]:
    with registry.reading() as view:
        found = [(name, version, digest) for version, digest in view.versions(name)]
        size = view.size
    return _page([row for row in found if since is None or row[:2] > since], limit, size)


def _page(rows: list[tuple[str, str, str]], limit: int, size: int) -> dict[str, Any]:
    told = [{"name": n, "version": v, "digest": digest} for n, v, digest in rows[:limit]]
    following = write_cursor(*rows[limit - 1][:2]) if len(rows) > limit else ""
    return {"schemaVersion": 1, "size": size, "releases": told, "next": following}


def _release(registry: Registry, digest: str) -> dict[str, Any]:
    with registry.reading() as view:
        names = view.names_of(digest)
        indices = view.found(f"subject:{digest}")
        events = [json.loads(view.entry(index)) for index in indices]
    if not names:
        raise NotFoundError("no release is sealed as that", seen=digest)
    evidence = [
        {
            "entry": index,
            "at": event["time"],
            "bundle": event["body"]["bundle"],
            "predicateType": event["body"]["predicateType"],
            "person": event["body"].get("person"),
            "href": f"/v1/evidence/{event['body']['bundle']}",
        }
        for index, event in zip(indices, events, strict=True)
        if event["kind"] == "evidence.added"
    ]
    (name, version), *_ = names
    return {
        "schemaVersion": 1,
        "digest": digest,
        "name": name,
        "version": version,
        "sections": section_digests(json.loads(registry.blobs.read(digest))),
        "manifest": f"/v1/manifests/{digest}",
        "evidence": evidence,
    }
