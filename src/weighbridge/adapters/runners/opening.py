"""From the word of a manifest to who runs the model: in the sandbox, if there is one."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from weighbridge.adapters.runners.inference import InferenceRunner
from weighbridge.adapters.runners.processes import ProcessRunner
from weighbridge.adapters.sandbox.bubblewrap import open_bubblewrap
from weighbridge.adapters.sandbox.interpreter import named_interpreter
from weighbridge.adapters.sandbox.plain import LimitedProcess
from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.sandbox import Talking
    from weighbridge.model.trial import Runner


def open_runner(
    environ: Mapping[str, str], runner: str, *, python: str | None, unconfined: bool
) -> Runner:
    """Make who runs a model.

    Args:
        environ: Its `PATH` is where the sandbox is looked for.
        runner: The runner, by the word of the manifest.
        python: The Python with the frameworks; None for this one.
        unconfined: Whether somebody wants a command to run without a sandbox.

    Raises:
        UnavailableError: There is no such Python.
    """
    if runner == "open-inference":
        return InferenceRunner()
    place: Talking = LimitedProcess()
    if not unconfined or runner != "command":
        with contextlib.suppress(UnavailableError):
            place = open_bubblewrap(environ, tracing=False)
    interpreter = named_interpreter(python or sys.executable)
    return ProcessRunner(place, interpreter, unconfined=unconfined)
