"""Making a build again in the sandbox."""

from __future__ import annotations

import json
import os
import posixpath
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.replaying.surroundings import (
    FAKETIME,
    find_faketime,
    readings,
    surroundings_of,
)
from weighbridge.adapters.replaying.taking import Taken, take_printed
from weighbridge.adapters.sandbox.processes import THREADS
from weighbridge.model.rebuilding import SMALL, Factor, Rebuilt
from weighbridge.model.sandbox import Bound, Confined, SandboxLimits, Scratch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.adapters.replaying.surroundings import Surroundings
    from weighbridge.adapters.sandbox.interpreter import Interpreter
    from weighbridge.model.rebuilding import Trial
    from weighbridge.model.sandbox import Ran, Sandbox

OURS: Final = "/weighbridge"
"""The folder of what is ours inside the sandbox."""
SAMPLES: Final = f"{OURS}/samples"
"""A folder in memory whose listing shows which order files have in such folders."""
_HERE: Final = Path(__file__).parent
_SAMPLE: Final = ("m", "a", "z", "k")
_SAID: Final = 4_000
_TOLD_FOLDERS: Final = 40
_BOUND_AT_MOST: Final = 1_000
_SYSTEM: Final = ("/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/", "/proc/", "/dev/")
_TEMPORARY: Final = ("/tmp", "/home", "/dev/shm")  # noqa: S108 - folders inside the sandbox
_ALIVE: Final = 512
_ADDRESSES: Final = 64 << 30
_KILLED: Final = {
    -9: "it was killed: it had used up its memory or its time",
    -24: "it had used up its processor time",
    -25: "it wrote more than it may",
}


@dataclass(frozen=True, slots=True)
class _Laid:
    """Where materials go.

    Attributes:
        bound: Those that are bound one by one.
        files: Place, source and mode of what is copied, or a folder that is made.
    """

    bound: tuple[Bound, ...]
    files: tuple[tuple[str, str | None, int], ...]


class SandboxedRebuilder:
    """Makes builds again in one sandbox, with one interpreter."""

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        runner: Interpreter,
        interpreter: Interpreter,
        path: str,
        traced: bool,
    ) -> None:
        """Name them.

        Args:
            sandbox: The sandbox; one that does not confine is refused.
            runner: The Python that lays out the inputs and takes the outputs.
            interpreter: The Python the build is to find.
            path: Where programs of ours are looked for.
            traced: Whether what builds do is recorded.
        """
        if not sandbox.confines:
            raise AssertionError("a build is made again in a sandbox or not at all")
        self._sandbox = sandbox
        self._runner = runner
        self._interpreter = interpreter
        self._traced = traced
        self._faketime = find_faketime(path)
        self._locales = _locales()

    def rebuild(self, trial: Trial, into: str) -> Rebuilt:
        """Make a build again."""
        own = str(Path(self._interpreter.program).parent)
        path = os.pathsep.join(dict.fromkeys((own, "/usr/local/bin", "/usr/bin", "/bin")))
        around = surroundings_of(trial, path=path, locales=self._locales)
        with tempfile.TemporaryDirectory(prefix="weighbridge-") as name:
            folder = Path(name)
            printed = folder / "printed"
            ran = self._sandbox.run(self._program(trial, around, folder, printed))
            taken = take_printed(printed, Path(into), trial.outputs)
        return self._rebuilt(ran, taken)

    def _program(self, trial: Trial, around: Surroundings, folder: Path, printed: Path) -> Confined:
        laid = _laid(trial, around)
        plan = folder / "plan.json"
        plan.write_text(json.dumps(self._plan(trial, around, laid)), encoding="utf-8")
        size = trial.budget.memory
        outside = {
            posixpath.dirname(one): None
            for one in trial.outputs
            if one.startswith("/") and not one.startswith((*_SYSTEM, *_TEMPORARY))
        }
        return Confined(
            command=(self._runner.program, "-I", "-S", f"{OURS}/runner.py", f"{OURS}/plan.json"),
            bounds=(
                *dict.fromkeys((*self._runner.bounds, *self._interpreter.bounds)),
                *self._own(trial, around, folder),
                *laid.bound,
            ),
            scratch=tuple(
                Scratch(target=one, size=size) for one in (around.root, SAMPLES, *outside)
            ),
            limits=_limits(trial),
            traced=self._traced,
            user=around.user,
            host_name=around.host_name,
            printed=str(printed),
        )

    def _own(self, trial: Trial, around: Surroundings, folder: Path) -> Iterator[Bound]:
        """Name what of ours the sandbox holds, and what stands for the system's own accounts."""
        passwd = folder / "passwd"
        line = f"{around.name}:x:{around.user}:{around.user}::{around.home}:/bin/sh\n"
        passwd.write_text(line, encoding="utf-8")
        online = folder / "online"
        online.write_text(f"{around.online}\n", encoding="utf-8")
        for name in ("runner.py", "canary.py"):
            yield Bound(source=str(_HERE / name), target=f"{OURS}/{name}")
        yield Bound(source=str(folder / "plan.json"), target=f"{OURS}/plan.json")
        yield Bound(source=trial.shelf, target=f"{OURS}/inputs")
        yield Bound(source=str(passwd), target="/etc/passwd")
        yield Bound(source=str(online), target="/sys/devices/system/cpu/online")
        if self._faketime is not None and (trial.frozen or Factor.CLOCK in trial.perturbed):
            yield Bound(source=self._faketime, target=FAKETIME)

    def _plan(self, trial: Trial, around: Surroundings, laid: _Laid) -> dict[str, Any]:
        environment = dict(around.environment)
        if self._faketime is None:
            environment.pop("LD_PRELOAD", None)
        return {
            "canary": [
                self._interpreter.program,
                f"{OURS}/canary.py",
                *(SAMPLES, *_told_folders(laid)),
            ],
            "command": list(trial.command),
            "environment": environment,
            "files": laid.files,
            "folder": _place(trial.folder, around),
            "home": around.home,
            "moment": around.moment,
            "outputs": [[one, _place(one, around)] for one in trial.outputs],
            "processors": list(around.processors),
            "root": around.root,
            "sample": _SAMPLE[::-1] if around.backwards else _SAMPLE,
            "samples": SAMPLES,
            "umask": around.umask,
        }

    def _rebuilt(self, ran: Ran, taken: Taken) -> Rebuilt:
        said = ran.errors.decode("utf-8", "replace")[-_SAID:]
        stopped = ran.stopped
        if not stopped and taken.full and taken.code != 0:
            stopped = "it filled its disk"
        if not stopped and taken.code is None:
            stopped = taken.broken or "what looks after the build was ended"
        elif not stopped and taken.code is not None:
            stopped = _KILLED.get(taken.code, "")
        return Rebuilt(
            code=taken.code,
            stopped=stopped,
            outputs=taken.outputs,
            missing=taken.missing,
            said=said,
            canary=readings(taken.canary),
            acts=ran.acts,
            traced=self._traced,
        )


def _place(path: str, around: Surroundings) -> str:
    """Say where a path of the record is inside the sandbox."""
    return posixpath.normpath(posixpath.join(around.root, path))


def _laid(trial: Trial, around: Surroundings) -> _Laid:
    """Choose what is bound and what is copied, and in which order.

    Files of a folder with a large one among them are all bound: those that are bound always come
    first, and their order among the others would stay what it was.
    """
    materials = sorted(trial.materials, key=lambda one: one.path)
    heavy = {posixpath.dirname(one.path) for one in materials if one.size > SMALL}
    crowd = Counter(posixpath.dirname(one.path) for one in materials)
    if sum(crowd[folder] for folder in heavy) > _BOUND_AT_MOST:
        heavy = set()
    bound: list[Bound] = []
    files: list[tuple[str, str | None, int]] = []
    for one in materials:
        place = _place(one.path, around)
        if place.startswith(_SYSTEM):
            continue  # the system's own, which is there
        outside = one.path.startswith("/")
        if outside or one.size > SMALL or posixpath.dirname(one.path) in heavy:
            bound.append(Bound(source=one.source, target=place))
        else:
            source = f"{OURS}/inputs/{posixpath.basename(one.source)}"
            files.append((place, source, 0o755 if one.executable else 0o644))
    folders = {trial.folder, *trial.folders, *map(posixpath.dirname, trial.outputs)}
    files += [(_place(one, around), None, 0) for one in folders]
    files.sort(key=lambda one: (one[0], one[1] is not None), reverse=around.backwards)
    return _Laid(tuple(reversed(bound) if around.backwards else bound), tuple(files))


def _told_folders(laid: _Laid) -> list[str]:
    """Name folders of inputs whose order can differ: those with more than one entry."""
    below: dict[str, set[str]] = {}
    for place in (*(one[0] for one in laid.files), *(one.target for one in laid.bound)):
        below.setdefault(posixpath.dirname(place), set()).add(place)
    inside = [folder for folder, entries in sorted(below.items()) if len(entries) > 1]
    return inside[:_TOLD_FOLDERS]


def _limits(trial: Trial) -> SandboxLimits:
    budget = trial.budget
    return SandboxLimits(
        # Programs reserve far more addresses than they ever use: what they hold is what counts.
        memory=max(_ADDRESSES, 4 * budget.memory),
        seconds=int(budget.seconds + 1) * (os.cpu_count() or 1),
        wall=budget.seconds,
        processes=1_000_000,
        written=budget.memory,
        output=budget.memory,
        trace=256 << 20,
        tasks=THREADS * _ALIVE,
        alive=_ALIVE,
        resident=budget.memory,
    )


def _locales() -> tuple[str, ...]:
    """List the locales of this machine; none if it does not say."""
    try:
        told = subprocess.run(
            ["locale", "-a"],
            capture_output=True,
            check=True,
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(told.stdout.decode("utf-8", "replace").split())
