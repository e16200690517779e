"""Model files and what loads them: operator sets, IR versions, the version that wrote a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.model.compatibility_data import Kind, number
from weighbridge.model.coverage import Cause, Cell, Fit
from weighbridge.rules.compatibility.judging import data_of, judge, rows_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Pin
    from weighbridge.model.structure import Structure

_ONNX_RUNTIMES: Final = frozenset(
    {"onnxruntime", "onnxruntime-directml", "onnxruntime-gpu", "onnxruntime-openvino"}
)
_STANDARD: Final = "ai.onnx"
_ALIKE: Final = 2
"""Numbers of a version within which a framework keeps reading its own files."""

STRICT: Final = frozenset({"scikit-learn"})
"""Frameworks that promise nothing between different versions, in neither direction."""

PACKAGES: Final = {
    "catboost": "catboost",
    "keras": "keras",
    "lightgbm": "lightgbm",
    "pytorch": "torch",
    "scikit-learn": "scikit-learn",
    "sklearn": "scikit-learn",
    "tensorflow": "tensorflow",
    "torch": "torch",
    "xgboost": "xgboost",
}
"""Packages that load what a framework wrote, by the names people give it."""

_FORMATS: Final = {
    "keras": ("keras", ""),
    "tf-saved-model": ("tensorflow", "producer-version"),
    "xgboost-json": ("xgboost", ""),
    "xgboost-ubj": ("xgboost", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Which version of a framework wrote a model.

    Attributes:
        package: The package that loads it.
        version: The version that wrote it.
        by: Who says so: the file, or the manifest.
    """

    package: str
    version: str
    by: str


def onnx_cells(
    facts: Facts, where: str, structure: Structure, pins: Sequence[Pin]
) -> Iterator[Cell]:
    """Say whether the locked runtime reads a model's operator set and IR version."""
    runtimes = [pin for pin in pins if pin.name in _ONNX_RUNTIMES and pin.version]
    loaders = runtimes or [pin for pin in pins if pin.name == "onnx" and pin.version]
    sets = [value.split() for key, value in structure.metadata if key == "opset"]
    opsets = [one[1] for one in sets if len(one) == _ALIKE and one[0] == _STANDARD]
    for pin in loaders:
        for opset in opsets:
            yield _cell(facts, where, pin, Kind.OPSET, opset)
        if structure.version:
            yield _cell(facts, where, pin, Kind.IR, structure.version)


def _cell(facts: Facts, where: str, pin: Pin, kind: Kind, value: str) -> Cell:
    what = f"operator set {value}" if kind is Kind.OPSET else f"IR version {value}"
    subject = "onnxruntime" if pin.name in _ONNX_RUNTIMES else pin.name
    data, version = data_of(facts), pin.version or ""
    found = judge(rows_for(data, kind, subject, version), value, facts.now)
    speaking = [row for row in data.about(kind, subject) if row.versions and row.speaks_of(version)]
    why, fit, nearest = found.unknown_because, found.fit, ""
    if fit in (Fit.YES, Fit.IF) and not speaking:
        # Rows for every version say what is too old; of a version nobody knows that is not all.
        fit = Fit.UNKNOWN
        why = f"the compatibility data does not know {pin.name} {version}"
    elif fit is Fit.YES:
        why = f"{pin.name} {version} reads {what}"
    elif fit is Fit.IF and found.row:
        why = found.row.condition
    elif fit is Fit.NO and found.row:
        why = f"{pin.name} {version} does not read {what}"
        newer = [
            number(row.versions.partition(",")[0].lstrip(">=!~ ").rstrip(".*"))
            for row in data.about(kind, subject)
            if row.versions and judge([row], value, facts.now).fit is Fit.YES
        ]
        oldest = min((one for one in newer if one is not None), default=None)
        limit = found.row.admits.strip("<=")
        nearest = f"{pin.name} {oldest}, or a model of at most {limit}" if oldest else ""
    return Cell(
        package=pin.name,
        version=version,
        target=where,
        fit=fit,
        cause=Cause.NONE if fit is Fit.YES else Cause.FORMAT,
        why=why,
        nearest=nearest,
        row=found.id,
    )


def written(structure: Structure) -> Written | None:
    """Return which version of a framework wrote a file, where its format notes that."""
    package, key = _FORMATS.get(structure.format, ("", ""))
    version = dict(structure.metadata).get(key, "") if key else structure.version
    if not package or number(version) is None:
        return None
    return Written(package=package, version=version, by="the file")


def written_cell(where: str, made: Written, pin: Pin) -> Cell | None:
    """Say whether the locked version reads what another one wrote; None if nothing is against it.

    A newer version reads what an older one wrote, unless the framework promises nothing.
    """
    own, other = number(pin.version or ""), number(made.version)
    if own is None or other is None:
        return None
    one, two = own.release[:_ALIKE], other.release[:_ALIKE]
    if one == two or (one > two and pin.name not in STRICT):
        return None
    relation = "newer" if two > one else "older"
    return Cell(
        package=pin.name,
        version=pin.version or "",
        target=where,
        fit=Fit.NO,
        cause=Cause.FORMAT,
        why=f"{pin.name} {made.version} wrote it, which is {relation} than {pin.version}",
        nearest=f"{pin.name} {made.version}",
    )
