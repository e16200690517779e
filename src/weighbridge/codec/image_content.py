"""What was found in the layers of an image, as bytes: for the cache.

Only of an image in which everything was as it should be: what is wrong is looked at every time. The
cache may have been written by anybody, so each value has the one type it must have, or nothing of
it is taken.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

import orjson

from weighbridge.model import image
from weighbridge.model.fact import Distribution, Unavailable

T = TypeVar("T")

_NAMES: Final = {"Distribution": Distribution, "Unavailable": Unavailable}


class ImageContentError(ValueError):
    """Bytes are not what this module writes."""


def content_bytes(layers: tuple[image.ImageLayer, ...], inventory: image.Inventory) -> bytes:
    """Write layers that were read, and what they hold."""
    return orjson.dumps({"layers": layers, "inventory": inventory})


def read_content(data: bytes) -> tuple[tuple[image.ImageLayer, ...], image.Inventory]:
    """Read what `content_bytes` wrote.

    Raises:
        ImageContentError: It did not write that.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ImageContentError(str(error)) from error
    if not isinstance(value, dict) or value.keys() != {"layers", "inventory"}:
        raise ImageContentError("it has other keys")
    layers = _read(tuple[image.ImageLayer, ...], value["layers"])
    return layers, _read(image.Inventory, value["inventory"])


def _read(hint: Any, value: Any) -> Any:
    if get_origin(hint) is tuple:
        if type(value) is not list:
            raise ImageContentError("a list is none")
        return tuple(_read(get_args(hint)[0], one) for one in value)
    if isinstance(hint, UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not NoneType]
        return None if value is None else _read(kinds[0], value)
    if is_dataclass(hint) and isinstance(hint, type):
        return _dataclass(hint, value)
    if type(value) is not hint:
        raise ImageContentError(f"a {hint.__name__} is none")
    return value


def _dataclass(kind: type[T], value: Any) -> T:
    hints = get_type_hints(kind, localns=_NAMES)
    names = {one.name for one in fields(kind)}  # type: ignore[arg-type] # it is a dataclass
    if not isinstance(value, dict) or value.keys() != names:
        raise ImageContentError(f"a {kind.__name__} has other fields")
    return kind(**{name: _read(hints[name], value[name]) for name in names})
