"""How far what a Keras configuration names, or a lambda layer holds, can be trusted.

Keras 3 finds a class by `module` and `class_name`; versions before 3.9 import any module for that
(CVE-2025-1550), and functions of Keras itself can be called so, too (CVE-2025-8747). Keras 2 finds
it by `class_name` alone, among its own and those that whoever loads the model hands over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.rules.security import tensorflow_operators
from weighbridge.rules.security.code_trust import ALLOWED, Opinion, malicious, of_python, review
from weighbridge.rules.security.keras_names import CLASSES, FUNCTIONS

if TYPE_CHECKING:
    from weighbridge.model.structure import CodeUse

_OWN: Final = ("keras", "tensorflow.keras", "tensorflow.python.keras", "tf_keras")
_VALUES: Final = frozenset(
    {
        "__bytes__",
        "__ellipsis__",
        "__keras_tensor__",
        "__lambda__",
        "__numpy__",
        "__slice__",
        "__tensor__",
        "__tuple__",
        "__typespec__",
        "TensorShape",
        "TypeSpec",
    }
)
"""What stands for a plain value; bytecode is a finding of its own."""

_GADGETS: Final = frozenset(
    {
        "deserialize_keras_object",
        "enable_unsafe_deserialization",
        "get_file",
        "load_model",
        "load_weights",
        "model_from_json",
        "save_model",
        "save_weights",
    }
)
"""Functions of Keras that fetch, unpack, write or load what they are told to."""

_FOREIGN: Final = frozenset({"FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper"})
_DEFAULT: Final = "Custom>"
"""The package where `tf_keras` has its own optimizers, and all that name none."""

_BYTECODE: Final = "bytecode that names "
_RUNNERS: Final = frozenset(
    {
        "__builtins__",
        "__globals__",
        "__import__",
        "__subclasses__",
        "builtins",
        "check_call",
        "check_output",
        "compile",
        "ctypes",
        "eval",
        "exec",
        "import_module",
        "importlib",
        "marshal",
        "open",
        "os",
        "pickle",
        "popen",
        "Popen",
        "posix",
        "pty",
        "py_function",
        "read_file",
        "requests",
        "runpy",
        "shutil",
        "socket",
        "subprocess",
        "system",
        "urllib",
        "urlopen",
        "urlretrieve",
        "write_file",
    }
)
"""Names that no layer computes with."""

_REACHING: Final = frozenset(
    {
        "config",
        "data",
        "distribute",
        "io",
        "load_library",
        "load_op_library",
        "numpy_function",
        "profiler",
        "py_func",
        "py_function",
        "saved_model",
        "summary",
        "sysconfig",
        "test",
        "train",
    }
)
"""Parts and functions of TensorFlow's interface that reach files, Python or libraries."""


def opinion(use: CodeUse) -> Opinion:
    """Say what is known of a class or function a configuration names."""
    if use.detail == "called by its name":
        return _tensorflow(use.name.removeprefix("tensorflow."))
    module, _, name = use.name.rpartition(".")
    own = not module or any(f"{module}.".startswith(f"{root}.") for root in _OWN)
    known = name.removeprefix(_DEFAULT) in _known(use) and not _is_registered(use)
    if known and (own or module == "builtins"):
        return ALLOWED
    if own and name in _GADGETS:
        return malicious("it fetches, loads or writes what the configuration tells it to")
    if own and name in _FOREIGN:
        return review("it runs a model of another framework, which is not judged here")
    return _foreign(use, of_python(use.name) if module else review())


def _foreign(use: CodeUse, found: Opinion) -> Opinion:
    """Judge what is not Keras's own, by what is known of it elsewhere."""
    if found.level != "needs-review":
        return found
    if use.detail == "made again from the graph":
        return ALLOWED
    return review("it is none of Keras's own: whoever loads the model must have its code")


def bytecode(use: CodeUse) -> Opinion:
    """Say what can be told of the bytecode of a lambda layer."""
    names = use.detail.removeprefix(_BYTECODE).split() if _BYTECODE in use.detail else []
    found = sorted(_RUNNERS.intersection(part for name in names for part in name.split(".")))
    if found:
        return malicious(f"it is Python bytecode that names {', '.join(found)}")
    return review("it is Python bytecode, which runs when the model is loaded or called")


def _known(use: CodeUse) -> frozenset[str]:
    return FUNCTIONS if use.detail == "function" else CLASSES | _VALUES


def _is_registered(use: CodeUse) -> bool:
    """Whether a class is registered under a package: then it is not the one of Keras's."""
    return use.detail.startswith("registered as ") and ">" in use.detail


def _tensorflow(path: str) -> Opinion:
    """Judge a function of TensorFlow's interface, called by a layer that only has its name."""
    steps = path.removeprefix("compat.v1.").split(".")
    if steps[0] == "raw_ops":
        return tensorflow_operators.named(steps[-1])
    if _REACHING.intersection(steps):
        return malicious("it reaches files, Python or libraries from within the graph")
    return ALLOWED
