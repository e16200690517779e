"""MLflow's `MLmodel`: a YAML file that names the flavours of a model and the files they load.

Format: mlflow.models.Model.to_dict. The files are told of as references; a module to load the model
with, and code beside it, are noted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from weighbridge.formats.cursor import fetch
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.onnx import escapes
from weighbridge.formats.record import OUTSIDE, Record
from weighbridge.formats.text import mended, shown
from weighbridge.model.errors import DocumentError
from weighbridge.model.structure import CodeUse, FileReference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.formats.interface import Reader
    from weighbridge.model.limits import Limits
    from weighbridge.model.structure import CodeKind

_FLAVORS: Final = re.compile(rb"^flavors:[ \t]*$", re.MULTILINE)
_OTHERS: Final = re.compile(rb"^(mlflow_version|model_uuid|artifact_path|run_id):", re.MULTILINE)
# A page that shows an `MLmodel`. A document whose first line is words alone is no mapping, whatever
# follows, so MLflow reads none of it; a line of other characters may end elsewhere for YAML.
_PROSE: Final = re.compile(rb"(?:[ \t]*(?:#[ -~]*)?\n)*[A-Za-z][ -9;-~]*\n")
_LOADED: Final = frozenset({"data", "model_path", "pickled_model", "saved_model_dir", "model_data"})
_CODE: Final[dict[str, tuple[CodeKind, str]]] = {
    "loader_module": ("python-reference", "the module MLflow loads the model with"),
    "code": ("python-file", "a folder from which MLflow imports"),
}
_NOTED: Final = ("mlflow_version", "run_id", "model_uuid")


def sniff(head: bytes, tail: bytes, size: int) -> str | None:
    """Recognise the list of flavours, with one of MLflow's other keys at one of the ends."""
    if _PROSE.match(head):
        return None
    ends = head if len(head) >= size else head + b"\n" + tail
    return "mlflow" if _FLAVORS.search(head) and _OTHERS.search(ends) else None


def read(size: int, *, limits: Limits) -> Reader:
    """Read the flavours and what they name."""
    record = Record(format="mlflow", size=size)
    try:
        text = yield from fetch(0, size, limits)
        if len(text) < size:
            record.corrupt("the file ends too early", len(text))
        else:
            _note(text, record, limits)
    except BudgetExceededError as error:
        record.unread(str(error))
    return record.structure()


def _note(text: bytes, record: Record, limits: Limits) -> None:
    from weighbridge.codec.reading import scan_document  # noqa: PLC0415 - YAML, for these alone

    try:
        document, faults = scan_document(text, "MLmodel")
    except DocumentError as error:
        record.corrupt(mended(str(error)), 0)
        return
    for fault in faults:
        record.corrupt(mended(fault.message), 0)
    values = document.data
    record.version = mended(str(values.get("mlflow_version") or ""))[: limits.text]
    for key in _NOTED:
        if isinstance(value := values.get(key), str):
            record.metadata.append((key, mended(value)[: limits.text]))
    flavors = values.get("flavors")
    if not isinstance(flavors, dict) or not flavors:
        record.corrupt("the model has no flavour", 0)
        return
    for name, flavor in flavors.items():
        record.metadata.append(("flavor", mended(str(name))[: limits.text]))
        if isinstance(flavor, dict):
            _flavor(flavor, record, limits)
    record.coverage = record.size


def _flavor(flavor: dict[str, Any], record: Record, limits: Limits) -> None:
    for key in _CODE:
        if isinstance(flavor.get(key), str):
            said = mended(flavor[key])[: limits.text]
            record.metadata.append((key, said))
            kind, detail = _CODE[key]
            record.uses(CodeUse(kind=kind, name=said, detail=detail))
    for path in sorted(set(_paths(flavor))):
        if escapes(path):
            text = f"a flavour loads {shown(path)}"
            record.problem(OUTSIDE, text, 0, "a path below the model's folder")
        elif all(one.path != path for one in record.references):
            record.references.append(FileReference(path=mended(path)))


def _paths(flavor: dict[str, Any]) -> Iterator[str]:
    for key, value in flavor.items():
        if key in _LOADED and isinstance(value, str) and value:
            yield value
    artifacts = flavor.get("artifacts")
    for entry in artifacts.values() if isinstance(artifacts, dict) else ():
        path = entry.get("path") if isinstance(entry, dict) else None
        if isinstance(path, str) and path:
            yield path
