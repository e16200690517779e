"""Environment variables: all by name, few by value, and no credential by either."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.credential_names import is_opaque
from weighbridge.model.host import Variable
from weighbridge.probes.credentials import credential_in

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN: Final = frozenset(
    {
        "CUBLAS_WORKSPACE_CONFIG",
        "CUDA_DEVICE_ORDER",
        "CUDA_LAUNCH_BLOCKING",
        "CUDA_VISIBLE_DEVICES",
        "GOTO_NUM_THREADS",
        "LANG",
        "LANGUAGE",
        "LD_PRELOAD",
        "MALLOC_ARENA_MAX",
        "NVIDIA_DRIVER_CAPABILITIES",
        "NVIDIA_VISIBLE_DEVICES",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED",
        "PYTHONNOUSERSITE",
        "PYTHONOPTIMIZE",
        "PYTHONPATH",
        "PYTHONSAFEPATH",
        "PYTHONUTF8",
        "PYTHON_GIL",
        "SOURCE_DATE_EPOCH",
        "TF_CUDNN_DETERMINISTIC",
        "TF_DETERMINISTIC_OPS",
        "TF_ENABLE_ONEDNN_OPTS",
        "TOKENIZERS_PARALLELISM",
        "TZ",
        "XLA_FLAGS",
    }
)
"""Variables whose values change what a model computes, and are no secret."""

_FAMILIES: Final = re.compile(
    r"(?:BLIS|GOMP|KMP|LC|MKL|NUMEXPR|OMP|OPENBLAS|VECLIB)_[A-Z0-9_]{1,60}"
)
_LONGEST: Final = 256
_LOCALE: Final = "LC_"


def observe_variables(environ: Mapping[str, str]) -> tuple[Variable, ...]:
    """List all variables by name, with the values of those that are shown."""
    return tuple(sorted((_variable(*pair) for pair in environ.items()), key=lambda one: one.name))


def _variable(name: str, value: str) -> Variable:
    taken_for = credential_in(name)
    if taken_for is not None:
        return Variable(name=f"({taken_for})", masked=taken_for)
    if name not in SHOWN and not _FAMILIES.fullmatch(name):
        return Variable(name=name)
    taken_for = credential_in(value, name)
    if taken_for is None and name not in SHOWN and not name.startswith(_LOCALE):
        taken_for = "a key" if is_opaque(value) else None
    if taken_for is not None:
        return Variable(name=name, masked=taken_for)
    return Variable(name=name, value=value[:_LONGEST])
