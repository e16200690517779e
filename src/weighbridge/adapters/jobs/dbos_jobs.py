"""The jobs of a registry, as DBOS keeps them: read from its tables, ordered through its client."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from weighbridge.adapters.jobs.tables import QUEUE, SCHEMA
from weighbridge.model.errors import JobError, StorageError
from weighbridge.model.team.job import Job, JobKind, JobState, Order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dbos import DBOSClient

    from weighbridge.adapters.jobs.tables import JobTables

NAME: Final = "weighbridge"
WORKFLOW: Final = "weighbridge.job"
VERSION: Final = "1"
"""Of what a job's steps are: not of this program, an upgrade of which must leave no job behind."""
_STATES: Final[Mapping[JobState, tuple[str, ...]]] = {
    JobState.WAITING: ("ENQUEUED", "DELAYED"),
    JobState.RUNNING: ("PENDING",),
    JobState.DONE: ("SUCCESS",),
    JobState.FAILED: ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"),
    JobState.CANCELLED: ("CANCELLED",),
}
_STATE_OF: Final = {word: state for state, words in _STATES.items() for word in words}


class DbosJobs:
    """Jobs in a database; DBOS is imported when the first one is ordered or cancelled."""

    def __init__(self, tables: JobTables) -> None:
        """Read and order jobs.

        Args:
            tables: The database.
        """
        self._tables = tables
        self._client: DBOSClient | None = None
        self._lock = threading.Lock()

    def order(self, order: Order) -> Job:
        """Have something done; what was ordered under the same key before is returned as it is.

        Raises:
            StorageError: It cannot be kept.
        """
        value = write_order(order)
        try:
            self.client().enqueue(
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": QUEUE,
                    "workflow_id": order.key,
                    "app_version": VERSION,
                    "serialization_type": _portable(),
                    "attributes": value,
                },
                value,
            )
        except sa.exc.SQLAlchemyError as error:
            raise StorageError(f"a job cannot be kept: {error}") from error
        job = self.get(order.key)
        if job is None:
            raise JobError(f"{order.key} was ordered and is not there", seen=order.key)
        return job

    def list(
        self, *, state: JobState | None = None, after: str = "", limit: int = 100
    ) -> Sequence[Job]:
        """List jobs, newest first, after a key.

        Raises:
            JobError: There is no job of that key.
        """
        if not self._tables.is_there():
            return []
        work = self._tables.work.c
        query = self._query().order_by(work.created_at.desc(), work.workflow_uuid.desc())
        if state is not None:
            query = query.where(work.status.in_(_STATES[state]))
        with self._tables.engine.connect() as connection:
            if after:
                place = sa.select(work.created_at).where(work.workflow_uuid == after)
                created = connection.execute(place).scalar()
                if created is None:
                    raise JobError(f"there is no job {after}", help=["begin the list anew"])
                behind = sa.and_(work.created_at == created, work.workflow_uuid < after)
                query = query.where(sa.or_(work.created_at < created, behind))
            rows = connection.execute(query.limit(limit)).mappings().all()
        return [read_job(row) for row in rows]

    def get(self, key: str) -> Job | None:
        """Find a job."""
        if not self._tables.is_there():
            return None
        query = self._query().where(self._tables.work.c.workflow_uuid == key)
        with self._tables.engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else read_job(row)

    def cancel(self, key: str) -> Job | None:
        """Cancel a job that is not over: one that runs enters nothing any more, and ends."""
        if self.get(key) is None:
            return None
        self.client().cancel_workflow(key)
        return self.get(key)

    def client(self) -> DBOSClient:
        """Return DBOS's client; its tables are made where they are missing."""
        with self._lock:
            if self._client is None:
                from dbos import DBOS, DBOSClient  # noqa: PLC0415 - seconds; reading needs it not

                address = self._tables.address
                # One at a time, whoever else begins just now; where nothing is to be done, one
                # look says so.
                DBOS.migrate(address, schema=SCHEMA)
                self._client = DBOSClient(
                    system_database_url=address,
                    dbos_system_schema=SCHEMA,
                    application_name=NAME,
                    retry_connection_errors=False,
                )
            return self._client

    def close(self) -> None:
        """Close connections."""
        if self._client is not None:
            self._client.destroy()
            self._client = None
        self._tables.close()

    def _query(self) -> sa.Select[Any]:
        work, outcome = self._tables.work, self._tables.outcome
        joined = work.outerjoin(outcome, outcome.c.workflow_uuid == work.c.workflow_uuid)
        columns = (*work.c, outcome.c.output, outcome.c.error)
        return sa.select(*columns).select_from(joined).where(work.c.attributes.is_not(None))


def write_order(order: Order) -> dict[str, Any]:
    """Write an order as plain values."""
    return {
        "key": order.key,
        "kind": order.kind.value,
        "about": dict(order.about),
        "asked": order.asked,
        "entry": order.entry,
        **({"trace": order.trace} if order.trace else {}),
    }


def read_order(value: Mapping[str, Any]) -> Order:
    """Read an order from plain values."""
    return Order(
        key=value["key"],
        kind=JobKind(value["kind"]),
        about=value["about"],
        asked=value["asked"],
        entry=value["entry"],
        trace=value.get("trace", ""),
    )


def read_job(row: sa.RowMapping) -> Job:
    """Read a job from a row."""
    state = _STATE_OF[row["status"]]
    waits = state is JobState.WAITING
    return Job(
        order=read_order(row["attributes"]),
        state=state,
        created=_time(row["created_at"]),
        started="" if waits else _time(row["started_at_epoch_ms"]),
        ended=_time(row["completed_at"]),
        attempts=row["recovery_attempts"] or 0,
        worker=row["executor_id"] or "",
        result=json.loads(row["output"]) or {} if row["output"] else {},
        error=_error(row),
    )


def _error(row: sa.RowMapping) -> str:
    if row["status"] == "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
        return f"{JobError.code} whoever began it died of it, again and again"
    if not row["error"]:
        return ""
    told = json.loads(row["error"])
    return f"{told['code'] or told['name']} {told['message']}"


def _time(milliseconds: int | None) -> str:
    if not milliseconds:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _portable() -> Any:  # noqa: ANN401 - an enumeration of DBOS, imported late
    from dbos import WorkflowSerializationFormat  # noqa: PLC0415 - as above

    return WorkflowSerializationFormat.PORTABLE
