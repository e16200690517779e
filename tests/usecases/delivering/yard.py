"""A yard: a registry with releases that are rolled out, and a machine that is only simulated.

The machine's processes outlive whoever drives a delivery, as real ones do; a driver can be killed
at every point at which it touches anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.usecases.cast import PASSPHRASES
from tests.usecases.stage import Stage, write_release
from weighbridge.adapters.keys import KeyFolder
from weighbridge.model.delivery import Answer, Delivery, Desired, Health, Place
from weighbridge.model.ports import NoProgress
from weighbridge.usecases.delivering.book import Book
from weighbridge.usecases.delivering.deliver import Delivering
from weighbridge.usecases.render import where_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.model.delivery_ports import Cargo
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Progress

COMMAND = "{python} serve.py --port {port}"
STAGING = f"""\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {{name: staging}}
spec:
  policy: staging@1
  target: {{kind: local, options: {{command: "{COMMAND}"}}}}
"""
ROLLOUT = """\
  rollout:
    strategy: canary
    steps:
      - {weight: 10, hold: 5s, analysis: errors}
      - {weight: 50, hold: 5s, analysis: errors}
      - {weight: 100}
    analysis:
      - name: errors
        query: >-
          sum(rate(requests_errors_total{release="$release"}[5s])) /
          sum(rate(requests_total{release="$release"}[5s]))
        success: "value < 0.01"
        failure: "value > 0.05"
        interval: 1s
        minSamples: 20
        onNoData: pause
        failureLimit: 1
        inconclusiveLimit: 2
  failureModes:
    - {id: wrong-labels, symptom: labels are wrong, signal: UnknownLabels, action: rollback}
  rollback: {to: previous, automaticOn: [errors, wrong-labels], maxDuration: 60s, verify: [errors]}
  observability:
    metrics:
      endpoint: ":9100/metrics"
      expected:
        - {name: requests_total, type: counter}
        - {name: requests_errors_total, type: counter}
        - {name: unknown_ratio, type: gauge}
    alerts:
      - {alert: UnknownLabels, expr: "unknown_ratio > 0.2", for: 5m, labels: {severity: page}}
"""
OLD, NEW, NEWER = "demo@2.0.0", "demo@2.1.0", "demo@2.2.0"


class Killed(BaseException):
    """The driver is gone, as by kill -9."""


@dataclass
class Machine:
    """Processes, shares of requests and metrics of one machine; implements `Driven`.

    Attributes:
        errors: Share of requests that fail, by release digest.
        crashes: Releases that end a second after they got their first requests.
        never: Releases that never get ready.
        down: Whether the metrics cannot be asked.
        quiet: Whether there are no requests.
        fires: Failure modes whose alerts fire, by release.
        now: The time, in milliseconds of Unix time.
        killed_at: After how many touches the driver is killed; None for never.
    """

    errors: dict[str, float] = field(default_factory=dict)
    crashes: set[str] = field(default_factory=set)
    never: set[str] = field(default_factory=set)
    fires: dict[str, dict[str, str]] = field(default_factory=dict)
    down: bool = False
    quiet: bool = False
    now: int = 1_800_000_000_000
    killed_at: int | None = None
    touches: int = 0
    laid_out: dict[str, dict[str, bytes]] = field(default_factory=dict)
    running: dict[str, int] = field(default_factory=dict)
    exposed: dict[str, int] = field(default_factory=dict)
    shares: list[tuple[str, int]] = field(default_factory=list)
    starts: list[str] = field(default_factory=list)

    def touch(self) -> None:
        """Be killed, if it is time."""
        self.touches += 1
        if self.killed_at is not None and self.touches >= self.killed_at:
            self.killed_at = None
            raise Killed

    def prepare(self, cargo: Cargo, progress: Progress) -> None:
        del progress
        self.touch()
        files: dict[str, bytes] = {}
        cargo.lay_out(lambda path, chunks: files.update({path: b"".join(chunks)}))
        self.laid_out[cargo.digest] = files
        self.touch()

    def converge(self, release: Cargo, previous: Cargo | None, desired: Desired) -> None:
        self.touch()
        wanted = {release.digest: desired.release}
        if previous is not None:
            wanted[previous.digest] = desired.previous
        for digest, runs in wanted.items():
            if runs and digest not in self.running:
                assert digest in self.laid_out
                self.running[digest] = self.now
                self.starts.append(digest)
                self.touch()
        share = (release.digest, desired.weight)
        if not self.shares or self.shares[-1] != share:
            self.shares.append(share)
            self.touch()
        if desired.weight:
            self.exposed.setdefault(release.digest, self.now)
        for digest, runs in wanted.items():
            if not runs and digest in self.running:
                del self.running[digest]
                self.exposed.pop(digest, None)
                self.touch()

    def health(self, digest: str) -> Health:
        if digest not in self.running or digest in self.never:
            return Health()
        if digest in self.crashes and self.now - self.exposed.get(digest, self.now) > 1_000:
            return Health(gone="was ended by SIGKILL")
        return Health(ready=True)

    def serving(self, digest: str) -> None:
        """Say that nobody can look at a process that is only simulated."""
        del digest

    def watched(self, digest: str) -> bool:
        return digest in self.running

    def firing(self, digest: str) -> Mapping[str, str] | None:
        return self.fires.get(digest, {})

    @property
    def meter(self) -> Machine:
        return self

    def ask(self, query: str) -> Answer:
        self.touch()
        if self.down:
            return Answer(error="connection refused")
        release = next((one for one in self.running if one in query), "")
        if self.quiet or not release:
            return Answer()
        if "timestamp" in query:
            return Answer(values=(str(self.now / 1000),))
        if "increase" in query:
            return Answer(values=("400",))
        return Answer(values=(str(self.errors.get(release, 0.0)),))

    def stop_all(self) -> None:
        self.running.clear()

    def close(self) -> None:
        """Nobody else would come in here."""

    def wait(self, seconds: float) -> None:
        self.touch()
        self.now += int(seconds * 1000)
        if self.now > 1_800_000_000_000 + 600_000:
            raise AssertionError("it waits for ever")


class Yard(Stage):
    """Runs commands and deliveries where there are releases to roll out."""

    machine: Machine

    def seal(self, reference: str, more: str = "", *, passing: bool = True) -> str:
        """Make a release that is rolled out in steps, and say all of it that is asked for."""
        version = reference.split("@")[1]
        write_release(self.folder, version, f'["cat {version}"]\n'.encode())
        path = self.folder / "release.yaml"
        path.write_text(path.read_text() + ROLLOUT + more)
        self.done("seal")
        self.done("sign", reference, by="bea")
        assert (self.check(reference).code == 0) is passing
        return self.release(reference)

    def signer(self, name: str = "dora") -> AnySigner:
        return KeyFolder(self.keys).locked(name).unlock(PASSPHRASES[name])

    def delivering(
        self,
        environment: str = "staging",
        *,
        told: Callable[[Delivery], None] = lambda _: None,
        by: str = "dora",
    ) -> Delivering:
        return Delivering(
            name="demo",
            environment=environment,
            registry=self.registry,
            signer=self.signer(by) if by else None,
            open_target=lambda _: self.machine,
            look=None,
            clock=self.clock,
            milliseconds=lambda: self.machine.now,
            wait=self.machine.wait,
            told=lambda delivery, _: told(delivery),
            progress=NoProgress(),
        )

    def place(self, environment: str = "staging") -> Place:
        where = where_of(environment, self.registry)
        return Place(kind=where.target, options=where.options)

    def deliver(self, **more: Any) -> Delivery:  # noqa: ANN401 - as `delivering` has them
        return self.delivering(**more).deliver(self.place())

    def delivered(self) -> list[Delivery]:
        """Fold all deliveries to staging."""
        book = Book(self.registry, "staging", "demo")
        book.read()
        return list(book._found.all)
