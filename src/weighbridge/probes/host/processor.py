"""The processor: what it calls itself, and what it can do."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Final

from weighbridge.model.host import Processor
from weighbridge.probes.small_files import read_text

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST: Final = 1 << 20
_LEVELS: Final = (
    ("x86-64", "cmov cx8 fpu fxsr mmx syscall sse sse2"),
    ("x86-64-v2", "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"),
    ("x86-64-v3", "abm avx avx2 bmi1 bmi2 f16c fma movbe xsave"),
    ("x86-64-v4", "avx512f avx512bw avx512cd avx512dq avx512vl"),
)
"""Features each level adds (x86-64 psABI), as Linux calls them: LZCNT is `abm`, SSE3 is `pni`."""

_MODELS: Final = ("model name", "Model", "cpu model", "Hardware")
_FEATURES: Final = ("flags", "Features", "isa")


def observe_processor(root: Path, *, own: bool) -> Processor:
    """Read /proc/cpuinfo, and ask archspec where it is installed."""
    entries = read_text(root / "proc/cpuinfo", _LONGEST).split("\n\n")
    first: dict[str, str] = {}
    for line in entries[0].splitlines():
        key, colon, value = line.partition(":")
        if colon:
            first.setdefault(key.strip(), value.strip())
    features = frozenset(" ".join(first.get(key, "") for key in _FEATURES).split())
    count = sum(entry.startswith("processor") for entry in entries)
    return Processor(
        architecture=platform.machine().lower(),
        model=next((first[key] for key in _MODELS if first.get(key)), ""),
        level=level_of(features),
        microarchitecture=_microarchitecture() if own else "",
        features=tuple(sorted(features)),
        count=count or (os.cpu_count() or 0 if own else 0),
    )


def level_of(features: frozenset[str]) -> str:
    """Return the highest level of x86-64 whose features are all there; empty if none is."""
    found = ""
    for level, wanted in _LEVELS:
        if not features.issuperset(wanted.split()):
            break
        found = level
    return found


def _microarchitecture() -> str:
    try:
        import archspec.cpu  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
    except ImportError:
        return ""
    try:
        return str(archspec.cpu.host().name)
    except Exception:  # noqa: BLE001 - whatever it says, it is no reason to know nothing
        return ""
