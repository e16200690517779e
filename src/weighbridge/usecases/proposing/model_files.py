"""The files of the release as artifacts, and what a model's own bytes say of it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from weighbridge.model.authoring.base import TODO
from weighbridge.model.errors import UnreadableError
from weighbridge.model.fact import ObservedFile, Unavailable
from weighbridge.model.structure import PLAIN
from weighbridge.probes.artifacts import ArtifactProbe
from weighbridge.usecases.proposing import tensors
from weighbridge.usecases.proposing.partial import Partial
from weighbridge.usecases.proposing.values import slug, text, version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.reading import FileReader
    from weighbridge.model.structure import Structure, TensorInfo
    from weighbridge.probes.tree import WorkTree

_OPSET = "ai.onnx "


def observe(
    tree: WorkTree, roles: dict[str, str], reader: FileReader | None
) -> dict[str, ObservedFile]:
    """Read each file once, and then the files they need that are there; those are weights, too.

    Args:
        tree: Where the files are.
        roles: What each is for; those that are found to be needed are added.
        reader: Who reads them.

    Raises:
        UnreadableError: One of them cannot be read.
    """
    found: dict[str, ObservedFile] = {}
    wanted = list(roles)
    while wanted:
        for path, file in ArtifactProbe(tree, reader=reader).files(wanted).files.items():
            if isinstance(file, Unavailable):
                help_ = [file.hint] if file.hint else []
                raise UnreadableError(f"{path}: {file.reason}", help=help_)
            found[path] = file
        needed = {path for file in found.values() for path in _needed(file)}
        wanted = sorted(path for path in needed - found.keys() if tree.kind(path) == "file")
        roles.update(dict.fromkeys(wanted, "weights"))
    return dict(sorted(found.items(), key=lambda entry: roles[entry[0]] != "weights"))


def _needed(file: ObservedFile) -> Iterator[str]:
    if not isinstance(file.structure, Unavailable):
        yield from (reference.beside(file.path) for reference in file.structure.references)


def artifacts(
    files: Mapping[str, ObservedFile],
    roles: Mapping[str, str],
    elsewhere: Iterable[Mapping[str, Any]],
) -> Iterator[dict[str, Any]]:
    """List the files, each under a name of its own, then what lies elsewhere."""
    names: set[str] = set()
    for path, file in files.items():
        role = roles[path]
        known = _format(file) if role == "weights" else ""
        yield {
            "name": _unique(path, names),
            "role": role,
            "path": path,
            **({"format": known} if known else {}),
            "size": file.size,
            "digest": file.digest,
        }
    for entry in elsewhere:
        yield {**entry, "name": _unique(str(entry["name"]), names)}


def propose(files: Mapping[str, ObservedFile], roles: Mapping[str, str]) -> Partial:
    """Say what the weights say of themselves: format, and where one ONNX model is all, more."""
    weights = [path for path in files if roles[path] == "weights"]
    formats = [_format(files[path]) for path in weights]
    known = next(filter(None, formats), "")
    model: dict[str, str] = {"format": known}
    document: dict[str, Any] = {"spec": {"model": model}}
    if formats.count("onnx") != 1 or known != "onnx":
        return Partial(document=document)
    path = weights[formats.index("onnx")]
    structure = files[path].structure
    if isinstance(structure, Unavailable) or structure.status != "complete":
        return Partial(document=document)
    model.update(_onnx(structure))
    signature = {
        side: [_tensor(info) for info in infos]
        for side, infos in (("inputs", structure.inputs), ("outputs", structure.outputs))
        if infos and _have_names(infos)
    }
    document["spec"]["signature"] = signature
    return Partial(document=document, found=(f"signature: {path}",) if signature else ())


def _format(file: ObservedFile) -> str:
    """Name the format by content; empty for one we do not know."""
    found = file.structure
    if isinstance(found, Unavailable) or found.format in {"unknown", *PLAIN}:
        return ""
    return found.format


def _onnx(structure: Structure) -> dict[str, str]:
    """Take the operator set, and the framework if it says its name and version."""
    facts: dict[str, str] = {}
    for key, value in structure.metadata:
        facts.setdefault(key, value)
    sets = [value for key, value in structure.metadata if key == "opset"]
    opset = next((found.removeprefix(_OPSET) for found in sets if found.startswith(_OPSET)), "")
    found = {"formatVersion": text(opset)}
    number = version(facts.get("producer-version"))
    if number:
        found |= {"framework": text(facts.get("producer-name")), "frameworkVersion": number}
    return found


def _have_names(infos: tuple[TensorInfo, ...]) -> bool:
    names = [text(info.name) for info in infos]
    return all(names) and len({*names}) == len(names)


def _tensor(info: TensorInfo) -> dict[str, Any]:
    dtype = tensors.ONNX.get(info.dtype, TODO)
    return {"name": text(info.name), "dtype": dtype, **tensors.shape(info.shape)}


def _unique(path: str, taken: set[str]) -> str:
    """Name an artifact after its file: as short as tells it from those named before."""
    inside = PurePosixPath(path)
    candidates = [slug(inside.stem), slug(inside.name), slug(path)]
    numbered = (f"{candidates[-1]}-{number}" for number in range(2, len(taken) + 3))
    name = next(name for name in (*candidates, *numbered) if name not in taken)
    taken.add(name)
    return name
