"""Which CUDA toolkit the entries of a lock were built with, in the order of what can be trusted.

First the runtime the lock brings (`nvidia-cuda-runtime`), then the local version of a framework
(`+cu124`), then the packages of NVIDIA a framework needs, which name the major version alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.model.compatibility_data import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.lock import Pin

_RUNTIMES: Final = re.compile(r"(?:nvidia-cuda-runtime|cuda-toolkit)(?:-cu([0-9]{2}))?")
_OF_NVIDIA: Final = re.compile(
    r"(?:nvidia|jax|cupy|tensorrt)-[a-z0-9-]*?(?:cu|cuda)([0-9]{2})x?(?:-.*)?"
)
_OPTIONAL: Final = "nvidia-nccl-"  # of xgboost, which runs as well without
_LOCAL: Final = re.compile(r"\+(?:.*\.)?cu([0-9]{1,2})([0-9])(?:\..*)?")
_UNSUFFIXED_SINCE: Final = 13
_GPU_ALONE: Final = frozenset(
    {"cupy", "faiss-gpu", "onnxruntime-gpu", "tensorflow-gpu", "tensorrt", "vllm"}
)
_EITHER: Final = frozenset({"torch"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A toolkit something was built with.

    Attributes:
        package: The entry that says so.
        version: Its version.
        toolkit: The toolkit: `12.4`, or `12` if only the major version is known, or empty.
        why: How that is known, one clause.
        sure: Whether the entry needs CUDA at all; an entry that may be a CPU build is not sure.
    """

    package: str
    version: str
    toolkit: str
    why: str
    sure: bool = True

    @property
    def is_exact(self) -> bool:
        """Whether the minor version is known too."""
        return "." in self.toolkit


def needs(pins: Sequence[Pin]) -> list[Need]:
    """List the toolkits that entries need; the first kind of evidence there is counts.

    Nothing known is an empty list only where nothing suggests CUDA.
    """
    for look in (_runtimes, _locals, _majors, _unknown):
        found = list(look(pins))
        if found:
            return found
    return []


def _runtimes(pins: Sequence[Pin]) -> Iterator[Need]:
    for pin in pins:
        match = _RUNTIMES.fullmatch(pin.name)
        version = number(pin.version or "")
        if match is None or version is None or len(version.release) < 2:  # noqa: PLR2004
            continue
        major, minor = version.release[:2]
        # Without a suffix there was once another package; since 13 it is the runtime.
        if major >= _UNSUFFIXED_SINCE if match[1] is None else major == int(match[1]):
            toolkit = f"{major}.{minor}"
            yield _need(pin, toolkit, f"the lock brings the runtime of CUDA {toolkit}")


def _locals(pins: Sequence[Pin]) -> Iterator[Need]:
    for pin in pins:
        match = _LOCAL.search(pin.version or "")
        if match:
            toolkit = f"{match[1]}.{match[2]}"
            yield _need(pin, toolkit, f"{pin.version} is the build for CUDA {toolkit}")


def _majors(pins: Sequence[Pin]) -> Iterator[Need]:
    seen: set[str] = set()
    named = [(pin, name) for pin in pins for name in (pin.name, *(e.name for e in pin.edges))]
    named.sort(key=lambda one: one[1].startswith(_OPTIONAL))
    for pin, name in named:
        match = _OF_NVIDIA.fullmatch(name)
        if match and match[1] not in seen:
            seen.add(match[1])
            sure = not name.startswith(_OPTIONAL)
            yield _need(pin, match[1], f"{name} is for CUDA {match[1]}", sure=sure)


def _unknown(pins: Sequence[Pin]) -> Iterator[Need]:
    for pin in pins:
        if pin.name in _GPU_ALONE:
            yield _need(pin, "", f"nothing says which CUDA {pin.name} was built with")
        elif pin.name in _EITHER and "+cpu" not in (pin.version or ""):
            why = f"nothing says whether {pin.name} is a build for CUDA, and for which"
            yield _need(pin, "", why, sure=False)


def _need(pin: Pin, toolkit: str, why: str, *, sure: bool = True) -> Need:
    return Need(package=pin.name, version=pin.version or "", toolkit=toolkit, why=why, sure=sure)
