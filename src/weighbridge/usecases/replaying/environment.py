"""Whether the environment of a build is here: interpreter, packages, machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.replayed_build import Drift
from weighbridge.probes.building.interpreter import pythons_among
from weighbridge.probes.building.packages import installed_in
from weighbridge.probes.python.interpreter import observe_interpreter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.build_record import BuildRecord


def recorded_python(record: BuildRecord, environ: Mapping[str, str]) -> str | None:
    """Find the Python a build ran: where the record says, or by the name it was called by.

    Args:
        record: The record.
        environ: Its `PATH` is where programs are looked for.

    Returns:
        Its path; None if the build ran none, or it is not here.
    """
    if record.interpreter is None:
        return None
    started = [one.path for one in record.programs if os.access(one.path, os.X_OK)]
    called = shutil.which(record.command[0], path=environ.get("PATH"))
    ordered = sorted(started, key=lambda one: (one != called, one))
    names = [record.command[0], "python3", "python"]
    found = (shutil.which(name, path=environ.get("PATH")) for name in names)
    for path in (*ordered, *(one for one in found if one)):
        if pythons_among([path]).first is not None:
            return path
    return None


def drift(record: BuildRecord, python: str | None, *, wheels: bool) -> Iterator[Drift]:
    """Name where the environment is not what the record says.

    Args:
        record: The record.
        python: The Python the build is to find.
        wheels: Whether its packages were just installed from wheels: whoever installs writes a
            RECORD of his own, so that versions alone can be compared.
    """
    if record.interpreter is not None:
        yield from _python(record, python, wheels=wheels)
    processor = os.uname().machine
    if record.processor.architecture != processor:
        yield Drift(name="processor", recorded=record.processor.architecture, here=processor)
    usable = len(os.sched_getaffinity(0))
    if record.usable > usable:
        yield Drift(name="processors it may use", recorded=str(record.usable), here=str(usable))


def _python(record: BuildRecord, python: str | None, *, wheels: bool) -> Iterator[Drift]:
    recorded = record.interpreter
    pythons = pythons_among([python] if python else [])
    here = None if pythons.first is None else observe_interpreter(pythons.first)
    if recorded is None or here is None:
        yield Drift(name="interpreter", recorded=recorded.version if recorded else "", here="")
        return
    before = f"{recorded.implementation} {recorded.version}"
    after = f"{here.implementation} {here.version}"
    if before != after:
        yield Drift(name="interpreter", recorded=before, here=after)
    found = {one.package.name: one.package for one in installed_in(pythons.libraries)}
    for package in record.packages:
        if not package.read:
            continue
        other = found.get(package.name)
        if other is None or other.version != package.version:
            seen = other.version if other else ""
            yield Drift(name=package.name, recorded=package.version, here=seen)
        elif other.record != package.record and not wheels:
            yield Drift(
                name=f"{package.name} {package.version}",
                recorded=f"RECORD {package.record[:19]}",
                here=f"RECORD {other.record[:19]}",
            )


def as_run_here(record: BuildRecord, python: str | None) -> tuple[str, ...]:
    """Write the command as the sandbox can run it: the Python it names is the one that is here."""
    first, *rest = record.command
    inside = {one.path for one in record.inputs}
    is_python = pythons_among([first]).first is not None or Path(first).name.startswith("python")
    if python is not None and is_python and os.path.normpath(first) not in inside:
        return (python, *rest)
    return record.command
