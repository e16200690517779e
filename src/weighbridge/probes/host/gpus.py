"""The driver of NVIDIA and its GPUs: asked by the driver's own library, where that is installed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.host import Gpu, Gpus
from weighbridge.probes.small_files import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Library = Any
"""`pynvml` of nvidia-ml-py, or what answers like it; it has no types."""

NO_LIBRARY: Final[Library] = None
_SHORT: Final = 1 << 12
_DRIVER: Final = re.compile(r"NVRM version:.*?\s(\d{3,4}\.\d{1,3}(?:\.\d{1,3})?)\s")
_UNASKED: Final = 'its GPUs were not asked: pip install "weighbridge[host]"'
_MOST: Final = 1_024


def observe_gpus(root: Path, library: Library = NO_LIBRARY, *, own: bool) -> Gpus:
    """Ask the driver, or else read what the kernel says of it.

    Args:
        root: The file system.
        library: How the driver is asked; the installed way if None.
        own: Whether the file system is this machine's.
    """
    found = _DRIVER.search(read_text(root / "proc/driver/nvidia/version", _SHORT))
    driver = found[1] if found else ""
    asked = _installed() if library is None and own else library
    if asked is None:
        return Gpus(driver=driver, unseen=_UNASKED if driver else "")
    try:
        asked.nvmlInit()
    except asked.NVMLError as error:
        return Gpus(driver=driver, unseen=str(error) if driver else "")
    try:
        return Gpus(
            driver=_text(asked.nvmlSystemGetDriverVersion()),
            cuda=_cuda(asked),
            devices=tuple(_devices(asked)),
        )
    except asked.NVMLError as error:
        return Gpus(driver=driver, unseen=str(error))
    finally:
        asked.nvmlShutdown()


def _installed() -> Library:
    try:
        import pynvml  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    return pynvml


def _cuda(library: Library) -> str:
    number = _or_none(library, library.nvmlSystemGetCudaDriverVersion_v2)
    return "" if number is None else f"{number // 1000}.{number % 1000 // 10}"


def _devices(library: Library) -> Iterator[Gpu]:
    for index in range(min(library.nvmlDeviceGetCount(), _MOST)):
        handle = library.nvmlDeviceGetHandleByIndex(index)
        memory = _or_none(library, library.nvmlDeviceGetMemoryInfo, handle)
        capability = _or_none(library, library.nvmlDeviceGetCudaComputeCapability, handle)
        mig = _or_none(library, library.nvmlDeviceGetMigMode, handle)
        ecc = _or_none(library, library.nvmlDeviceGetEccMode, handle)
        yield Gpu(
            name=_text(library.nvmlDeviceGetName(handle)),
            memory=None if memory is None else int(memory.total),
            compute_capability="" if capability is None else "{}.{}".format(*capability),
            mig=None if mig is None else bool(mig[0]),
            ecc=None if ecc is None else bool(ecc[0]),
        )


def _or_none(library: Library, ask: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - see Library
    """Ask what not every device answers."""
    try:
        return ask(*arguments)
    except library.NVMLError:
        return None


def _text(value: str | bytes) -> str:
    """Read a text; older libraries answer with bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
