"""Prometheus as a process of ours: started if it does not run, given what it is to watch."""

from __future__ import annotations

import hashlib
import json
import signal
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.files import make_folder, storing, write_file
from weighbridge.adapters.local.ports import free_port, is_free
from weighbridge.adapters.local.prometheus import CONFIGURATION, LocalPrometheus, files
from weighbridge.adapters.local.waiting import until
from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from weighbridge.adapters.local.processes import Processes
    from weighbridge.adapters.local.programs import Program
    from weighbridge.adapters.local.prometheus import Watched

NAME: Final = "prometheus"
_APPLIED: Final = "applied"
_STARTS: Final = 15.0
_DIES: Final = 0.2
_KEPT: Final = "1d"
_LARGEST: Final = "256MB"


class Watch:
    """Prometheus beside the releases of a delivery."""

    def __init__(
        self,
        folder: Path,
        processes: Processes,
        program: Callable[[], Program],
        *,
        bind: str,
        seconds: int,
    ) -> None:
        """Say where it runs.

        Args:
            folder: A folder of its own.
            processes: The processes of the delivery.
            program: Finds Prometheus.
            bind: Address and port it answers at; port 0 for any that is free.
            seconds: Seconds between two looks.
        """
        self._folder = folder
        self._processes = processes
        self._program = program
        self._bind = bind
        self._seconds = seconds
        self.meter = LocalPrometheus(self._address)

    def _address(self) -> str:
        found = self._processes.runs(NAME)
        return "" if found is None else found.about["address"]

    def converge(self, watched: Sequence[Watched], proxy: int) -> None:
        """Make it watch these releases, by their rules and no others.

        Args:
            watched: The releases that run.
            proxy: Port of haproxy's own metrics.

        Raises:
            UnavailableError: It does not run, or does not take what it is given.
        """
        wanted = files(watched, seconds=self._seconds, proxy=proxy)
        self._write(wanted)
        digest = _digest(wanted)
        record = self._processes.runs(NAME)
        if record is not None and record.about.get("bind") != self._bind:
            self._processes.end(NAME, grace=_STARTS)
            record = None
        if record is None:
            token = self._start()
        else:
            self._processes.adopt(NAME)
            token = record.token
            if self._applied() == [token, digest]:
                return
            # Before it has begun to listen for it, the signal would end it.
            if not until(self.meter.ready, _STARTS):
                raise self._silent()
            self._processes.signal(record, signal.SIGHUP)
        # After it was told: should we be killed in between, it is told once more.
        write_file(self._folder / _APPLIED, json.dumps([token, digest]).encode())

    def _write(self, wanted: Mapping[str, bytes]) -> None:
        with storing(self._folder):
            make_folder(self._folder / "rules")
            for path in sorted((self._folder / "rules").iterdir()):
                if f"rules/{path.name}" not in wanted:
                    path.unlink()
        for name, data in wanted.items():
            path = self._folder / name
            with storing(path):
                same = path.exists() and path.read_bytes() == data
            if not same:
                write_file(path, data)

    def _applied(self) -> object:
        try:
            return json.loads((self._folder / _APPLIED).read_bytes())
        except (OSError, ValueError):
            return None

    def _start(self) -> str:
        program = self._program()
        host, _, port = self._bind.rpartition(":")
        chosen = int(port) or self._before() or free_port(host.strip("[]"))
        address = f"{host}:{chosen}"
        if not is_free(chosen, host.strip("[]")):
            raise UnavailableError(
                f"Prometheus cannot answer at {address}: somebody else listens there",
                seen=f"port {chosen} is taken",
                wanted="an address and a port that are free",
                help=["let it take any: option prometheus=127.0.0.1:0"],
            )
        command = [
            program.path,
            f"--config.file={CONFIGURATION}",
            "--storage.tsdb.path=data",
            f"--storage.tsdb.retention.time={_KEPT}",
            f"--storage.tsdb.retention.size={_LARGEST}",
            f"--web.listen-address={address}",
            "--log.level=warn",
            # What is new would wait five seconds longer. Not among what --help says, and there
            # from 2.42 to 3.
            "--scrape.discovery-reload-interval=100ms",
        ]
        record = self._processes.start(
            NAME,
            command,
            environ=program.environ,
            folder=self._folder,
            about={"address": address, "bind": self._bind},
        )
        # What it cannot start by, it says at once.
        if until(lambda: self._processes.runs(NAME) is None, _DIES):
            raise self._silent()
        return record.token

    def _before(self) -> int:
        """Return the port it had before it ended, if that is free."""
        found = self._processes.look(NAME)
        if found is None or found.about.get("bind") != self._bind:
            return 0
        port = int(found.about["address"].rpartition(":")[2])
        return port if is_free(port, self._bind.rpartition(":")[0].strip("[]")) else 0

    def _silent(self) -> UnavailableError:
        return UnavailableError(
            "Prometheus does not run as it should",
            seen=self._processes.last_words(NAME) or "it says nothing",
            wanted="Prometheus 2.42 or newer",
            help=["prometheus --version", "look into logs/prometheus.log of the delivery's folder"],
        )


def _digest(wanted: Mapping[str, bytes]) -> str:
    hasher = hashlib.sha256()
    for name, data in sorted(wanted.items()):
        hasher.update(f"{name} {len(data)}\n".encode() + data)
    return hasher.hexdigest()
