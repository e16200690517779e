"""Environment variables: all by name, few by value, and no credential by either."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.credential_names import is_opaque, may_be_credential
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
_KEY: Final = 20
"""Characters from which on a word of letters and digits may be a key."""


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


def recorded_variables(environ: Mapping[str, str]) -> tuple[Variable, ...]:
    """List all variables with their values, but for what is or may be a credential.

    A build is made again with these, so more is told than of a machine that is merely described.
    `_` is left out: shells set it anew for each command, to its path.
    """
    told = (_recorded(*pair) for pair in environ.items() if pair[0] != "_")
    return tuple(sorted(told, key=lambda one: one.name))


def _recorded(name: str, value: str) -> Variable:
    shown = _variable(name, value)
    if shown.masked or shown.value == value:
        return shown
    taken_for = credential_in(value, name)
    if taken_for is None and may_be_credential(name, value):
        taken_for = "a name of credentials"
    # A path is read part by part: the whole of a long one looks like a key.
    parts = value.split("/") if value.startswith(("/", "~/", "./", "../")) else [value]
    if taken_for is None and any(is_opaque(part) for part in parts if len(part) >= _KEY):
        taken_for = "a key"
    if taken_for is None and not _is_text(value):
        taken_for = "bytes that are no text"
    if taken_for is not None:
        return Variable(name=name, masked=taken_for)
    return Variable(name=name, value=value)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
