"""Converting in the best place there is: the sandbox, or else a process with limits."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import weighbridge
from weighbridge.adapters.sandbox.interpreter import this_interpreter
from weighbridge.model.conversion import NotConvertedError, Proof, Rewritten
from weighbridge.model.errors import UnavailableError
from weighbridge.model.sandbox import Bound, Confined, SandboxLimits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.sandbox import Ran, Sandbox

_PROGRAM = "weighbridge.adapters.conversion.program"
_MEMORY = 1 << 30
_SECONDS = 120
_PACE = 256 << 10
"""Bytes for which it has another CPU second; numbers that are gathered one by one are slow."""
_SAID = 64 << 20
_SLACK = 1 << 20


class SandboxedConverter:
    """Converts in the first of some places that is to be had."""

    def __init__(self, places: Sequence[Sandbox]) -> None:
        """Name the places, the best first."""
        self._places = list(places)

    @property
    def where(self) -> str:
        """Say where the last process ran."""
        return self._places[0].name

    def plan(self, source: str) -> Rewritten:
        """Say what would be written."""
        return _rewritten(self._said("plan", source))

    def write(self, source: str, target: str, planned: Rewritten) -> None:
        """Write what was planned."""
        if _rewritten(self._said("write", source, target, size=planned.size)) != planned:
            raise NotConvertedError(f"{source} changed while it was converted")

    def prove(self, source: str) -> Proof:
        """Gather every tensor anew."""
        said = self._said("prove", source)
        tensors = {
            name: (dtype, tuple(shape), digest)
            for name, (dtype, shape, digest) in said["tensors"].items()
        }
        return Proof(source=said["source"], tensors=tensors)

    def _said(self, what: str, source: str, *target: str, size: int = 0) -> dict[str, Any]:
        ran = self._run(_program(what, source, *target, size=size))
        name = Path(source).name
        if ran.stopped or ran.code:
            told = ran.errors.decode("utf-8", "backslashreplace").strip().splitlines()
            why = ran.stopped or (told[-1] if told else f"exit code {ran.code}")
            message = f"the process that reads {name} did not come to its end: {why}"
            raise NotConvertedError(message)
        said: dict[str, Any] = json.loads(ran.output)
        if "refused" in said:
            raise NotConvertedError(str(said["refused"]))
        return said

    def _run(self, program: Confined) -> Ran:
        while len(self._places) > 1:
            try:
                return self._places[0].run(program)
            except UnavailableError:
                del self._places[0]
        return self._places[0].run(program)


def _program(what: str, source: str, *target: str, size: int) -> Confined:
    interpreter = this_interpreter()
    own = str(Path(weighbridge.__file__).parents[1])
    bytes_ = os.stat(source).st_size  # noqa: PTH116 - a string is what is wanted
    return Confined(
        command=(interpreter.program, "-P", "-m", _PROGRAM, what, source, *target),
        bounds=(
            *interpreter.bounds,
            Bound(source=source),
            *(Bound(source=path, writable=True) for path in target),
        ),
        environ={"PYTHONPATH": own, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1"},
        limits=SandboxLimits(
            memory=_MEMORY,
            seconds=_SECONDS + bytes_ // _PACE,
            wall=4.0 * (_SECONDS + bytes_ // _PACE),
            written=size + _SLACK,
            output=_SAID,
        ),
    )


def _rewritten(said: dict[str, Any]) -> Rewritten:
    return Rewritten(
        size=int(said["size"]),
        digest=str(said["digest"]),
        tensors=int(said["tensors"]),
        sharing=int(said["sharing"]),
        trained=int(said["trained"]),
    )
