"""`scan --dynamic`: what a file is loaded with, and which imports are no doing of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.model.fact import ObservedFile, Unavailable
from weighbridge.rules.security.pickle_globals import Trust, trust

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.behaviour import Behaviour
    from weighbridge.model.structure import Structure

_LOADERS: Final = {
    "hdf5": "keras",
    "keras": "keras",
    "npy": "numpy",
    "npz": "numpy",
    "onnx": "onnxruntime",
    "torch-zip": "torch",
}
_PACKED: Final = frozenset({"bzip2", "gzip", "lzma", "xz", "zlib"})
_JOBLIB: Final = "joblib.numpy_pickle"


class Loading(Protocol):
    """Loads files where they can harm nobody."""

    def load(self, path: Path, loader: str, modules: tuple[str, ...]) -> Behaviour | Unavailable:
        """Load a file and say what it did."""


class Watch:
    """The loadings of one scan.

    Attributes:
        loaded: How many files were loaded, or tried.
        without: How many are of a format nothing loads.
    """

    def __init__(self, loading: Loading) -> None:
        """Begin with none."""
        self._loading = loading
        self.loaded = 0
        self.without = 0

    def observe(self, path: Path | None, file: ObservedFile) -> Behaviour | Unavailable | None:
        """Load a file, if there is a loader for it.

        Args:
            path: Where it lies; None if not on this machine.
            file: What was read of it.
        """
        structure = file.structure
        loader = None if isinstance(structure, Unavailable) else loader_of(structure)
        if loader is None or isinstance(structure, Unavailable):
            self.without += 1
            return None
        self.loaded += 1
        if path is None:
            return Unavailable("it lies elsewhere", "fetch it, and scan the copy")
        return self._loading.load(path, loader, _allowed_modules(structure))


def loader_of(structure: Structure) -> str | None:
    """Name what a file of this structure is loaded with; None if nothing runs what is in it."""
    if structure.format == "torch-zip" and any(
        key == "torchscript" for key, _ in structure.metadata
    ):
        return "torch-script"
    if structure.format == "pickle":
        if any(use.module.startswith(_JOBLIB) for use in structure.globals):
            return "joblib"
        return "torch" if structure.tensors else "pickle"
    if structure.format in _PACKED and any(one.format == "pickle" for one in structure.walk()):
        return "joblib"
    return _LOADERS.get(structure.format)


def _allowed_modules(structure: Structure) -> tuple[str, ...]:
    """List the modules of frameworks a pickle names: their import is the framework's doing."""
    uses = [use for part in structure.walk() for use in part.globals]
    allowed = {use.module for use in uses if trust(use) is Trust.ALLOWED}
    return tuple(sorted(allowed))
