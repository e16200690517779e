"""Observe the machine a release runs on, as far as it can be held against that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import digest as digest_of
from weighbridge.codec.markers import BASE
from weighbridge.diffing.parity import wanted_variables
from weighbridge.model.errors import UsageError
from weighbridge.model.fact import Unavailable
from weighbridge.model.parity import Machine
from weighbridge.probes.host.observing import OWN
from weighbridge.probes.host.process import observe_limits, observe_process, observe_settings
from weighbridge.report.environment_capture import environment_document
from weighbridge.report.json import json_text
from weighbridge.rules.marker_environments import of_installed, platform
from weighbridge.usecases.capture_environment import capture_environment, masked
from weighbridge.usecases.named_locks import locks_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.host import CapturedEnvironment
    from weighbridge.model.ports import BlobReader
    from weighbridge.usecases.capture_environment import Verification
    from weighbridge.usecases.references import Named

_SYSTEMS = {"darwin": "macos"}
_NOT_ITS_OWN = Unavailable(
    "the only Python here is the one that runs weighbridge: name the release's with --environment"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Where to look.

    Attributes:
        start: The folder relative paths and the search for an environment begin at.
        environment: Folder of the Python environment, or the Python in it; None to look for it.
        process: Id of the process that serves; None if nobody named it.
        environ: Environment variables of this process.
    """

    start: Path
    environ: Mapping[str, str]
    environment: str | None = None
    process: int | None = None


def observe_machine(
    named: Named, where: Looked, verification: Verification, *, blobs: BlobReader
) -> tuple[Machine, str]:
    """Observe this machine, and say by which digest that goes.

    Args:
        named: The release: it says which settings are looked at, and its locks name wheels.
        where: Where to look.
        verification: How files are to be verified.
        blobs: The store.

    Returns:
        What was observed, and the digest of what `capture --environment` would write of it as
        JSON.

    Raises:
        UnreadableError: There is no environment at that path, or the folder of wheels is none.
        UsageError: There is no such process, or it may not be looked at.
    """
    environ, arguments = _process(where)
    captured = capture_environment(
        where.environment,
        verification,
        start=where.start,
        environ=environ,
        locks=[] if verification.wheels is None else locks_of(named, blobs).values(),
    )
    document = masked(environment_document(captured))
    captured = _not_our_own(captured)
    system = named.release.spec.environment.system
    settings = [one.name for one in (system.sysctls if system else None) or ()]
    wanted = wanted_variables(named.release)
    machine = Machine(
        captured=captured,
        stated=_stated(captured),
        variables={name: environ[name] for name in wanted if name in environ},
        settings=observe_settings(OWN, settings),
        limits=observe_limits(OWN, where.process),
        arguments=arguments,
    )
    return machine, digest_of(json_text(document).encode())


def _process(where: Looked) -> tuple[Mapping[str, str], tuple[str, ...] | None]:
    """Return the variables and arguments of the process that serves, or our own variables."""
    if where.process is None:
        return {name: _text(value) for name, value in where.environ.items()}, None
    found = observe_process(OWN, where.process)
    if isinstance(found, Unavailable):
        raise UsageError(found.reason, seen=str(where.process), wanted="a process that serves")
    return found.variables, found.arguments


def _text(value: str) -> str:
    """Write what is no UTF-8 so that it can be signed: with backslashes."""
    return value.encode("utf-8", "backslashreplace").decode()


def _not_our_own(captured: CapturedEnvironment) -> CapturedEnvironment:
    """Take the Python that merely runs weighbridge for none: nobody says the release's is it."""
    if isinstance(captured.python, Unavailable) or not captured.python.running:
        return captured
    return replace(captured, python=_NOT_ITS_OWN, interpreter=_NOT_ITS_OWN, installed=_NOT_ITS_OWN)


def _stated(captured: CapturedEnvironment) -> dict[str, Any]:
    """State what markers may be told of the machine."""
    host = captured.host
    system = _SYSTEMS.get(host.system, host.system)
    python = captured.python
    known: dict[str, Any] = dict(BASE)
    if not isinstance(python, Unavailable):
        known = of_installed(python)
    return {**platform(system, host.processor.architecture), **known}
