"""Processor time, memory and accelerators of a machine, held against what a release asks for.

What is requested is a floor; a limit is the very one the control group has.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from weighbridge.diffing.parity.judging import held, named, unknown
from weighbridge.model.quantity import amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.host import Gpu, Host
    from weighbridge.model.parity import Entry

_AT: Final = ("environment", "resources")
_MILLI: Final = 1000
_NVIDIA: Final = "nvidia"
_GENERIC: Final = frozenset({"nvidia", "com", "gpu"})
_WORDS: Final = re.compile(r"[a-z0-9]+")


def hold_resources(declared: Mapping[str, Any], host: Host) -> Iterator[Entry]:
    """Hold what a release is given and may use against a machine."""
    requests, limits = declared.get("requests", {}), declared.get("limits", {})
    if "cpu" in requests:
        yield _floor(named(*_AT, "requests", "cpu"), requests["cpu"], _processors(host))
    if "memory" in requests:
        yield _floor(named(*_AT, "requests", "memory"), requests["memory"], _memory(host))
    if "cpu" in limits:
        seen = _millicores(host.memory.processors)
        yield _limit(named(*_AT, "limits", "cpu"), limits["cpu"], seen)
    if "memory" in limits:
        seen = None if host.memory.limit is None else str(host.memory.limit)
        yield _limit(named(*_AT, "limits", "memory"), limits["memory"], seen)
    for which, amounts in (("requests", requests), ("limits", limits)):
        for one in amounts.get("accelerators", ()):
            yield from _accelerators((*_AT, which, "accelerators", one["type"]), one, host)


def _processors(host: Host) -> str | None:
    """Say how much processor time there is, in millicores."""
    whole = f"{host.processor.count * _MILLI}m" if host.processor.count else None
    return _millicores(host.memory.processors) or whole


def _millicores(processors: str) -> str | None:
    return f"{round(Fraction(processors) * _MILLI)}m" if processors else None


def _memory(host: Host) -> str | None:
    known = [size for size in (host.memory.total, host.memory.limit) if size is not None]
    return str(min(known)) if known else None


def _floor(name: str, declared: str, seen: str | None) -> Entry:
    if seen is None:
        return unknown(name, declared, "the machine does not say how much it has")
    measure = "cpu" if seen.endswith("m") else "memory"
    wanted, there = amount(measure, declared), amount(measure, seen)
    if wanted is None or there is None:
        return unknown(name, declared, "it is no quantity", right=seen)
    return held(name, declared, seen, fits=there >= wanted, why="there is less")


def _limit(name: str, declared: str, seen: str | None) -> Entry:
    why = "no control group limits it" if seen is None else ""
    return held(name, declared, seen, fits=seen == declared, why=why)


def _accelerators(at: tuple[str, ...], declared: Mapping[str, Any], host: Host) -> Iterator[Entry]:
    name, kind = named(*at, "count"), str(declared["type"]).lower()
    if _NVIDIA not in kind:
        yield unknown(name, declared["count"], "only GPUs of NVIDIA can be asked for")
        return
    if host.gpus.unseen:
        yield unknown(name, declared["count"], host.gpus.unseen)
        return
    devices = [one for one in host.gpus.devices if _is_of(kind, one)]
    others = ", ".join(sorted({one.name for one in host.gpus.devices} - {d.name for d in devices}))
    why = f"there are others: {others}" if others else ""
    seen = len(devices)
    yield held(name, declared["count"], seen, fits=seen == declared["count"], why=why)
    if "memory" in declared and devices:
        yield _floor(named(*at, "memory"), declared["memory"], _least(devices))


def _is_of(kind: str, device: Gpu) -> bool:
    """Tell whether a device is of a type such as `nvidia-a100-80gb`; `nvidia.com/gpu` is any."""
    words = set(_WORDS.findall(kind)) - _GENERIC
    return words <= set(_WORDS.findall(device.name.lower()))


def _least(devices: list[Gpu]) -> str | None:
    known = [one.memory for one in devices if one.memory is not None]
    return str(min(known)) if len(known) == len(devices) else None
