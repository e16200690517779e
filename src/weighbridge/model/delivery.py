"""A delivery: how far a release has come on its way to its users, as the ledger has it.

The ledger is the one record of a delivery: each step is entered before it is done, and what is
done follows from the last entry alone. So whoever was killed, or another after him, reads the
entries and goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

WHOLE = 100
"""All requests, in percent."""


LOCAL = "local"
"""Kind of the target that is this machine."""
DRIVEN = frozenset({"kserve", LOCAL})
"""Kinds of targets that judge nothing by themselves: we drive the rollout."""
FOLLOWED = frozenset({"argo", "flagger", "kubernetes"})
"""Kinds whose controllers do: we hand them the files, and follow."""


class Strategy(StrEnum):
    """How a release takes the place of the one before it."""

    CANARY = "canary"
    BLUE_GREEN = "blueGreen"
    ROLLING = "rolling"
    RECREATE = "recreate"
    RESTORE = "restore"
    """Back to a release that was here before: at once, without steps."""


class Phase(StrEnum):
    """Where a delivery stands."""

    PREPARING = "preparing"
    """The release is verified, laid out and started; it gets no requests."""
    ROLLING_OUT = "rolling-out"
    """It gets the share of requests its step says, and is judged by it."""
    WATCHING = "watching"
    """It gets all requests; the one before stands by as long as `rollback.window` says."""
    ROLLING_BACK = "rolling-back"
    """It gets no requests any more; the release before is brought back and verified."""
    DELIVERED = "delivered"
    ROLLED_BACK = "rolled-back"
    FAILED = "failed"
    """It was taken out, and what was before could not be brought back whole, or was nothing."""
    STOPPED = "stopped"
    """A person ended what ran; nothing gets requests."""


OVER = frozenset({Phase.DELIVERED, Phase.ROLLED_BACK, Phase.FAILED, Phase.STOPPED})
"""Phases a delivery ends in."""


class Why(StrEnum):
    """What sort of thing stopped a delivery or turned it round."""

    ANALYSIS = "analysis"
    FAILURE_MODE = "failure-mode"
    CRASH = "crash"
    NOT_READY = "not-ready"
    VERIFICATION = "verification"
    PARAMETER = "parameter"
    ORDER = "order"
    POINTER = "pointer"
    """The pointer moved to another release meanwhile."""
    CONTROLLER = "controller"
    TIMEOUT = "timeout"
    GATE = "gate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What stopped a delivery or turned it round.

    Attributes:
        why: What sort of thing.
        name: Which analysis, failure mode or person; empty if that is no question.
        text: What was seen, in a sentence.
    """

    why: Why
    name: str = ""
    text: str = ""

    def record(self) -> dict[str, str]:
        """Write it as plain values."""
        return {"name": self.name, "text": self.text, "why": self.why.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a delivery stands; the next one replaces it whole.

    Attributes:
        phase: The phase.
        step: Index of the step, from 0.
        weight: Share of requests the release gets, in percent.
        since: Since when, in milliseconds of Unix time.
        paused: Why it waits for a person; None if it does not.
        cause: What turned it round or ended it; None if it goes on.
        late: Whether a rollback took longer than `rollback.maxDuration`.
    """

    phase: Phase
    step: int = 0
    weight: int = 0
    since: int
    paused: Cause | None = None
    cause: Cause | None = None
    late: bool = False

    def record(self) -> dict[str, Any]:
        """Write it as plain values."""
        found: dict[str, Any] = {
            "at": self.since,
            "phase": self.phase.value,
            "step": self.step,
            "weight": self.weight,
        }
        if self.paused is not None:
            found["paused"] = self.paused.record()
        if self.cause is not None:
            found["cause"] = self.cause.record()
        if self.late:
            found["late"] = True
        return found


class Outcome(StrEnum):
    """What a measurement says of a release."""

    SUCCESS = "success"
    FAILURE = "failure"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measurement, judged.

    Attributes:
        analysis: The analysis.
        at: When, in milliseconds of Unix time.
        outcome: What it says.
        value: The value, as the metrics' store wrote it; empty if there was none.
        samples: How many samples it rests on, likewise; empty if nobody asked.
        no_data: Whether there was no answer that counts: none, too old, or of too few samples.
        text: Why it is no success, in a sentence; empty if it is one.
    """

    analysis: str
    at: int
    outcome: Outcome
    value: str = ""
    samples: str = ""
    no_data: bool = False
    text: str = ""

    def record(self) -> dict[str, Any]:
        """Write it as plain values."""
        found: dict[str, Any] = {
            "analysis": self.analysis,
            "at": self.at,
            "outcome": self.outcome.value,
        }
        known = {"samples": self.samples, "text": self.text, "value": self.value}
        found |= {name: text for name, text in known.items() if text}
        if self.no_data:
            found["noData"] = True
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the measurements of an analysis came to since the position changed.

    Attributes:
        successes: How many succeeded.
        failures: How many failed.
        inconclusive: How many said neither.
        last: The newest; None if there was none.
    """

    successes: int = 0
    failures: int = 0
    inconclusive: int = 0
    last: Measured | None = None

    @property
    def judged(self) -> int:
        """How many said something; one that is neither judges nothing, it only takes time."""
        return self.successes + self.failures


class Order(StrEnum):
    """What a person may order while a delivery is on its way."""

    PAUSE = "pause"
    RESUME = "resume"
    ABORT = "abort"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """An order somebody gave.

    Attributes:
        entry: Its entry in the ledger.
        order: What.
        person: Who.
        reason: Why.
    """

    entry: int
    order: Order
    person: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a delivery is made to.

    Attributes:
        kind: Kind of the target: `local`, `argo`, `flagger`, `kserve` or `kubernetes`.
        version: Its version.
        namespace: Namespace of the objects; empty if it has none.
        options: What is said of the target, by name.
    """

    kind: str
    version: str = ""
    namespace: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery, folded from its entries.

    Attributes:
        entry: Index of the entry that began it; it is known by that.
        environment: Where to.
        name: Name of the release.
        release: Its digest.
        version: Its version.
        generation: Generation of the pointer it delivers; 0 for one that nobody promoted.
        previous: Digest of the release it takes the place of; empty if there was none.
        strategy: How.
        place: The target.
        rendering: Digest of the list of files it is rendered as.
        unpromoted: Whether it is a sandbox nobody promoted anything to.
        person: Who began it; empty for a sandbox.
        began: When, in milliseconds of Unix time.
        position: Where it stands.
        tallies: What each analysis came to since the position changed.
        order: The order that was not answered yet; None if there is none.
        exposed: When it first got requests, in milliseconds of Unix time; 0 if it never did.
        turned: When it was turned round, likewise.
    """

    entry: int
    environment: str
    name: str
    release: str
    version: str
    generation: int
    previous: str
    strategy: Strategy
    place: Place
    rendering: str
    unpromoted: bool
    person: str
    began: int
    position: Position
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    order: Ordered | None = None
    exposed: int = 0
    turned: int = 0

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.position.phase in OVER

    @property
    def serving(self) -> str:
        """Digest of the release that gets requests once nothing changes; empty for none."""
        if self.position.phase is Phase.STOPPED:
            return ""
        taken_out = self.position.phase in {Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.FAILED}
        return self.previous if taken_out else self.release


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """What is to run, and which share of requests it gets; follows from a delivery alone.

    Attributes:
        release: Whether the release runs.
        previous: Whether the one before runs.
        weight: Share of requests the release gets, in percent; the one before gets the rest.
    """

    release: bool
    previous: bool
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a release runs.

    Attributes:
        ready: Whether it says that it can serve.
        gone: How it ended, in a sentence; empty if it runs, or was never started.
    """

    ready: bool = False
    gone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The process that serves a release.

    Attributes:
        process: Its id.
        python: Path of its Python.
        filled: What was filled in when it was started, and differs from place to place: paths and
            ports, each with its placeholder.
    """

    process: int
    python: str
    filled: Mapping[str, str] = field(default_factory=dict)

    def plain(self, argument: str) -> str:
        """Write an argument with placeholders for what was filled in."""
        for value, placeholder in sorted(self.filled.items(), key=lambda one: -len(one[0])):
            if argument == value or value.startswith("/"):
                argument = argument.replace(value, placeholder)
        return argument


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a metrics' store answers to a query.

    Attributes:
        values: The values of all series, as it writes them; none for an empty answer.
        error: Why there is no answer; empty if there is one.
    """

    values: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that is asked for one measurement.

    Attributes:
        value: The answer to the query.
        samples: Answers to what counts its samples; all must reach the minimum.
        newest: Answer to when the newest sample it reads was taken, in seconds of Unix time.
    """

    value: Answer
    samples: tuple[Answer, ...] = ()
    newest: Answer | None = None
