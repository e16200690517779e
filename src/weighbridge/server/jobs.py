"""Jobs over HTTP: `/v1/jobs`."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from weighbridge.model.errors import NotFoundError
from weighbridge.model.team.job import JobKind, JobState, Order

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.team.job import Job, Jobs

Key = Annotated[str, Path(min_length=1, max_length=200)]
State = Annotated[JobState | None, Query(description="Jobs in this state only")]
After = Annotated[str, Query(max_length=200, description="`next` of the page before; empty first")]
Limit = Annotated[int, Query(ge=1, le=1_000, description="The most jobs of a page")]


class JobRequest(BaseModel):
    """What is to be done."""

    model_config = ConfigDict(extra="forbid")

    kind: JobKind
    about: dict[str, Annotated[str, Field(max_length=300)]] = Field(
        default_factory=dict, max_length=10
    )


class JobDocument(BaseModel):
    """A job: what was ordered, and what became of it."""

    key: str
    kind: JobKind
    about: dict[str, Any]
    asked: str
    entry: int | None
    state: JobState
    created: str
    started: str
    ended: str
    attempts: int
    worker: str
    result: dict[str, Any]
    error: str


class OneJobDocument(JobDocument):
    """One job."""

    schemaVersion: Literal[1] = 1  # noqa: N815 - as documents have it


class JobsDocument(BaseModel):
    """A page of jobs, newest first."""

    schemaVersion: Literal[1] = 1  # noqa: N815 - as documents have it
    jobs: list[JobDocument]
    next: str


def job_routes(
    jobs: Jobs,
    *,
    asked: Callable[[Request], str],
    route_class: type[APIRoute] = APIRoute,
    responses: dict[int | str, dict[str, Any]] | None = None,
) -> APIRouter:
    """Make the routes of jobs.

    Args:
        jobs: The jobs.
        asked: Names who asks.
        route_class: The way to a route, which knows who may ask.
        responses: What every route may answer besides, as it is declared.
    """
    router = APIRouter(route_class=route_class, tags=["jobs"], responses=responses or {})

    @router.get("/v1/jobs", summary="Jobs, newest first")
    async def listed(state: State = None, after: After = "", limit: Limit = 100) -> JobsDocument:
        found = await run_in_threadpool(jobs.list, state=state, after=after, limit=limit)
        more = found[-1].order.key if len(found) == limit else ""
        return JobsDocument(jobs=[JobDocument(**_fields(job)) for job in found], next=more)

    @router.get("/v1/jobs/{key}", summary="One job")
    async def one(key: Key) -> OneJobDocument:
        return _document(await run_in_threadpool(jobs.get, key), key)

    @router.post("/v1/jobs", status_code=202, summary="Have something done")
    async def ordered(request: Request, wanted: JobRequest) -> OneJobDocument:
        key = f"asked:{uuid.uuid4().hex}"
        order = Order(key=key, kind=wanted.kind, about=wanted.about, asked=asked(request))
        return _document(await run_in_threadpool(jobs.order, order), key)

    @router.delete("/v1/jobs/{key}", summary="Cancel a job")
    async def cancelled(key: Key) -> OneJobDocument:
        return _document(await run_in_threadpool(jobs.cancel, key), key)

    return router


def _document(job: Job | None, key: str) -> OneJobDocument:
    if job is None:
        raise NotFoundError(f"there is no job {key}")
    return OneJobDocument(**_fields(job))


def _fields(job: Job) -> dict[str, Any]:
    order = job.order
    return {
        "key": order.key,
        "kind": order.kind,
        "about": dict(order.about),
        "asked": order.asked,
        "entry": order.entry,
        "state": job.state,
        "created": job.created,
        "started": job.started,
        "ended": job.ended,
        "attempts": job.attempts,
        "worker": job.worker,
        "result": dict(job.result),
        "error": job.error,
    }
