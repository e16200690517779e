"""A process with limits and no sandbox around it: for our own programs, where there is no sandbox.

Never for a program that runs what it is given, unless somebody asks for just that.
"""

from __future__ import annotations

import contextlib
import tempfile
from typing import TYPE_CHECKING

from weighbridge.adapters.sandbox.dialogue import started
from weighbridge.adapters.sandbox.running import run_limited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.sandbox import Confined, Dialogue, Ran


class LimitedProcess:
    """A process of its own, with limits on memory, time and output."""

    @property
    def name(self) -> str:
        """Say what it is."""
        return "a process with limits and no sandbox"

    @property
    def confines(self) -> bool:
        """It could reach whatever its user can."""
        return False

    def run(self, program: Confined) -> Ran:
        """Run a program; what it may see is not enforced."""
        if program.traced:
            raise AssertionError("nothing is traced outside a sandbox")
        return run_limited(
            program.command,
            environ=_environ(program),
            limits=program.limits,
            printed=program.printed,
        )

    @contextlib.contextmanager
    def talk(self, program: Confined) -> Iterator[Dialogue]:
        """Start a program that is talked to; what it may see is not enforced."""
        with started(
            program.command,
            environ=_environ(program),
            limits=program.limits,
            folder=program.folder or "/",
        ) as dialogue:
            yield dialogue


def _environ(program: Confined) -> dict[str, str]:
    return {"LANG": "C.UTF-8", "TMPDIR": tempfile.gettempdir(), **program.environ}
