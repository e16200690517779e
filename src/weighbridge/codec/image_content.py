"""What was found in the layers of an image, as bytes: for the cache.

Only of an image in which everything was as it should be: what is wrong is looked at every time. The
cache may have been written by anybody, so each value has the one type it must have, or nothing of
it is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

import orjson

from weighbridge.codec.observation import ObservationError, observation_bytes, read_observation
from weighbridge.model import image
from weighbridge.model.fact import Distribution, ObservedFile, Unavailable
from weighbridge.model.structure import Structure

T = TypeVar("T")

_NAMES: Final = {"Distribution": Distribution, "Unavailable": Unavailable}


class ImageContentError(ValueError):
    """Bytes are not what this module writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageContent:
    """What was found in the layers of an image.

    Attributes:
        layers: The layers, lowest first.
        inventory: What their files add up to.
        files: Files that were looked into.
    """

    layers: tuple[image.ImageLayer, ...]
    inventory: image.Inventory
    files: tuple[image.ImageFile, ...] = ()


def content_bytes(content: ImageContent) -> bytes:
    """Write what was found."""
    files = [
        [one.path, one.layer, one.package, structure_text(one.structure, one.size, one.digest)]
        for one in content.files
    ]
    value = {"layers": content.layers, "inventory": content.inventory, "files": files}
    return orjson.dumps(value)


def read_content(data: bytes) -> ImageContent:
    """Read what `content_bytes` wrote.

    Raises:
        ImageContentError: It did not write that.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ImageContentError(str(error)) from error
    if not isinstance(value, dict) or value.keys() != {"layers", "inventory", "files"}:
        raise ImageContentError("it has other keys")
    return ImageContent(
        layers=read_value(tuple[image.ImageLayer, ...], value["layers"]),
        inventory=read_value(image.Inventory, value["inventory"]),
        files=tuple(_file(one) for one in read_value(list, value["files"])),
    )


def structure_text(structure: Structure, size: int = 0, digest: str = "") -> str:
    """Write a structure, with the size and digest of its file."""
    return observation_bytes(ObservedFile("", size, digest, structure)).decode()


def read_structure(text: str) -> tuple[Structure, int, str]:
    """Read what `structure_text` wrote.

    Raises:
        ImageContentError: It did not write that.
    """
    try:
        found = read_observation(text.encode(), "")
    except (ObservationError, UnicodeError) as error:
        raise ImageContentError(str(error)) from error
    if not isinstance(found, ObservedFile):
        raise ImageContentError("a structure is none")
    structure = found.structure
    if isinstance(structure, Unavailable):
        structure = Structure(format="unknown", status="incomplete", reason=structure.reason)
    return structure, found.size, found.digest


def _file(value: Any) -> image.ImageFile:
    if type(value) is not list or len(value) != 4:  # noqa: PLR2004 - as it is written
        raise ImageContentError("a file is none")
    path, layer, package, text = value
    structure, size, digest = read_structure(read_value(str, text))
    return image.ImageFile(
        path=read_value(str, path),
        layer=read_value(int, layer),
        package=read_value(str, package),
        size=size,
        digest=digest,
        structure=structure,
    )


def read_value(hint: Any, value: Any) -> Any:
    """Read plain data as what a type says: a dataclass, a tuple of them, a text.

    Raises:
        ImageContentError: It is something else.
    """
    if get_origin(hint) is tuple:
        if type(value) is not list:
            raise ImageContentError("a list is none")
        return tuple(read_value(get_args(hint)[0], one) for one in value)
    if isinstance(hint, UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not NoneType]
        return None if value is None else read_value(kinds[0], value)
    if is_dataclass(hint) and isinstance(hint, type):
        return _dataclass(hint, value)
    if type(value) is not hint:
        raise ImageContentError(f"a {hint.__name__} is none")
    return value


def _dataclass(kind: type[T], value: Any) -> T:
    hints: dict[str, Any] = _hints(kind)  # type: ignore[arg-type] # a class can be hashed
    if not isinstance(value, dict) or value.keys() != hints.keys():
        raise ImageContentError(f"a {kind.__name__} has other fields")
    return kind(**{name: read_value(hint, value[name]) for name, hint in hints.items()})


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    found = get_type_hints(kind, localns=_NAMES)
    return {one.name: found[one.name] for one in fields(kind)}
