"""Jobs: what waits, runs or is over; ordered and cancelled by who may."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from weighbridge.codec.cursor import write_cursor
from weighbridge.model.errors import NotFoundError
from weighbridge.model.team.job import JobKind, JobState, Order
from weighbridge.server.answers import document, refused
from weighbridge.server.cursors import After, Limit, read_cursor
from weighbridge.server.documents import WRITABLE, Document, problems
from weighbridge.server.guard import GuardedRoute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.team.job import Job, Jobs
    from weighbridge.server.tracing import Tracing

Key = Annotated[str, Path(min_length=1, max_length=200)]
State = Annotated[JobState | None, Query(description="Jobs in this state only")]
_ABOUT: Final[Mapping[JobKind, tuple[frozenset[str], frozenset[str]]]] = {
    JobKind.CHECK: (frozenset({"release"}), frozenset()),
    JobKind.PACK: (frozenset({"release", "environment"}), frozenset({"to"})),
    JobKind.REPLAY: (frozenset({"release"}), frozenset()),
    JobKind.REEVALUATE: (frozenset(), frozenset({"environment"})),
    JobKind.RESCAN: (frozenset(), frozenset({"environment"})),
    JobKind.NOTIFY: (frozenset(), frozenset()),
    JobKind.WARN: (frozenset(), frozenset()),
}
"""What each kind must say, and what it may say besides."""
_ORDERING: Final = """What each kind is about, in `about`; what stands in brackets may be left out:

- `check` (release): run all rules on a sealed release, and sign the report.
- `replay` (release): make its build again in the sandbox, compare, and sign what came of it; only
  by workers whose settings allow it.
- `pack` (release, environment, [to]): keep its evidence pack as a blob; with `to`,
  `oci://HOST/REPOSITORY[:TAG]`, push the release there, too, if the worker's settings name that.
- `re-evaluate` and `rescan` ([environment]): judge again what stands there, or anywhere.
- `notify`: tell the sinks what the ledger says since.
- `warn`: say what ends soon and what stands on it, and tell the sinks, each thing once a day.

What came of it stands in `result`, or why not in `error`: code and sentence."""


class JobRequest(BaseModel):
    """What is to be done."""

    model_config = ConfigDict(extra="forbid")

    kind: JobKind
    about: dict[str, Annotated[str, Field(max_length=300, pattern=WRITABLE)]] = Field(
        default={}, max_length=10
    )


class JobDocument(Document):
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

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it


class JobsDocument(Document):
    """A page of jobs, newest first."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    jobs: list[JobDocument]
    next: str


def job_routes(jobs: Jobs) -> APIRouter:
    """Make the routes of jobs.

    Args:
        jobs: The jobs.
    """
    router = APIRouter(route_class=GuardedRoute, tags=["jobs"])

    @router.get(
        "/v1/jobs",
        response_model=JobsDocument,
        responses=problems(),
        summary="Jobs, newest first",
    )
    async def listed(state: State = None, after: After = "", limit: Limit = 100) -> Response:
        place = read_cursor(after, str)
        since = "" if place is None else str(place[0])
        found = await run_in_threadpool(jobs.list, state=state, after=since, limit=limit + 1)
        following = write_cursor(found[limit - 1].order.key) if len(found) > limit else ""
        told = [_fields(job) for job in found[:limit]]
        return document({"schemaVersion": 1, "jobs": told, "next": following})

    @router.get(
        "/v1/jobs/{key}",
        response_model=OneJobDocument,
        responses=problems(404),
        summary="One job",
    )
    async def one(key: Key) -> Response:
        return _answer(await run_in_threadpool(jobs.get, key), key)

    _add_orders(router, jobs)
    return router


def _add_orders(router: APIRouter, jobs: Jobs) -> None:
    @router.post(
        "/v1/jobs",
        status_code=202,
        response_model=OneJobDocument,
        responses=problems(),
        summary="Have something done",
        description=_ORDERING,
    )
    async def ordered(request: Request, body: JobRequest) -> Response:
        needed, besides = _ABOUT[body.kind]
        said = frozenset(body.about)
        if not needed <= said or not said <= needed | besides:
            raise refused(
                400,
                f"this is not what {body.kind.value} is about",
                seen=", ".join(sorted(said)) or "nothing",
                wanted=", ".join([*sorted(needed), *(f"[{one}]" for one in sorted(besides))])
                or "nothing",
            )
        key = f"asked:{uuid.uuid4().hex}"
        person = request.state.identity.person
        tracing: Tracing = request.app.state.services.tracing
        trace = tracing.present()
        order = Order(key=key, kind=body.kind, about=body.about, asked=person, trace=trace)
        with tracing.span("order a job"):
            return _answer(await run_in_threadpool(jobs.order, order), key, status=202)

    @router.delete(
        "/v1/jobs/{key}",
        response_model=OneJobDocument,
        responses=problems(404),
        summary="Cancel a job, if it is not over",
    )
    async def cancelled(key: Key) -> Response:
        return _answer(await run_in_threadpool(jobs.cancel, key), key)


def _answer(job: Job | None, key: str, *, status: int = 200) -> Response:
    if job is None:
        raise NotFoundError(f"there is no job {key[:80]}")
    return document({"schemaVersion": 1, **_fields(job)}, status=status)


def _fields(job: Job) -> dict[str, Any]:
    order = job.order
    return {
        "key": order.key,
        "kind": order.kind.value,
        "about": dict(order.about),
        "asked": order.asked,
        "entry": order.entry,
        "state": job.state.value,
        "created": job.created,
        "started": job.started,
        "ended": job.ended,
        "attempts": job.attempts,
        "worker": job.worker,
        "result": dict(job.result),
        "error": job.error,
    }
