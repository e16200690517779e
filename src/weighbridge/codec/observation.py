"""What was observed of a file, as bytes: on its way between processes, and in the cache.

Whoever wrote the bytes may be a process that hostile data took over, so they are read like any
other hostile input: each value has the one type it must have, or nothing of it is taken.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args

import orjson

from weighbridge.model.bill import Component
from weighbridge.model.fact import ObservedFile, PathProblem, Unavailable
from weighbridge.model.structure import (
    CodeKind,
    CodeUse,
    FileReference,
    GlobalAct,
    GlobalUse,
    Problem,
    SecretUse,
    Status,
    Structure,
    TensorInfo,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Found = ObservedFile | PathProblem | Unavailable

_DEEPEST: Final = 64
_STATUSES: Final = get_args(Status)
_BEYOND: Final = "its reader found numbers that no file can have"
_Part = TypeVar(
    "_Part", Problem, GlobalUse, CodeUse, SecretUse, TensorInfo, FileReference, Component
)


class ObservationError(ValueError):
    """Bytes are not what this module writes."""


def observation_bytes(found: Found) -> bytes:
    """Write what was observed of a file; without the file's path, which whoever asked knows."""
    if isinstance(found, Unavailable):
        return orjson.dumps({"unavailable": [found.reason, found.hint]})
    if isinstance(found, PathProblem):
        return orjson.dumps({"problem": [found.path, found.kind, found.target]})
    structure = found.structure
    known: object
    if isinstance(structure, Unavailable):
        known = [structure.reason, structure.hint]
    else:
        known = _structure_out(structure)
    value = {"size": found.size, "digest": found.digest, "link": found.link}
    try:
        return orjson.dumps({**value, "structure": known})
    except TypeError:  # a number of more than 64 bits: no file has that many bytes
        return orjson.dumps({**value, "structure": [_BEYOND, ""]})


def read_observation(data: bytes, path: str) -> Found:
    """Read what was observed of a file.

    Args:
        data: What `observation_bytes` wrote.
        path: The file's path.

    Raises:
        ObservationError: It did not write that.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ObservationError(str(error)) from error
    if not isinstance(value, dict):
        raise ObservationError("it is no object")
    if value.keys() == {"unavailable"}:
        reason, hint = _texts(value["unavailable"], 2)
        return Unavailable(reason, hint)
    if value.keys() == {"problem"}:
        where, kind, target = _texts(value["problem"], 3)
        return PathProblem(path=where, kind=kind, target=target)
    if value.keys() != {"size", "digest", "link", "structure"}:
        raise ObservationError("it has other keys")
    known = value["structure"]
    structure = Unavailable(*_texts(known, 2)) if isinstance(known, list) else _structure_in(known)
    link = value["link"]
    return ObservedFile(
        path=path,
        size=_natural(value["size"]),
        digest=_text(value["digest"]),
        structure=structure,
        link=None if link is None else _text(link),
    )


def _structure_out(structure: Structure) -> dict[str, Any]:
    return {
        "format": structure.format,
        "status": structure.status,
        "reason": structure.reason,
        "version": structure.version,
        "size": structure.size,
        "coverage": structure.coverage,
        "container": structure.container,
        "metadata": structure.metadata,
        "members": [_structure_out(member) for member in structure.members],
        **{name: [_part_out(part) for part in getattr(structure, name)] for name in _PARTS},
    }


def _structure_in(value: Any, depth: int = 0) -> Structure:
    if not isinstance(value, dict) or value.keys() != _KEYS or depth > _DEEPEST:
        raise ObservationError("a structure has other keys, or nests too deeply")
    status = value["status"]
    if status not in _STATUSES:
        raise ObservationError("a structure has no known status")
    return Structure(
        format=_text(value["format"]),
        status=status,
        reason=_text(value["reason"]),
        version=_text(value["version"]),
        size=_natural(value["size"]),
        coverage=_natural(value["coverage"]),
        container=_text(value["container"]),
        metadata=tuple((key, text) for key, text in _pairs(value["metadata"])),
        members=tuple(_structure_in(member, depth + 1) for member in _list(value["members"])),
        problems=_parts(Problem, value["problems"]),
        globals=_parts(GlobalUse, value["globals"]),
        code=_parts(CodeUse, value["code"]),
        secrets=_parts(SecretUse, value["secrets"]),
        tensors=_parts(TensorInfo, value["tensors"]),
        inputs=_parts(TensorInfo, value["inputs"]),
        outputs=_parts(TensorInfo, value["outputs"]),
        references=_parts(FileReference, value["references"]),
        components=_parts(Component, value["components"]),
    )


def _part_out(
    part: Problem | GlobalUse | CodeUse | SecretUse | TensorInfo | FileReference | Component,
) -> list[Any]:
    return [getattr(part, name) for name in _FIELDS[type(part)]]


def _parts(kind: type[_Part], value: Any) -> tuple[_Part, ...]:
    if value == []:
        return ()
    names = tuple(_FIELDS[kind])
    checks = tuple(_FIELDS[kind].values())
    found = []
    for part in _list(value):
        if not isinstance(part, list) or len(part) != len(names):
            raise ObservationError(f"a {kind.__name__} has other fields")
        checked = [check(one) for check, one in zip(checks, part, strict=True)]
        found.append(kind(**dict(zip(names, checked, strict=True))))
    return tuple(found)


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise ObservationError("a list is none")
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ObservationError("a text is none")
    return value


def _texts(value: Any, count: int) -> list[str]:
    if len(_list(value)) != count:
        raise ObservationError("a list has another length")
    return [_text(one) for one in value]


def _pairs(value: Any) -> list[list[str]]:
    return [_texts(pair, 2) for pair in _list(value)]


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise ObservationError("a number is none")
    return value


def _natural(value: Any) -> int:
    if _integer(value) < 0:
        raise ObservationError("a size is negative")
    return int(value)


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise ObservationError("a flag is none")
    return value


def _integers(value: Any) -> tuple[int, ...]:
    return tuple(_integer(one) for one in _list(value))


def _several(value: Any) -> tuple[str, ...]:
    return tuple(_text(one) for one in _list(value))


def _places(value: Any) -> tuple[tuple[str, ...], ...]:
    return tuple(_several(one) for one in _list(value))


def _acts(value: Any) -> tuple[GlobalAct, ...]:
    if any(one not in get_args(GlobalAct) for one in _list(value)):
        raise ObservationError("a pickle does what no pickle can")
    return tuple(value)


def _kind(value: Any) -> CodeKind:
    if value not in get_args(CodeKind):
        raise ObservationError("code is of no known kind")
    kind: CodeKind = value
    return kind


_CHECKS: Final[dict[str, Callable[[Any], Any]]] = {
    "str": _text,
    "int": _integer,
    "bool": _flag,
    "CodeKind": _kind,
    "tuple[int, ...]": _integers,
    "tuple[str, ...]": _several,
    "tuple[tuple[str, ...], ...]": _places,
    "tuple[GlobalAct, ...]": _acts,
}
"""How a value of a field is read, by the field's type as it is written in the model."""

_FIELDS: Final = {
    kind: {one.name: _CHECKS[str(one.type)] for one in fields(kind)}
    for kind in (Problem, GlobalUse, CodeUse, SecretUse, TensorInfo, FileReference, Component)
}
_PARTS: Final = (
    "problems",
    "globals",
    "code",
    "secrets",
    "tensors",
    "inputs",
    "outputs",
    "references",
    "components",
)
_KEYS: Final = {one.name for one in fields(Structure)}
