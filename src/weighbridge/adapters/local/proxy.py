"""haproxy as a process of ours: started if it does not run, told what is to be, looked at."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.files import make_folder, storing, write_file
from weighbridge.adapters.local.haproxy import (
    BACKEND,
    CONFIGURATION,
    Place,
    RuntimeSocket,
    changes,
    emptied,
    files,
    sessions,
    states,
)
from weighbridge.adapters.local.ports import free_port, is_free
from weighbridge.adapters.local.waiting import until
from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from weighbridge.adapters.local.haproxy import Server
    from weighbridge.adapters.local.processes import Processes
    from weighbridge.adapters.local.programs import Program

NAME: Final = "haproxy"
_STARTS: Final = 10.0
_ENDS: Final = 5.0


class Proxy:
    """haproxy before the releases of a delivery."""

    def __init__(
        self,
        folder: Path,
        processes: Processes,
        program: Callable[[], Program],
        environ: Mapping[str, str],
        bind: str,
    ) -> None:
        """Say where it runs.

        Args:
            folder: A folder of its own.
            processes: The processes of the delivery.
            program: Finds haproxy.
            environ: Variables it runs with: `PATH` alone is handed on.
            bind: Address and port it takes requests at.
        """
        self._folder = folder
        self._processes = processes
        self._program = program
        self._environ = environ
        self._bind = bind
        self._socket = RuntimeSocket(folder)

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._processes.runs(NAME) is not None

    def converge(
        self,
        servers: Sequence[Server],
        *,
        host: str,
        ready_path: str,
        asks: Callable[[Server], bool],
    ) -> int:
        """Make it so that it shares requests between these servers.

        Args:
            servers: What is behind it.
            host: What they are asked as.
            ready_path: Path that answers 200 while they can serve.
            asks: Asks whether one can serve.

        Returns:
            The port of its own metrics.

        Raises:
            UnavailableError: It does not run, or does not do what it is told.
        """
        about = {"bind": self._bind, "host": host, "ready": ready_path}
        record = self._processes.runs(NAME)
        if record is not None and any(record.about.get(key) != one for key, one in about.items()):
            # These stand in its configuration alone.
            self._processes.end(NAME, grace=_ENDS)
            record = None
        metrics = free_port() if record is None else int(record.about["metrics"])
        place = Place(bind=self._bind, metrics=metrics, host=host, ready_path=ready_path)
        if record is not None and until(lambda: self._socket.answers() or not self.running, _ENDS):
            self._processes.adopt(NAME)
        if not self._socket.answers():
            self._processes.end(NAME, grace=_ENDS)
            servers = [replace(one, ready=asks(one)) for one in servers]
            self._write(place, servers)
            self._start({**about, "metrics": str(metrics)})
        else:
            self._write(place, [replace(one, ready=True) for one in servers])
        self._tell(servers)
        return metrics

    def demand(self) -> None:
        """See that it runs, or can: nothing is started that nobody could ask.

        Raises:
            UnavailableError: Somebody else listens where it is to take requests.
        """
        if not self.running:
            self._demand_port()

    def _demand_port(self) -> None:
        host, _, port = self._bind.rpartition(":")
        if not is_free(int(port), host.strip("[]")):
            raise UnavailableError(
                f"requests cannot be taken at {self._bind}: somebody else listens there",
                seen=f"port {port} is taken",
                wanted="an address and a port that are free",
                help=["name another one: option bind=127.0.0.1:PORT", "or end who listens there"],
            )

    def _write(self, place: Place, servers: Sequence[Server]) -> None:
        with storing(self._folder):
            make_folder(self._folder)
        for name, text in files(place, servers).items():
            _write(self._folder / name, text.encode("ascii"))

    def _start(self, about: Mapping[str, str]) -> None:
        program = self._program()
        self._demand_port()
        self._processes.start(
            NAME,
            [program.path, "-db", "-f", CONFIGURATION],
            environ={"PATH": self._environ.get("PATH", ""), **program.environ},
            folder=self._folder,
            about=about,
        )

        def settled() -> bool:
            return self._socket.answers() or not self.running

        if not until(settled, _STARTS) or not self.running:
            self._processes.remember(NAME)
            raise UnavailableError(
                "haproxy does not start",
                seen=self._processes.last_words(NAME) or "it says nothing",
                wanted="haproxy 2.6 or newer",
                help=["haproxy -vv", "look into logs/haproxy.log of the delivery's folder"],
            )

    def _tell(self, servers: Sequence[Server]) -> None:
        try:
            said = ""
            for _ in range(2):
                seen = states(self._socket.ask(f"show servers state {BACKEND}"))
                commands = changes(servers, seen)
                if seen and not commands:
                    return
                if seen:
                    said = self._socket.ask(*commands)
            seen = states(self._socket.ask(f"show servers state {BACKEND}"))
            left = changes(servers, seen)
        except OSError as error:
            raise _deaf(str(error)) from error
        if left or not seen:
            raise _deaf(said or f"not done: {'; '.join(left)}")

    def drain(self, slot: str, seconds: float) -> None:
        """Send a slot no more requests, and wait until it has finished those it has."""

        def idle() -> bool:
            try:
                return not sessions(self._socket.ask("show stat")).get(slot)
            except OSError:
                return True

        with contextlib.suppress(OSError):
            self._socket.ask(f"set server {BACKEND}/{slot} weight 0")
        until(idle, seconds)

    def empty(self, slot: str) -> None:
        """Take a slot out of service whose server has ended."""
        if self.running:
            try:
                self._socket.ask(*emptied(slot))
            except OSError as error:
                raise _deaf(str(error)) from error


def _deaf(reason: str) -> UnavailableError:
    return UnavailableError(
        "haproxy does not do what it is told",
        seen=reason[:300],
        wanted="an answer at its runtime socket",
        help=["run this again: what is done already is left"],
    )


def _write(path: Path, data: bytes) -> None:
    """Write a file that holds something else."""
    with storing(path):
        same = path.exists() and path.read_bytes() == data
    if not same:
        write_file(path, data)
