"""A process with limits and no sandbox around it: for our own programs, where there is no sandbox.

Never for a program that runs what it is given.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from weighbridge.adapters.sandbox.running import run_limited

if TYPE_CHECKING:
    from weighbridge.model.sandbox import Confined, Ran


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
        environ = {"LANG": "C.UTF-8", "TMPDIR": tempfile.gettempdir(), **program.environ}
        return run_limited(
            program.command, environ=environ, limits=program.limits, printed=program.printed
        )
