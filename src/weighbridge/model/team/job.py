"""Work that waits, runs or is over: durable, done at least once, with an effect as if once."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class JobKind(StrEnum):
    """What there is to do."""

    CHECK = "check"
    """Run all rules on a sealed release, and sign the report."""
    PACK = "pack"
    """Make the evidence pack of a release for an environment, keep it as a blob, and push the
    release to a registry of images if one is named (`push`)."""
    REPLAY = "replay"
    """Make the build of a sealed release again, compare, and sign what came of it (`replay`)."""
    RESCAN = "rescan"
    """Ask the advisories of this place about what stands anywhere, and the gate again."""
    REEVALUATE = "re-evaluate"
    """Ask the gate again about all that stands in an environment (`watch`)."""
    NOTIFY = "notify"
    """Tell those who asked to be told what the ledger says since (`log notify`)."""
    WARN = "warn"
    """Say what ends soon and what stands on it, and tell those who asked to be told."""


class JobState(StrEnum):
    """How far it has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Something that is to be done.

    Attributes:
        key: Names it; what is ordered twice under one key is done once.
        kind: What it is.
        about: What it is about, plain values: release, environment …
        asked: Who asked for it; empty if an entry or the clock did.
        entry: Index of the entry it follows from; None if from none.
        trace: Names the request that ordered it (W3C `traceparent`); empty if there is none.
    """

    key: str
    kind: JobKind
    about: Mapping[str, Any] = field(default_factory=dict)
    asked: str = ""
    entry: int | None = None
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An order and what became of it.

    Attributes:
        order: What was to be done.
        state: How far it has come.
        created: When it was ordered.
        started: When it was begun last; empty if not yet.
        ended: When it was over; empty if it is not.
        attempts: How often it was begun.
        worker: Who does it, or did last.
        result: What came of it, plain values.
        error: What went wrong last: code and sentence; empty if nothing.
    """

    order: Order
    state: JobState
    created: str
    started: str = ""
    ended: str = ""
    attempts: int = 0
    worker: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


class Jobs(Protocol):
    """The jobs of a registry."""

    def order(self, order: Order) -> Job:
        """Have something done; what was ordered under the same key before is returned as it is."""

    def list(
        self, *, state: JobState | None = None, after: str = "", limit: int = 100
    ) -> Sequence[Job]:
        """List jobs, newest first, after a key."""

    def get(self, key: str) -> Job | None:
        """Find a job."""

    def cancel(self, key: str) -> Job | None:
        """Cancel a job that is not over: one that runs enters nothing any more, and ends."""
