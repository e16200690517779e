"""What of this machine a Python interpreter needs to run: its folders, and nothing beside them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import weighbridge
from weighbridge.model.errors import UnavailableError
from weighbridge.model.sandbox import Bound

if TYPE_CHECKING:
    from collections.abc import Iterable

_PATIENCE: Final = 30.0
_ASK: Final = (
    "import json, sys;"
    "print(json.dumps([sys.executable, sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path]))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python and the folders it lives in.

    Attributes:
        program: Its path.
        folders: What it reads its own modules and libraries from.
    """

    program: str
    folders: tuple[str, ...]

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """What it must see in a sandbox."""
        return tuple(Bound(source=folder) for folder in self.folders)


def this_interpreter() -> Interpreter:
    """Describe the Python that runs weighbridge, with the folder weighbridge lies in."""
    own = str(Path(weighbridge.__file__).parents[1])
    return _described([sys.executable, sys.prefix, sys.base_prefix, sys.exec_prefix, own])


def named_interpreter(path: str) -> Interpreter:
    """Ask a Python where it lives.

    Args:
        path: Its path.

    Raises:
        UnavailableError: It does not say.
    """
    try:
        told = subprocess.run(
            [path, "-I", "-c", _ASK], capture_output=True, check=True, timeout=_PATIENCE
        )
        found = [str(one) for one in json.loads(told.stdout)]
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        help_ = ["name a Python interpreter"]
        raise UnavailableError(f"{path} is no Python: {error}", help=help_) from error
    return _described(found)


def _described(found: list[str]) -> Interpreter:
    program, *folders = found
    return Interpreter(program=program, folders=tuple(_outermost([program, *folders])))


def _outermost(paths: Iterable[str]) -> list[str]:
    """Leave out what is not there, and what lies in another or in the system's own folders."""
    real = {path for path in paths if os.path.isabs(path) and os.path.exists(path)}  # noqa: PTH110, PTH117 - strings
    # A link to a program elsewhere: both ends are needed.
    real |= {str(Path(os.path.realpath(path)).parents[1]) for path in real if Path(path).is_file()}
    kept: list[str] = []
    for path in sorted(real - {"/"}):
        if not any(Path(path).is_relative_to(above) for above in ("/usr", *kept)):
            kept.append(path)
    return kept
