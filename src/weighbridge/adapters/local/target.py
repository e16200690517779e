"""Delivery to this machine: what `deliver --to local` drives.

Nothing is remembered in memory that has to last: each call reads what runs, and does what is left
to do. What runs outlives whoever started it, and is found again by the next.
"""

from __future__ import annotations

import math
import platform
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.files import storing
from weighbridge.adapters.local.environments import Environments
from weighbridge.adapters.local.haproxy import SLOTS, Server
from weighbridge.adapters.local.laying import LaidOut, lay_out, place_of
from weighbridge.adapters.local.locking import FolderLock
from weighbridge.adapters.local.processes import Processes
from weighbridge.adapters.local.programs import TOOLS, find_program
from weighbridge.adapters.local.prometheus import Watched
from weighbridge.adapters.local.proxy import NAME as HAPROXY
from weighbridge.adapters.local.proxy import Proxy
from weighbridge.adapters.local.servers import (
    PREFIX,
    Servers,
    Started,
    answers,
    reference_command,
)
from weighbridge.adapters.local.watching import NAME as PROMETHEUS
from weighbridge.adapters.local.watching import Watch
from weighbridge.model.delivery import WHOLE, Health, Serving
from weighbridge.model.errors import UnavailableError, UnmeasuredError
from weighbridge.render.haproxy import server_name
from weighbridge.render.local import OPTIONS, RULES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.adapters.local.records import Record
    from weighbridge.adapters.local.servers import Reference
    from weighbridge.model.delivery import Desired
    from weighbridge.model.delivery_ports import Cargo, Meter
    from weighbridge.model.ports import Progress

_GRACE: Final = 30.0
_LEAST: Final = 2.0
"""Seconds a server has to end, at least, however long its last requests took."""
_ENDS: Final = 5.0


class LocalTarget:
    """Runs releases on this machine, with haproxy before them and Prometheus beside them."""

    def __init__(
        self,
        *,
        folder: Path,
        options: Mapping[str, str],
        environ: Mapping[str, str],
        tools: Path | None = None,
        contained: bool = False,
        offline: bool = False,
        reference: Reference = reference_command,
    ) -> None:
        """Say where and how; nothing is made or started yet.

        Args:
            folder: The folder of the delivery, which is nobody else's.
            options: What is said of the target, by name; the rest is at its defaults.
            environ: The variables of whoever drives: `PATH`, secrets, where indexes are.
            tools: Folder that packages of Debian were unpacked into; what `WEIGHBRIDGE_TOOLS`
                names if None.
            contained: Whether servers run in bubblewrap.
            offline: Whether nothing may be fetched.
            reference: Gives the command of the reference server.

        Raises:
            UnavailableError: This is no Linux, or bubblewrap is wanted and not there.
        """
        if platform.system() != "Linux":
            raise UnavailableError(
                "releases are delivered to this machine on Linux alone",
                seen=platform.system(),
                wanted="Linux",
                help=["deliver from a Linux machine", "or to a cluster: kind argo or kubernetes"],
            )
        known = {one.name: one.default for one in OPTIONS} | dict(options)
        named = environ.get(TOOLS)
        self._tools = tools if tools is not None or not named else Path(named)
        self._environ = environ
        self._folder = folder
        self._lock = FolderLock(folder)
        self._processes = Processes(folder)
        self._asked: set[str] = set()
        bwrap = find_program("bwrap", self._tools, environ) if contained else None
        self._servers = Servers(folder, self._processes, environ, bwrap=bwrap, reference=reference)
        self._environments = Environments(folder / "environments", known, environ, offline=offline)
        self._proxy = Proxy(
            folder / "haproxy",
            self._processes,
            lambda: find_program("haproxy", self._tools, environ),
            environ,
            known["bind"],
        )
        self._watch = Watch(
            folder / "prometheus",
            self._processes,
            lambda: find_program("prometheus", self._tools, environ),
            bind=known["prometheus"],
            seconds=int(known["scrapeSeconds"]),
        )

    @property
    def meter(self) -> Meter:
        """Prometheus, as far as it runs."""
        return self._watch.meter

    def prepare(self, cargo: Cargo, progress: Progress) -> None:
        """Lay a release out, and make the Python environment it runs in.

        A server of it that ended of itself before this target was made may be started again.

        Raises:
            RegistryError: Bytes are not what was sealed.
            StorageError: There is no room, or no right to write.
            UnavailableError: A program is missing, or the environment cannot be made.
        """
        self._lock.take()
        for program in ("haproxy", "prometheus"):
            find_program(program, self._tools, self._environ)
        name = server_name(cargo.digest)
        found = self._processes.look(name)
        if (
            found is not None
            and found.pid
            and place_of(cargo, self._releases).folder == Path(found.about["folder"])
        ):
            return  # it runs of what was verified when it was laid out
        place = lay_out(cargo, self._releases, progress)
        place.keep_python(self._environments.make(cargo.release, place.release, progress))
        if found is not None and not found.pid and name not in self._asked:
            self._processes.end(name, grace=0)

    def converge(self, release: Cargo, previous: Cargo | None, desired: Desired) -> None:
        """Make it so: what is to run is started, what is not is stopped, requests are shared.

        A release that ended of itself is not started again, so that it can be seen; the one before
        is. Shares are set before anything is stopped. Waits for requests of what is stopped, no
        longer than its `graceSeconds`; not for what is started.

        Raises:
            UnavailableError: A program is missing or does not run, or a release was not prepared.
            UnmeasuredError: Prometheus does not run; all else was done.
            StorageError: There is no room, or no right to write.
        """
        self._lock.take()
        if previous is not None and previous.digest == release.digest:
            previous = None
        shares: list[tuple[Cargo, int, bool]] = []
        if desired.release:
            shares.append((release, desired.weight, False))
        if desired.previous and previous is not None:
            shares.append((previous, WHOLE - desired.weight, True))
        if not shares:
            self._stop(self._names())
            self.stop_all()
            return
        wanted = {server_name(cargo.digest) for cargo, _, _ in shares}
        extra = [one for one in self._names() if one not in wanted]
        if len(extra) + len(shares) > len(SLOTS):
            self._stop(extra)
            extra = []
        self._proxy.demand()
        started = [(self._started(cargo, again=again), weight) for cargo, weight, again in shares]
        proxy = self._share(started, release)
        watched = [_watched(one) for one, _ in started]
        try:
            self._watch.converge(watched, proxy)
        except UnavailableError as error:
            faults = [replace(one, code=UnmeasuredError.code) for one in error.faults]
            raise UnmeasuredError.from_faults(faults) from error
        finally:
            self._stop(extra)

    def health(self, digest: str) -> Health:
        """Look how a release runs."""
        found = self._processes.look(server_name(digest))
        if found is None:
            return Health()
        if not found.pid:
            words = self._processes.last_words(found.name)
            return Health(gone=f"{found.ended}; its last words: {words}" if words else found.ended)
        one = _started_of(found)
        return Health(ready=answers(one.port, one.process["readyPath"]))

    def serving(self, digest: str) -> Serving | None:
        """Say which process serves a release, and by which Python; None if none does."""
        found = self._processes.look(server_name(digest))
        if found is None or not found.pid:
            return None
        one = _started_of(found)
        return Serving(process=found.pid, python=one.place.python, filled=one.filled)

    def watched(self, digest: str) -> bool:
        """Tell whether Prometheus reads a release's metrics; one that has none needs no watching.

        Prometheus takes up what it is told of every five seconds, whatever the interval of scrapes.
        """
        found = self._processes.look(server_name(digest))
        if found is None:
            return False
        if not _started_of(found).process["metrics"]:
            return True
        return self._watch.meter.ask(f'up{{release="{digest}"}} == 1').values != ()

    def firing(self, digest: str) -> Mapping[str, str] | None:
        """Return failure modes whose alerts fire for a release, each with the alert.

        None if Prometheus cannot be asked, or has not looked at the release's rules yet.
        """
        found = self._processes.look(server_name(digest))
        if found is None:
            return None
        if not (_started_of(found).place.rendered / RULES).exists():
            return {}
        return self._watch.meter.firing(digest)

    def stop_all(self, *, grace: float = _ENDS) -> None:
        """End every process of the delivery; what is laid out stays.

        Args:
            grace: Seconds each has, before it is killed.
        """
        self._lock.take()
        names = self._processes.names()
        # First who takes requests, last who watches.
        names.sort(key=lambda name: (name == PROMETHEUS, name != HAPROXY))
        for name in names:
            found = self._processes.look(name)
            contained = found is not None and bool(found.about.get("contained"))
            self._processes.end(name, grace=grace, contained=contained)

    def close(self) -> None:
        """Let another driver work on the delivery; what runs goes on."""
        self._lock.release()

    @property
    def _releases(self) -> Path:
        return self._folder / "releases"

    def _names(self) -> list[str]:
        return [one for one in self._processes.names() if one.startswith(PREFIX)]

    def _started(self, cargo: Cargo, *, again: bool) -> Started:
        """Return the server of a release, which is started if it was not.

        Args:
            cargo: The release.
            again: Whether it is started again if it ended of itself.
        """
        name = server_name(cargo.digest)
        place = place_of(cargo, self._releases)
        found = self._processes.look(name)
        if found is not None and found.about["rendering"] != place.rendering:
            self._stop([name])
            found = None
        if found is None or (not found.pid and again):
            slot = self._slot(name) if found is None else found.about["slot"]
            self._asked.add(name)
            return self._servers.start(place, slot)
        if found.pid:
            self._processes.adopt(name)
        else:
            self._processes.remember(name)
        return Started(record=found, place=place, process=place.process())

    def _slot(self, name: str) -> str:
        """Return a slot that no other server is behind."""
        others = (self._processes.look(one) for one in self._names() if one != name)
        taken = {one.about["slot"] for one in others if one is not None}
        return next(slot for slot in SLOTS if slot not in taken)

    def _share(self, started: Sequence[tuple[Started, int]], release: Cargo) -> int:
        # haproxy shares exactly over a round of 16 times all weights: the smaller, the sooner.
        common = math.gcd(*(weight for _, weight in started)) or 1
        servers = [
            Server(
                slot=one.slot,
                digest=one.process["release"],
                port=one.port,
                weight=weight // common,
            )
            for one, weight in started
        ]
        about = place_of(release, self._releases).process()
        ready = about["readyPath"]
        return self._proxy.converge(
            servers,
            host=about["job"],
            ready_path=ready,
            asks=lambda one: answers(one.port, ready),
        )

    def _stop(self, names: Sequence[str]) -> None:
        """End servers that get no more requests, once they have finished those they have."""
        for name in names:
            found = self._processes.look(name)
            if found is not None and found.pid:
                grace = _grace(found)
                self._proxy.drain(found.about["slot"], grace)
                contained = bool(found.about["contained"])
                self._processes.end(name, grace=max(_LEAST, grace), contained=contained)
            else:
                self._processes.end(name, grace=0)
            if found is not None:
                self._proxy.empty(found.about["slot"])


def _started_of(record: Record) -> Started:
    place = LaidOut(Path(record.about["folder"]), record.about["rendering"])
    return Started(record=record, place=place, process=place.process())


def _grace(record: Record) -> float:
    try:
        return float(_started_of(record).process["graceSeconds"])
    except UnavailableError:
        return _GRACE


def _watched(one: Started) -> Watched:
    rules = one.place.rendered / RULES
    with storing(rules):
        data = rules.read_bytes() if rules.exists() else None
    return Watched(
        digest=one.process["release"],
        version=one.process["version"],
        job=one.process["job"],
        slot=one.slot,
        port=one.metrics_port,
        path=one.process["metrics"].get("path", ""),
        rules=data,
    )
