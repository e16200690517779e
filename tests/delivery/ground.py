"""An environment on this machine, all real: the command line, servers, haproxy, Prometheus."""

from __future__ import annotations

import json
import os
import queue
import signal
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.canary.traffic import Traffic
from scripts.canary.yard import NAME
from weighbridge.adapters.local.ports import free_port
from weighbridge.adapters.local.waiting import until
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.event import Kind
from weighbridge.usecases.believed import believe
from weighbridge.usecases.delivering.book import topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from scripts.canary.traffic import Answered
    from scripts.canary.yard import Yard
    from tests.delivery.releases import Releases

PATIENCE = 60.0
"""Seconds after which what does not come is taken never to come."""


class Ground:
    """An environment: what is promoted to it, what runs for it, what the ledger says of that."""

    def __init__(self, yard: Yard, releases: Releases, name: str) -> None:
        """Name it; it is there once it was applied.

        Attributes:
            standing: Digest of the release that gets requests, as the last delivery left it.
        """
        self.yard, self.releases, self.name = yard, releases, name
        self.port, self.measuring = free_port(), free_port()
        self.folder = yard.home / "deliveries" / name / NAME
        self.standing = ""
        self._held = False

    def apply(self, **options: str) -> None:
        """Apply the environment, with options of its target."""
        known = {
            "bind": f"127.0.0.1:{self.port}",
            "prometheus": f"127.0.0.1:{self.measuring}",
        }
        self.yard.environment(self.name, **{**known, **options})

    def promote(self, release: str) -> str:
        """Have the environment point to a release, which is sealed if it was not; its digest."""
        digest = self.releases.digest(release)
        if self._held:
            self.lift()
        self.yard.promote(self.releases.version(release), self.name)
        return digest

    def lift(self) -> None:
        """Let promotions in again behind a rollback."""
        words = ("lift", NAME, "--in", self.name, "--reason", "it was looked at")
        self.yard.run(*words, by=["dora"])
        self._held = False

    def roll_back(self) -> None:
        """Go back to the release before, in all things."""
        self.yard.run("rollback", NAME, "--in", self.name, by=["dora"])
        self._held = True

    def deliver(self, *, wanted: int = 0) -> dict[str, Any]:
        """Deliver to the end; return what is said of it."""
        words = ("deliver", NAME, "--in", self.name, "--output-format", "json")
        return self.ended(self.yard.run(*words, by=["dora"], wanted=wanted).out)

    def ended(self, out: str) -> dict[str, Any]:
        """Remember how a delivery ended, as it is told."""
        done: dict[str, Any] = json.loads(out)
        delivered = done["phase"] == "delivered"
        self.standing = done["release" if delivered else "previous"] or ""
        self._held = not delivered
        return done

    def drive(self) -> Driver:
        """Begin to deliver, and do not wait for it."""
        return Driver(self)

    def order(self, verb: str, *more: str) -> None:
        """Pause, resume or abort what is on its way."""
        words = (verb, NAME, "--in", self.name, "--reason", "the tests say so", *more)
        self.yard.run(*words, by=["dora"])

    def traffic(self, **more: Any) -> Traffic:  # noqa: ANN401 - as Traffic has them
        """Send requests."""
        return Traffic(self.port, name=NAME, **more)

    def status(self) -> dict[str, Any]:
        """Say how it stands."""
        done = self.yard.run("status", NAME, "--in", self.name, "--output-format", "json")
        found: dict[str, Any] = json.loads(done.out)["pointers"][0]
        return found

    def entries(self, kind: Kind) -> list[Mapping[str, Any]]:
        """List what entries of a kind say of its newest delivery, oldest first."""
        registry = EmbeddedRegistry(self.yard.home)
        with registry.reading() as view:
            log = believe(view, log_key=registry.log_key)
            every = list(log.found(topic(self.name, NAME)))
        last = max(index for index, event in every if event.kind is Kind.DELIVERY_STARTED)
        return [one.body for index, one in every if one.kind is kind and index >= last]

    def went(self) -> list[tuple[str, int]]:
        """List phases and weights its newest delivery went through, as the ledger has them."""
        return [(one["phase"], one["weight"]) for one in self.entries(Kind.DELIVERY_MOVED)]

    def record(self, name: str) -> dict[str, Any]:
        """Read what is remembered of a process."""
        found: dict[str, Any] = json.loads((self.folder / "run" / f"{name}.json").read_bytes())
        return found

    def servers(self) -> dict[str, list[int]]:
        """List all processes that run in folders of releases, by the release's first digits."""
        found: dict[str, list[int]] = {}
        for pid, folder in running_below(self.folder):
            parts = folder.relative_to(self.folder).parts
            if parts[0] == "releases":
                found.setdefault(parts[1].partition("-")[0], []).append(pid)
        return found

    def server(self, digest: str) -> int:
        """Return the one process that serves a release."""
        (found,) = self.servers()[short(digest)]
        return found

    def configured(self, digest: str) -> dict[str, Any]:
        """Return parameters and flags as the process of a release was given them."""
        words = Path(f"/proc/{self.server(digest)}/environ").read_bytes().split(b"\0")
        known = dict(word.decode().split("=", 1) for word in words if b"=" in word)
        folder = Path(known["WEIGHBRIDGE_CONFIG"])
        about, parameters = (
            json.loads((folder / f"{name}.json").read_bytes()) for name in ("release", "parameters")
        )
        assert about["digest"] == digest
        flags = json.loads((folder / "flags.json").read_bytes())["flags"]
        variants = {name: one["defaultVariant"] for name, one in flags.items()}
        return {"parameters": parameters, "flags": variants}

    def alerts(self) -> set[str]:
        """Name the releases whose alerts Prometheus has loaded, by their first digits."""
        told = asked(self.measuring, "/api/v1/rules?type=alert")
        return {Path(one["file"]).stem[:12] for one in told["data"]["groups"]}

    def settings(self) -> dict[str, Any]:
        """Return what the server that gets requests says of its model."""
        found: dict[str, Any] = asked(self.port, f"/v2/models/{NAME}")
        return found

    def end(self) -> None:
        """End what runs, and see that nothing is left."""
        self.yard.end(self.name)
        assert self.left() == []

    def left(self) -> list[tuple[int, Path]]:
        """List what runs below its folder."""
        return list(running_below(self.folder))


@contextmanager
def settled(ground: Ground) -> Iterator[Ground]:
    """Have the old release run; whatever fails, nothing is left running."""
    try:
        ground.apply()
        ground.promote("old")
        ground.deliver()
        yield ground
    finally:
        ground.end()


class Driver:
    """`weighbridge deliver` on its way."""

    def __init__(self, ground: Ground) -> None:
        words = ("deliver", NAME, "--in", ground.name, "--output-format", "json")
        self._ground = ground
        self.process = ground.yard.start(*words, by=["dora"])
        self.lines: list[str] = []
        self.out = ""
        self._new: queue.Queue[str | None] = queue.Queue()
        self._readers = [
            threading.Thread(target=one, daemon=True) for one in (self._hear, self._read)
        ]
        for one in self._readers:
            one.start()

    def _hear(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._new.put(line)
        self._new.put(None)

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.out = self.process.stdout.read()

    def says(self, words: str) -> str:
        """Wait until it says something, and return that line."""
        deadline = time.monotonic() + PATIENCE
        while (line := self._new.get(timeout=max(0.1, deadline - time.monotonic()))) is not None:
            self.lines.append(line)
            if words in line:
                return line
        raise AssertionError(f"it never said {words}: {''.join(self.lines)}{self.out}")

    def kill(self) -> None:
        """Kill it: nothing it would do at its end is done."""
        self.process.kill()
        self._gone()

    def interrupt(self) -> str:
        """Interrupt it, as Ctrl-C does; return what it says."""
        self.process.send_signal(signal.SIGINT)
        self._gone()
        return self.heard

    def done(self, *, wanted: int = 0) -> dict[str, Any]:
        """Wait for its end; return what is said of the delivery."""
        self._gone()
        assert self.process.returncode == wanted, self.heard + self.out
        return self._ground.ended(self.out)

    @property
    def heard(self) -> str:
        """All it has said besides its result."""
        while not self._new.empty():
            self.lines.append(self._new.get() or "")
        return "".join(self.lines)

    def _gone(self) -> None:
        self.process.wait(timeout=PATIENCE)
        for one in self._readers:
            one.join(timeout=PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


def short(digest: str) -> str:
    """Return the digits of a digest that folders are called by."""
    return digest.removeprefix("sha256:")[:12]


def running_below(folder: Path) -> list[tuple[int, Path]]:
    """List processes that were started below a folder, each with where."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - names
        if not name.isdigit():
            continue
        try:
            where = Path(f"/proc/{name}/cwd").readlink()
        except OSError:
            continue  # it has just ended, or is nobody's
        if where.is_relative_to(folder):
            found.append((int(name), where))
    return found


def asked(port: int, path: str) -> Any:  # noqa: ANN401 - what JSON holds
    """Ask for something that is JSON."""
    one = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        one.request("GET", path)
        return json.loads(one.getresponse().read())
    finally:
        one.close()


def soon(condition: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    assert until(condition, PATIENCE), f"it never came that {what}"


def exposed(answers: list[Answered], digest: str) -> tuple[int, int]:
    """Say when a release was sent its first request that it answered, and when its last."""
    sent = [one.sent for one in answers if one.release == digest]
    assert sent, "it never answered a request"
    return min(sent), max(sent)


def shares(answers: list[Answered], digests: Mapping[str, str]) -> dict[str, float]:
    """Say which share of requests each release answered."""
    return {
        name: sum(one.release == digest for one in answers) / max(1, len(answers))
        for name, digest in digests.items()
    }
