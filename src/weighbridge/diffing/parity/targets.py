"""Which declared target a machine is, and in what it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.diffing.parity.judging import held, named, unknown
from weighbridge.diffing.parity.versions import reaches, starts_with
from weighbridge.model.fact import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weighbridge.model.host import Host
    from weighbridge.model.parity import Entry, Machine

_AT: Final = ("compatibility", "targets")
_SYSTEMS: Final = {"darwin": "macos"}
_MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
_LEVELS: Final = ("x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4")
_RUNTIME: Final = "a container does not say what runs it"

Seen = tuple[str | None, bool, str]
"""What was observed, whether it fits, and why nothing was if so."""


def hold_targets(
    spec: Mapping[str, Any], machine: Machine, target: str | None = None
) -> Iterator[Entry]:
    """Hold a machine against the target it should be, or else the one it is likest to."""
    declared = spec.get("compatibility", {}).get("targets", ())
    asked = [one for one in declared if target in {None, one["name"]}]
    found = [list(_target(one, machine)) for one in asked]
    yield from min(found, key=_weight, default=())


def _weight(entries: list[Entry]) -> tuple[int, int]:
    outcomes = [entry.outcome for entry in entries]
    return outcomes.count("drift"), outcomes.count("unknown")


def _target(target: Mapping[str, Any], machine: Machine) -> Iterator[Entry]:
    at = (*_AT, target["name"])
    for field, judge in _FIELDS.items():
        if field in target:
            yield _entry(named(*at, field), target[field], judge(target[field], machine))
    for field, told in target.get("cuda", {}).items():
        yield _entry(named(*at, "cuda", field), told, _cuda(field, told, machine.captured.host))
    if "containerRuntime" in target:
        yield unknown(named(*at, "containerRuntime"), target["containerRuntime"], _RUNTIME)
    yield from _orchestrator(at, target.get("orchestrator", {}), machine.captured.host)


def _entry(name: str, declared: Any, seen: Seen) -> Entry:  # noqa: ANN401 - whatever the field holds
    value, fits, why = seen
    if value is None:
        return unknown(name, declared, why or "the machine does not say")
    return held(name, declared, value, fits=fits)


def _os(declared: str, machine: Machine) -> Seen:
    system = machine.captured.host.system
    seen = _SYSTEMS.get(system, system)
    return seen or None, seen == declared, ""


def _os_version(declared: str, machine: Machine) -> Seen:
    found = machine.captured.host.os
    if isinstance(found, Unavailable):
        return None, False, found.reason
    return found.version or None, starts_with(found.version, declared), ""


def _architecture(declared: str, machine: Machine) -> Seen:
    found = machine.captured.host.processor.architecture
    seen = _MACHINES.get(found, found)
    return seen or None, seen == declared, ""


def _level(declared: str, machine: Machine) -> Seen:
    seen = machine.captured.host.processor.level
    if declared not in _LEVELS or seen not in _LEVELS:
        return None, False, "the level of this processor is not known"
    return seen, _LEVELS.index(seen) >= _LEVELS.index(declared), ""


def _libc(declared: str, machine: Machine) -> Seen:
    seen = machine.captured.host.libc.kind
    return seen or None, seen == declared, ""


def _libc_version(declared: str, machine: Machine) -> Seen:
    seen = machine.captured.host.libc.version
    return seen or None, starts_with(seen, declared), ""


def _python(declared: str, machine: Machine) -> Seen:
    python, interpreter = machine.captured.python, machine.captured.interpreter
    if isinstance(python, Unavailable):
        return None, False, python.reason
    wanted = declared.removesuffix("t")
    if isinstance(interpreter, Unavailable) or interpreter.free_threaded is None:
        threaded = declared.endswith("t")
        if threaded:
            return None, False, "whether it has a GIL is not known"
        return python.version, starts_with(python.version, wanted), ""
    seen = python.version + ("t" if interpreter.free_threaded else "")
    fits = interpreter.free_threaded == declared.endswith("t")
    return seen, fits and starts_with(python.version, wanted), ""


def _implementation(declared: str, machine: Machine) -> Seen:
    python = machine.captured.python
    if isinstance(python, Unavailable):
        return None, False, python.reason
    return python.implementation, python.implementation == declared, ""


_FIELDS: Final[Mapping[str, Callable[[str, Machine], Seen]]] = {
    "os": _os,
    "osVersion": _os_version,
    "arch": _architecture,
    "cpu": _level,
    "libc": _libc,
    "libcVersion": _libc_version,
    "python": _python,
    "implementation": _implementation,
}


def _cuda(field: str, declared: Any, host: Host) -> Seen:  # noqa: ANN401 - a version, or several
    gpus = host.gpus
    if field == "driver":
        return gpus.driver or "none", gpus.driver == declared, ""
    if gpus.unseen:
        return None, False, gpus.unseen
    if field == "toolkit":
        # The driver says the newest one that it serves.
        return gpus.cuda or "none", bool(gpus.cuda) and reaches(gpus.cuda, declared), ""
    found = {one.compute_capability for one in gpus.devices}
    return ", ".join(sorted(found)) or "none", bool(found) and found <= set(declared), ""


def _orchestrator(at: tuple[str, ...], declared: Mapping[str, Any], host: Host) -> Iterator[Entry]:
    if "kind" in declared:
        seen = host.container.kind
        name = named(*at, "orchestrator", "kind")
        if seen == declared["kind"]:
            yield held(name, declared["kind"], seen, fits=True)
        else:
            yield unknown(name, declared["kind"], "nothing here says what runs it", right=seen)
    if "version" in declared:
        name = named(*at, "orchestrator", "version")
        yield unknown(name, declared["version"], _RUNTIME)
