"""Watching a Python program by its own audit hook, where there is no tracer: partial, and said so.

The hook is found by the program and every Python it starts as their `sitecustomize`; one that is
run with `-I`, `-E` or `-S` does not look, and then nobody has seen anything.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.tracing import sitecustomize
from weighbridge.adapters.tracing.running import run_through
from weighbridge.model.build_record import Witness
from weighbridge.model.build_watch import Watched

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BLIND: Final = "only what Python itself opened was seen"
_UNSEEN: Final = "nobody saw what it did"


@dataclass(slots=True)
class _Told:
    """What hooks tell, line by line."""

    read: dict[str, str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    programs: dict[str, int] = field(default_factory=dict)
    addresses: set[str] = field(default_factory=set)
    processes: int = 0
    threads: int = 0
    left: set[int] = field(default_factory=set)

    def line(self, line: str) -> None:
        """Take in a line."""
        kind, _, text = line.partition(" ")
        text = text.replace("\\n", "\n").replace("\\\\", "\\")
        if kind == "python":
            self.processes += 1
        elif kind == "thread":
            self.threads += 1
        elif kind == "program":
            self.programs[text] = self.programs.get(text, 0) + 1
        elif kind == "address":
            self.addresses.add(text)
        else:
            self._file(kind, os.path.realpath(text), os.path.normpath(text))

    def _file(self, kind: str, place: str, name: str) -> None:
        if kind != "made" and place not in self.made:
            self.read.setdefault(place, name)
        if kind == "unsure" and place not in self.made:
            self.unsure.add(place)
        if kind != "read":
            self.made.add(place)


class AuditHook:
    """Watches Python programs by their audit hooks."""

    def __init__(self, notice: Callable[[str], None]) -> None:
        """Name who is told that we wait."""
        self._notice = notice

    def run(self, command: tuple[str, ...], *, folder: str, environ: Mapping[str, str]) -> Watched:
        """Run a command, and see what the Pythons in it do."""
        told = _Told()
        with tempfile.TemporaryDirectory(prefix="weighbridge-") as place:
            shutil.copy(sitecustomize.__file__, Path(place) / "sitecustomize.py")
            pipe = str(Path(place) / sitecustomize.PIPE)
            os.mkfifo(pipe, 0o600)
            path = os.pathsep.join(filter(None, (place, environ.get("PYTHONPATH", ""))))
            ended = run_through(
                command,
                folder=folder,
                environ={**environ, "PYTHONPATH": path},
                pipe=pipe,
                listener=told,
                notice=self._notice,
            )
            own = os.path.realpath(place)
        seen = told.processes > 0
        return Watched(
            **ended.told(),
            witness=Witness.AUDIT_HOOK if seen else Witness.NONE,
            read={real: name for real, name in told.read.items() if not real.startswith(own)},
            made=frozenset(told.made),
            unsure=frozenset(told.unsure),
            programs={command[0]: 1, **told.programs},
            addresses=frozenset(told.addresses),
            processes=max(1, told.processes),
            threads=told.threads,
            blind=_BLIND if seen else _UNSEEN,
        )
