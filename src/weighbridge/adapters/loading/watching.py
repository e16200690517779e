"""Loading a model in the sandbox, under a trace: never anywhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.behaviour import Behaviour, own_acts
from weighbridge.model.fact import Unavailable
from weighbridge.model.sandbox import Bound, Confined, SandboxLimits

if TYPE_CHECKING:
    from weighbridge.adapters.sandbox.interpreter import Interpreter
    from weighbridge.model.sandbox import Ran, Sandbox

_LOADER: Final = Path(__file__).with_name("loader.py")
_INSIDE: Final = "/model"
_ENVIRON: Final = {
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class SandboxedLoading:
    """Loads models with one Python, in one sandbox."""

    def __init__(
        self, sandbox: Sandbox, interpreter: Interpreter, limits: SandboxLimits | None = None
    ) -> None:
        """Name both.

        Args:
            sandbox: Where models are loaded; one that does not confine is refused.
            interpreter: The Python with the frameworks.
            limits: Budgets of one loading.
        """
        if not sandbox.confines:
            raise AssertionError("a model is loaded in a sandbox or not at all")
        self._sandbox = sandbox
        self._interpreter = interpreter
        self._limits = limits or SandboxLimits()
        self._usual: dict[tuple[str, tuple[str, ...]], Ran] = {}

    def load(self, path: Path, loader: str, modules: tuple[str, ...]) -> Behaviour | Unavailable:
        """Load a file and say what it did.

        Args:
            path: The file.
            loader: What it is loaded with (`loader.LOADERS`, or `pickle`).
            modules: Modules whose import is no doing of the file's.

        Raises:
            UnavailableError: The sandbox cannot be made here.
        """
        usual = self._usual.get((loader, modules))
        if usual is None:
            usual = self._usual[loader, modules] = self._run(loader, "-", modules)
        said = _said(usual)
        if "missing" in said:
            return Unavailable(
                f"{said['missing']} is not installed in {self._interpreter.program}",
                "name a Python that has it with --python",
            )
        if "loaded" not in said:
            why = said.get("failed") or usual.stopped or "the interpreter broke down"
            return Unavailable(f"not even a harmless file could be loaded: {why}")
        inside = f"{_INSIDE}/{path.name}"
        ran = self._run(loader, inside, (), Bound(source=str(path), target=inside))
        told = _said(ran)
        loaded = not ran.stopped and ran.code == 0 and "loaded" in told
        acts = own_acts(
            ran.acts,
            usual.acts,
            imports=(*self._interpreter.folders, str(_LOADER)),
            model=inside,
        )
        reason = "" if loaded else told.get("failed", "") or f"exit code {ran.code}"
        return Behaviour(
            loader=loader, loaded=loaded, reason=reason, stopped=_stopped(ran), acts=acts
        )

    def _run(self, loader: str, path: str, modules: tuple[str, ...], *model: Bound) -> Ran:
        return self._sandbox.run(
            Confined(
                command=(self._interpreter.program, "-I", str(_LOADER), loader, path, *modules),
                bounds=(*self._interpreter.bounds, Bound(source=str(_LOADER)), *model),
                environ=_ENVIRON,
                limits=self._limits,
                traced=True,
            )
        )


_KILLED: Final = {
    128 + 9: "it had used up its time or memory",
    128 + 24: "it had used up its time",
    128 + 25: "it wrote more than it may",
}


def _stopped(ran: Ran) -> str:
    """Say why it was ended, by us or by the limits the system keeps."""
    return ran.stopped or _KILLED.get(ran.code, "")


def _said(ran: Ran) -> dict[str, str]:
    """Read what the loader said last; whatever else was printed is the model's own."""
    lines = ran.output.decode("utf-8", "replace").strip().splitlines()
    try:
        said: Any = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in said.items()} if isinstance(said, dict) else {}
