"""Where builds are made again on this machine."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.adapters.replaying.sandboxed import SandboxedRebuilder
from weighbridge.adapters.replaying.wheels import environment_of_wheels
from weighbridge.adapters.sandbox.bubblewrap import open_bubblewrap
from weighbridge.adapters.sandbox.interpreter import named_interpreter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.rebuilding import Rebuilder


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place to build in.

    Attributes:
        rebuilder: Who builds there.
        python: The Python a build finds; None if it is to find none of its own.
        known: Folders of this machine that a build sees.
    """

    rebuilder: Rebuilder
    python: str | None
    known: tuple[str, ...]


@contextmanager
def open_site(
    environ: Mapping[str, str], python: str | None, *, wheels: Path | None, record: BuildRecord
) -> Iterator[Site]:
    """Open a place to build in.

    Args:
        environ: Its `PATH` is where programs of the sandbox are looked for.
        python: The Python a build is to find; None if it is to find none of its own.
        wheels: Wheels its environment is made of; None for the environment of that Python.
        record: The record of the build.

    Raises:
        UnavailableError: There is no sandbox, no such Python, or no such environment.
    """
    path = environ.get("PATH", os.defpath)
    traced = shutil.which("strace", path=path) is not None
    sandbox = open_bubblewrap(environ, tracing=traced)
    base = python or sys.executable
    environment = (
        environment_of_wheels(wheels, base, record.packages) if wheels else nullcontext(base)
    )
    with environment as program:
        runner, interpreter = named_interpreter(sys.executable), named_interpreter(program)
        yield Site(
            rebuilder=SandboxedRebuilder(
                sandbox, runner=runner, interpreter=interpreter, path=path, traced=traced
            ),
            python=program if python or wheels else None,
            known=(*runner.folders, *interpreter.folders),
        )
