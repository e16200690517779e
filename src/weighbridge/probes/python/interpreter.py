"""What an interpreter's build says of itself: its variables are read as text, never imported."""

from __future__ import annotations

import ast
import hashlib
import os
import platform
import re
import sys
import sysconfig
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.host import Interpreter
from weighbridge.probes.small_files import read_start

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.probes.python.places import Place

_LONGEST: Final = 1 << 20
_FEATURE: Final = re.compile(r"\d+\.\d+")
_VARIABLES: Final = "build_time_vars"


def observe_interpreter(place: Place) -> Interpreter:
    """Observe the interpreter of an environment: the running one by asking, others by a file."""
    if place.running or _is_running(place):
        return _running()
    for path in _candidates(place):
        found = read_variables(read_start(path, _LONGEST) or b"")
        if found is not None:
            return _of(place, found, str(path))
    return Interpreter(implementation=place.implementation, version=place.version)


def read_variables(text: bytes) -> dict[str, str | int] | None:
    """Read `build_time_vars = {…}` of a `_sysconfigdata` module; None if there is no such thing."""
    try:
        module = ast.parse(text.decode("utf-8"))
        for node in module.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as value) if (
                    name == _VARIABLES
                ):
                    return _plain(ast.literal_eval(value))
                case _:
                    pass
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None
    return None


def _plain(variables: Mapping[Any, Any]) -> dict[str, str | int]:
    return {
        key: value
        for key, value in variables.items()
        if isinstance(key, str) and isinstance(value, str | int)
    }


def _candidates(place: Place) -> list[Path]:
    found = _FEATURE.match(place.version)
    if found is None:
        return []
    library = place.base / "lib"
    return [
        path
        for folder in (f"python{found[0]}", f"python{found[0]}t")
        for path in sorted((library / folder).glob("_sysconfigdata*.py"))
    ]


def _is_running(place: Place) -> bool:
    base = os.path.realpath(place.base)
    same = place.implementation == sys.implementation.name
    return (
        same
        and base == os.path.realpath(sys.base_prefix)
        and place.version == platform.python_version()
    )


def _running() -> Interpreter:
    said = _plain(sysconfig.get_config_vars())
    is_enabled = getattr(sys, "_is_gil_enabled", None)
    return Interpreter(
        implementation=sys.implementation.name,
        version=platform.python_version(),
        compiler=platform.python_compiler(),
        soabi=str(said.get("SOABI", "")),
        abi_flags=getattr(sys, "abiflags", ""),
        free_threaded=bool(said.get("Py_GIL_DISABLED")),
        gil=True if is_enabled is None else bool(is_enabled()),
        configuration=_digest(said),
        source="the running interpreter",
    )


def _of(place: Place, said: Mapping[str, str | int], source: str) -> Interpreter:
    return Interpreter(
        implementation=place.implementation,
        version=place.version,
        compiler=str(said.get("CC", "")),
        soabi=str(said.get("SOABI", "")),
        abi_flags=str(said.get("ABIFLAGS", "")),
        free_threaded=bool(said.get("Py_GIL_DISABLED")),
        configuration=_digest(said),
        source=source,
    )


def _digest(variables: Mapping[str, str | int]) -> str:
    texts = {
        key: str(value).encode("ascii", "backslashreplace").decode()
        for key, value in variables.items()
        if key.isascii()
    }
    return f"sha256:{hashlib.sha256(canonical_bytes(texts)).hexdigest()}"
