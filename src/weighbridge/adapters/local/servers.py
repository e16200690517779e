"""The servers of releases: which command, which variables, which ports; started and asked."""

from __future__ import annotations

import http.client
import importlib
import json
import os
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.files import make_folder, storing
from weighbridge.adapters.local.containing import HOME, contained
from weighbridge.adapters.local.environments import base_of
from weighbridge.adapters.local.ports import HERE, free_port
from weighbridge.model.errors import DeliveryError, UnavailableError
from weighbridge.render.haproxy import server_name
from weighbridge.render.local import CONFIGURATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from weighbridge.adapters.local.laying import LaidOut
    from weighbridge.adapters.local.processes import Processes
    from weighbridge.adapters.local.programs import Program
    from weighbridge.adapters.local.records import Record

    Reference = Callable[[str, str, str, str, int], tuple[str, ...]]
    """Python, model, name, version, port; gives the command of the reference server."""

PREFIX: Final = server_name("sha256:")
"""What the servers of releases are called begins with that."""
_PATH: Final = "/usr/local/bin:/usr/bin:/bin"
_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z]+)\}")
_PATIENCE: Final = 1.0
_LAUNCH: Final = Path(__file__).with_name("launch.py")
_SERVING: Final = "weighbridge.adapters.serving"
_OK: Final = 200


def reference_command(python: str, model: str, name: str, version: str, port: int) -> Any:  # noqa: ANN401
    """Return the command of the reference server.

    Raises:
        UnavailableError: This version of weighbridge has none.
    """
    try:
        serving = importlib.import_module(_SERVING)
    except ImportError as error:
        raise UnavailableError(
            "this version of weighbridge has no reference server",
            help=["say what serves the release: option command='{python} serve.py --port {port}'"],
        ) from error
    return serving.command(python, model, name, version, port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A server that was started, whether or not it runs still.

    Attributes:
        record: Its process.
        place: Where its release lies.
        process: How it is started, as it was rendered.
    """

    record: Record
    place: LaidOut
    process: Mapping[str, Any]

    @property
    def port(self) -> int:
        """The port it answers at."""
        return int(self.record.about["port"])

    @property
    def metrics_port(self) -> int:
        """The port its metrics are read at; 0 if it has none."""
        return int(self.record.about["metricsPort"])

    @property
    def slot(self) -> str:
        """The server of haproxy's it is behind."""
        return self.record.about["slot"]

    @property
    def filled(self) -> dict[str, str]:
        """What was filled in when it was started, each with its placeholder."""
        found = {
            str(self.place.release): "{release}",
            str(self.place.rendered / CONFIGURATION): "{config}",
            self.place.python: "{python}",
            str(self.port): "{port}",
        }
        return {str(self.metrics_port): "{metricsPort}"} | found


class Servers:
    """Starts the servers of releases."""

    def __init__(
        self,
        folder: Path,
        processes: Processes,
        environ: Mapping[str, str],
        *,
        bwrap: Program | None,
        reference: Reference,
    ) -> None:
        """Say how they are started.

        Args:
            folder: The folder of the delivery.
            processes: Its processes.
            environ: Variables of whoever drives: secrets that are variables come from there.
            bwrap: What they run in; None for nothing.
            reference: Gives the command of the reference server.
        """
        self._folder = folder
        self._processes = processes
        self._environ = environ
        self._bwrap = bwrap
        self._reference = reference

    def start(self, place: LaidOut, slot: str) -> Started:
        """Start the server of a release.

        Args:
            place: Where the release lies.
            slot: The server of haproxy's it is to be behind.

        Raises:
            DeliveryError: Its command cannot be started.
            UnavailableError: A secret it needs is not here.
        """
        process = place.process()
        python = place.python
        name = server_name(process["release"])
        port = free_port()
        measured = process["metrics"]
        own = bool(measured) and measured["port"] == "own"
        metrics = free_port() if own else port if measured else 0
        known = {
            "port": str(port),
            "metricsPort": str(metrics or port),
            "python": python,
            "release": str(place.release),
            "config": str(place.rendered / CONFIGURATION),
        }
        home = self._home(name)
        command = self._command(process, known, place)
        variables = self._variables(process, known, home)
        if self._bwrap is not None:
            files = [one["name"] for one in process["secrets"] if one["from"] == "file"]
            read = _read(place, python, command, files, whole="command" not in process)
            command = contained(self._bwrap, command, read=read)
            variables |= self._bwrap.environ
        about = {
            "digest": process["release"],
            "folder": str(place.folder),
            "rendering": place.rendering,
            "port": str(port),
            "metricsPort": str(metrics),
            "slot": slot,
            "contained": "yes" if self._bwrap is not None else "",
        }
        words = [*_limited(process["limits"]), *command]
        try:
            record = self._processes.start(
                name, words, environ=variables, folder=place.release, about=about
            )
        except UnavailableError as error:
            # What cannot be started is what was asked for, and nothing this machine lacks.
            faults = [replace(one, code=DeliveryError.code) for one in error.faults]
            raise DeliveryError.from_faults(faults) from error
        return Started(record=record, place=place, process=process)

    def _home(self, name: str) -> str:
        if self._bwrap is not None:
            return HOME
        home = self._folder / "own" / name
        with storing(home):
            make_folder(home)
        return str(home)

    def _command(
        self, process: Mapping[str, Any], known: Mapping[str, str], place: LaidOut
    ) -> list[str]:
        if "command" not in process:
            model = str(place.release / process["model"])
            name, version = process["name"], process["version"]
            return list(self._reference(known["python"], model, name, version, int(known["port"])))
        words = [
            _PLACEHOLDER.sub(lambda found: known.get(found[1], found[0]), word)
            for word in process["command"]
        ]
        return [*words, *process["arguments"]]

    def _variables(
        self, process: Mapping[str, Any], known: Mapping[str, str], home: str
    ) -> dict[str, str]:
        found = {"HOME": home, "TMPDIR": "/tmp" if home == HOME else home, "LANG": "C.UTF-8"}  # noqa: S108 - inside
        found |= process["variables"]
        if found["WEIGHBRIDGE_CONFIG"] == "{config}":
            found["WEIGHBRIDGE_CONFIG"] = known["config"]
        programs = Path(known["python"]).parent
        found["PATH"] = f"{programs}:{found.get('PATH', _PATH)}"
        found["WEIGHBRIDGE_PORT"] = known["port"]
        found["WEIGHBRIDGE_METRICS_PORT"] = known["metricsPort"]
        for one in process["secrets"]:
            found[one["variable"]] = self._secret(one)
        return found

    def _secret(self, one: Mapping[str, str]) -> str:
        name = one["name"]
        if one["from"] == "file":
            if not os.access(name, os.R_OK):
                raise _no_secret(one["variable"], f"no file {name}", "bring the secret there")
            return name
        if name not in self._environ:
            raise _no_secret(one["variable"], f"no variable {name}", f"export {name}=…")
        return self._environ[name]


def _no_secret(variable: str, seen: str, remedy: str) -> UnavailableError:
    return UnavailableError(
        f"the secret that {variable} leads to is not here",
        seen=seen,
        wanted="the secret, where the manifest says that it is kept",
        help=[remedy],
    )


def _limited(limits: list[dict[str, Any]]) -> list[str]:
    if not limits:
        return []
    each = [
        (one["name"], *(-1 if one[key] < 0 else one[key] for key in ("soft", "hard")))
        for one in limits
    ]
    return [sys.executable, "-I", "-S", str(_LAUNCH), json.dumps(each)]


def _read(
    place: LaidOut, python: str, command: Iterable[str], files: Iterable[str], *, whole: bool
) -> Iterator[str]:
    """Yield what a server in a sandbox has to see beside the system.

    Args:
        place: Where its release lies.
        python: The Python of its environment.
        command: The command: files it names are seen.
        files: Secrets that are files.
        whole: Whether the folders of these files are, too: a program of ours has others beside it.
    """
    folders = (base_of(python), str(Path(python).parent.parent), str(place.folder))
    yield from folders
    yield from files
    for word in command:
        held = any(word.startswith(f"{folder}/") for folder in folders)
        if not held and os.path.isabs(word) and Path(word).is_file():  # noqa: PTH117 - a string
            yield str(Path(word).parent) if whole else word


def answers(port: int, path: str) -> bool:
    """Tell whether a server says that it can serve."""
    one = http.client.HTTPConnection(HERE, port, timeout=_PATIENCE)
    try:
        one.request("GET", path)
        return one.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        one.close()
