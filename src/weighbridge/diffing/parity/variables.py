"""Environment variables of a machine: those a release sets, and those that it does not.

A value is shown only where the host shows it; it is compared all the same.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from weighbridge.diffing.parity.judging import held, named, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.host import Variable
    from weighbridge.model.parity import Entry, Machine
    from weighbridge.model.release import ModelRelease

_AT: Final = ("environment", "system", "env")
_THREADS: Final = ("environment", "system", "threads")
_COUNTS: Final = re.compile(r"[A-Z]+_NUM_THREADS")
_HARMLESS: Final = frozenset({"PYTHONDONTWRITEBYTECODE"})
"""Variables whose values are shown, and that change no result."""
_OTHER: Final = "another value, which is not shown"
_UNDECLARED: Final = "it changes what is computed, and the release does not set it"


def wanted_variables(release: ModelRelease) -> list[str]:
    """Name the variables a release sets or takes parameters from."""
    system = release.spec.environment.system
    parameters = (release.spec.parameters or {}).values()
    taken = ((one.maps_to or {}).get("env") for one in parameters)
    return sorted({*((system and system.env) or {}), *filter(None, taken)})


def hold_variables(spec: Mapping[str, Any], machine: Machine) -> Iterator[Entry]:
    """Hold variables against what a release says of them."""
    system = spec.get("environment", {}).get("system", {})
    declared: Mapping[str, str] = system.get("env", {})
    shown = {one.name: one for one in machine.captured.host.variables}
    for name, value in sorted(declared.items()):
        yield _variable(named(*_AT, name), value, machine.variables.get(name), shown.get(name))
    if "threads" in system:
        yield _threads(system["threads"], shown)
    known = {*declared, *_parameters(spec).values(), *_HARMLESS}
    for name, one in sorted(shown.items()):
        counted = "threads" in system and _COUNTS.fullmatch(name)
        if name not in known and not counted:
            yield from _undeclared(name, one)
    for parameter, name in sorted(_parameters(spec).items()):
        yield _parameter(spec, parameter, machine.variables.get(name), name)


def _variable(name: str, declared: str, value: str | None, shown: Variable | None) -> Entry:
    if value is None:
        return held(name, declared, None, fits=False, why="it is not set")
    if value == declared:
        return held(name, declared, declared, fits=True)
    seen = shown.value if shown is not None else None
    return held(name, declared, _OTHER if seen is None else seen, fits=False)


def _undeclared(name: str, found: Variable) -> Iterator[Entry]:
    """Tell of a variable nobody declared, if it is one of those whose value counts."""
    seen = found.value if found.value is not None else f"({found.masked})" if found.masked else None
    if seen is not None and name != f"({found.masked})":
        yield held(named(*_AT, name), None, seen, fits=False, why=_UNDECLARED)


def _threads(declared: int, shown: Mapping[str, Variable]) -> Entry:
    """Hold the number of threads against every variable that sets one."""
    found = {
        name: one.value or ""
        for name, one in sorted(shown.items())
        if _COUNTS.fullmatch(name) and one.value is not None
    }
    name = named(*_THREADS)
    if not found:
        return unknown(name, declared, "no variable such as OMP_NUM_THREADS sets it")
    seen = ", ".join(f"{key}={value}" for key, value in found.items())
    return held(name, declared, seen, fits=set(found.values()) == {str(declared)})


def _parameters(spec: Mapping[str, Any]) -> dict[str, str]:
    """Name the variable of each parameter that is taken from one."""
    return {
        name: one["mapsTo"]["env"]
        for name, one in spec.get("parameters", {}).items()
        if "env" in one.get("mapsTo", {}) and ("value" in one or "default" in one)
    }


def _parameter(spec: Mapping[str, Any], parameter: str, value: str | None, variable: str) -> Entry:
    one = spec["parameters"][parameter]
    field = "value" if "value" in one else "default"
    name, declared = named("parameters", parameter, field), one[field]
    if value is None:
        return unknown(name, declared, f"{variable} is not set")
    fits = value == _text(declared)
    return held(name, declared, declared if fits else _OTHER, fits=fits, why=f"in {variable}")


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
