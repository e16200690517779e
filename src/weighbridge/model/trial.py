"""Trying a release: who runs it, what it answered, and what came of holding that to its papers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from weighbridge.model.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

GOLDEN: Final = "REP005"
PERFORMANCE: Final = "REP006"
FLOOR: Final = "REP009"


class NoAnswerError(Exception):
    """It could not be run here, or nothing came back: what it would have said is not known.

    Attributes:
        help: What to do, a step an entry.
    """

    def __init__(self, reason: str, *help_: str) -> None:
        """Say why, in a sentence."""
        super().__init__(reason)
        self.help = help_


class WrongAnswerError(Exception):
    """It answered, and that is no answer: an error, garbage, or more than anybody asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a model answered.

    Attributes:
        outputs: Plain values by the name of the output: numbers, texts, and lists of them.
        by: What says that it ran it, with its version; the program's own word, or empty.
    """

    outputs: Mapping[str, Any]
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What is to be run.

    Attributes:
        runner: The word of the manifest: `onnxruntime`, `command` …
        folder: The folder its files lie in.
        model: Path of the file or folder that is loaded; empty if a command finds it itself.
        entrypoint: `module:function` of its own code.
        command: A command and its arguments.
        endpoint: Address of a model on a server (Open Inference Protocol, v2).
        dtypes: Types of its inputs, by their names, in NumPy's words.
    """

    runner: str
    folder: str
    model: str = ""
    entrypoint: str = ""
    command: tuple[str, ...] = ()
    endpoint: str = ""
    dtypes: Mapping[str, str] = field(default_factory=dict)


class Conversation(Protocol):
    """A model that runs."""

    def ask(self, inputs: Mapping[str, Any]) -> Answer:
        """Ask it once.

        Raises:
            NoAnswerError: Nothing came back, or it cannot be run here.
            WrongAnswerError: What came back is no answer.
        """

    def memory(self) -> int | None:
        """Return the most bytes it ever held; None where nobody can see that."""


class Runner(Protocol):
    """Runs models."""

    @property
    def where(self) -> str:
        """Say in words where they run."""

    @property
    def local(self) -> bool:
        """Whether it starts what it asks, from the release's own bytes."""

    def open(self, served: Served) -> AbstractContextManager[Conversation]:
        """Start a model; it is ended with the context.

        Raises:
            NoAnswerError: It cannot be run here.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The load a measurement is made under.

    Attributes:
        concurrency: Requests that are open at once.
        rate: Requests a second; 0 for as many as there come answers.
        duration: Seconds it lasts at least.
    """

    concurrency: int = 1
    rate: float = 0.0
    duration: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Requests made one after the other, while nothing else was measured.

    Attributes:
        latencies: Seconds each took, in their order.
        elapsed: Seconds they took together.
    """

    latencies: tuple[float, ...]
    elapsed: float

    @property
    def throughput(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.elapsed if self.elapsed else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured of one release.

    Attributes:
        blocks: Its blocks; those of a baseline are their neighbours.
        cold_starts: Seconds from each start to the first answer.
        memory: The most bytes it held; None if nobody can see that.
    """

    blocks: tuple[Block, ...] = ()
    cold_starts: tuple[float, ...] = ()
    memory: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one test.

    Attributes:
        name: Its name, unique: `golden:0`, `metric:accuracy`, `performance:0:latency`.
        code: Code of the rule it is judged by.
        verdict: What came of it.
        pointer: JSON pointer of what the manifest says of it.
        message: One sentence, lower case, no full stop.
        seen: What was seen.
        wanted: What the manifest wants.
        help: What to do, a step an entry.
    """

    name: str
    code: str
    verdict: Verdict
    pointer: str
    message: str
    seen: str = ""
    wanted: str = ""
    help: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """All that came of trying a release.

    Attributes:
        name: Name of the release.
        version: Its version.
        digest: Release digest; None if it is not sealed.
        runner: Who ran it.
        by: What the program says it ran it with; its own word.
        where: Where it ran.
        local: Whether the release's own bytes were started here.
        baseline: Release digest, or the path, of what it was measured beside; empty if nothing.
        hardware: What somebody says this machine is; empty if nobody does.
        inputs: Name and digest of everything it was asked with.
        results: What came of each test.
    """

    name: str
    version: str
    digest: str | None
    runner: str
    by: str
    where: str
    local: bool
    baseline: str
    hardware: str
    inputs: tuple[tuple[str, str], ...]
    results: tuple[Result, ...]

    @property
    def verdict(self) -> Verdict:
        """`fail` if a test failed, `inconclusive` if one is or there is none, or `pass`."""
        found = {one.verdict for one in self.results}
        if Verdict.FAIL in found:
            return Verdict.FAIL
        return Verdict.PASS if found == {Verdict.PASS} else Verdict.INCONCLUSIVE
