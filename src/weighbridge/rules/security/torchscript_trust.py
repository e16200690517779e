"""How far an operator can be trusted that TorchScript's code or an exported program calls.

`torch.NAME` in TorchScript is an operator of libtorch itself, a closed set that computes, but for
the few listed here; no attribute of Python's `torch` can be reached. `ops.LIBRARY.NAME` is one of
any library. An exported program does name attributes of Python's `torch`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.rules.security.code_trust import ALLOWED, Opinion, malicious, of_python, review

if TYPE_CHECKING:
    from weighbridge.model.structure import CodeUse

_WRITING: Final = frozenset({"from_file", "save"})
"""Operators of libtorch that map or write the file they are given (aten/src/ATen/native)."""

_NETWORK: Final = frozenset({"rpc_async", "rpc_remote", "rpc_sync"})
_FILES: Final = frozenset({"image.read_file", "image.write_file"})
_LIBRARIES: Final = frozenset(
    {
        "_quantized",
        "aten",
        "cuda",
        "higher_order",
        "image",
        "mkldnn",
        "mkldnn_prepacked",
        "onednn",
        "prepacked",
        "prim",
        "prims",
        "profiler",
        "quantized",
        "quantized_decomposed",
        "sparse",
        "torchvision",
        "xnnpack",
    }
)
"""Libraries of operators that come with PyTorch and torchvision, and compute."""

_CLASSES: Final = frozenset({"quantized", "rnn", "sparse", "xnnpack"})
"""Whose registered classes hold packed weights."""

_PYTHON: Final = frozenset({"_operator", "math", "operator"})
_SYMBOLIC: Final = "torch.sym_"


def opinion(use: CodeUse) -> Opinion:
    """Say what is known of an operator or a registered class."""
    exported = use.detail == "exported program"
    steps = use.name.removeprefix("torch.").split(".") if exported else use.name.split(".")
    if steps[0] == "ops":
        return _operator(steps[1:])
    if exported:
        return _python(use.name)
    if steps[:3] == ["__torch__", "torch", "classes"]:
        known = len(steps) > 3 and steps[3] in _CLASSES  # noqa: PLR2004 - behind `classes`
        return ALLOWED if known else _foreign()
    if steps[0] == "torch" and steps[1:2] == ["ops"]:
        return _operator(steps[2:])
    if len(steps) == 2 and steps[0] == "torch":  # noqa: PLR2004 - module and name
        return _operator(["aten", steps[1]])
    return review("TorchScript writes no such name")


def _operator(steps: list[str]) -> Opinion:
    """Judge an operator by its library and name."""
    if len(steps) < 2:  # noqa: PLR2004 - library and name
        return review("TorchScript writes no such name")
    library, name = steps[:2]
    if (library, name) == ("image", "write_file") or (library == "aten" and name in _WRITING):
        return malicious("it writes, or maps, the file it is given")
    if f"{library}.{name}" in _FILES:
        return review("it reads the file it is given")
    if library == "prim" and name in _NETWORK:
        return malicious("it calls another machine")
    return ALLOWED if library in _LIBRARIES else _foreign()


def _python(full: str) -> Opinion:
    """Judge what an exported program names of Python."""
    module, _, name = full.rpartition(".")
    if (module in _PYTHON and name not in ("attrgetter", "methodcaller")) or (
        full.startswith(_SYMBOLIC) and full.count(".") == 1
    ):
        return ALLOWED
    found = of_python(full)
    # Modules are attributes of those that import them: `torch.os.system` is one.
    return found if found.level == "malicious" else of_python(full, from_root=True)


def _foreign() -> Opinion:
    return review("it is of a library that does not come with PyTorch")
