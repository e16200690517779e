"""Running a model in a process of its own: a framework's, its own code's, or a command.

All of them speak JSON lines. What runs what it is given does so in a sandbox or not at all, but
for a command that somebody says needs none.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.runners.depth import check_depth
from weighbridge.model.errors import UnavailableError
from weighbridge.model.sandbox import (
    Bound,
    Confined,
    SandboxLimits,
    SilentError,
    TalkativeError,
)
from weighbridge.model.trial import Answer, NoAnswerError, WrongAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.adapters.sandbox.interpreter import Interpreter
    from weighbridge.model.sandbox import Dialogue, Talking
    from weighbridge.model.trial import Served

_PROGRAM: Final = Path(__file__).with_name("program.py")
_ENVIRON: Final = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
_DATA: Final = frozenset({"lightgbm", "onnxruntime", "xgboost"})
"""Runners whose models hold no program: where there is no sandbox, limits will do."""

PATIENCE: Final = 60.0
"""Seconds one answer may take."""

LIMITS: Final = SandboxLimits(seconds=1_200, output=16 << 20, tasks=1_024)
"""Budgets of a model: of its output, those of one answer."""

_SAID: Final = 200


class ProcessRunner:
    """Runs models in processes."""

    def __init__(
        self,
        place: Talking,
        interpreter: Interpreter,
        *,
        unconfined: bool = False,
        limits: SandboxLimits = LIMITS,
        patience: float = PATIENCE,
    ) -> None:
        """Say where and how they run.

        Args:
            place: Where they run.
            interpreter: The Python with the frameworks.
            unconfined: Whether somebody wants a command to run without a sandbox.
            limits: Budgets of a model.
            patience: Seconds one answer may take.
        """
        self._place = place
        self._trusted = {*_DATA, "command"} if unconfined else _DATA
        self._interpreter = interpreter
        self._limits = limits
        self._patience = patience

    @property
    def where(self) -> str:
        """Say where they run."""
        return self._place.name

    @property
    def local(self) -> bool:
        """It starts what it asks."""
        return True

    @contextlib.contextmanager
    def open(self, served: Served) -> Iterator[_Lines]:
        """Start a model."""
        if not self._place.confines and served.runner not in self._trusted:
            message = "there is no sandbox here, and a model that is a program runs nowhere else"
            raise NoAnswerError(message, "apt install bubblewrap", "or run `weighbridge doctor`")
        try:
            with self._place.talk(self._program(served)) as dialogue:
                yield _Lines(dialogue, self._patience, self._interpreter.program)
        except (SilentError, UnavailableError) as error:
            help_ = error.faults[0].help if isinstance(error, UnavailableError) else ()
            raise NoAnswerError(str(error), *help_) from error

    def _program(self, served: Served) -> Confined:
        python = self._interpreter.program
        bounds = (*self._interpreter.bounds, Bound(source=served.folder))
        if served.runner == "command":
            command = served.command
        else:
            own = str(_PROGRAM)
            command = (python, "-I", own, served.runner, served.model, *_words(served))
            bounds = (*bounds, Bound(source=own))
        return Confined(
            command=command,
            bounds=bounds,
            environ={**_ENVIRON, "PATH": f"{Path(python).parent}:/usr/bin:/bin"},
            limits=self._limits,
            folder=served.folder,
        )


def _words(served: Served) -> tuple[str, ...]:
    """Return what the program is told beside the runner and the model."""
    if served.runner == "entrypoint":
        return served.entrypoint, served.folder
    return (json.dumps(dict(served.dtypes)),) if served.runner == "scikit-learn" else ()


class _Lines:
    """A model that answers in JSON lines."""

    def __init__(self, dialogue: Dialogue, patience: float, python: str) -> None:
        self._dialogue = dialogue
        self._patience = patience
        self._python = python
        self._count = 0

    def ask(self, inputs: Mapping[str, Any]) -> Answer:
        """Ask it once."""
        self._count += 1
        line = json.dumps({"id": self._count, "inputs": inputs}, allow_nan=False).encode()
        try:
            answer = self._dialogue.ask(line, patience=self._patience)
        except SilentError as error:
            raise NoAnswerError(str(error)) from error
        except TalkativeError as error:
            raise WrongAnswerError(str(error)) from error
        return self._read(answer)

    def memory(self) -> int | None:
        """Return the most bytes its processes held."""
        return self._dialogue.memory()

    def _read(self, line: bytes) -> Answer:
        try:
            said: Any = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise WrongAnswerError(f"its answer is no JSON: {line[:_SAID]!r}") from error
        if not isinstance(said, dict) or said.get("id") != self._count:
            raise WrongAnswerError(f"it answers something else than was asked: {line[:_SAID]!r}")
        if "missing" in said:
            message = f"{str(said['missing'])[:_SAID]} is not installed in {self._python}"
            raise NoAnswerError(message, "name a Python that has it: --python PATH")
        outputs = said.get("outputs")
        if not isinstance(outputs, dict):
            raise WrongAnswerError(f"it fails: {str(said.get('failed', 'no outputs'))[:500]}")
        check_depth(outputs)
        return Answer(outputs=outputs, by=str(said.get("by", ""))[:_SAID])
