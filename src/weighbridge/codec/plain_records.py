"""Frozen dataclasses as plain values, and back, by the types of their fields.

Members are named as JSON names them (`cpuMilliseconds`). A field that has its default is left
out, so that there is one way to write a record; reading takes nothing else.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from weighbridge.model.location import pointer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

    Way = tuple[str | int, ...]

T = TypeVar("T")


class RecordError(ValueError):
    """A value is not what a record is written as; the message says where."""

    def __init__(self, message: str, way: Way) -> None:
        """Say what is wrong, and where."""
        super().__init__(f"{pointer(*way) or '/'} {message}")


def plain_record(record: DataclassInstance) -> dict[str, Any]:
    """Write a record as plain values: mappings, lists, texts, integers, booleans."""
    return {
        _member(one.name): _plain(value)
        for one in fields(record)
        if (value := getattr(record, one.name)) != _default(one)
    }


def read_record(kind: type[T], value: object, way: Way = ()) -> T:
    """Read a record of a kind.

    Args:
        kind: A frozen dataclass.
        value: What `plain_record` wrote.
        way: Where it stands.

    Raises:
        RecordError: It wrote no such thing.
    """
    if not isinstance(value, dict):
        raise RecordError("is not a mapping", way)
    known = _members(kind)  # type: ignore[arg-type]  # every class can be hashed
    unknown = sorted(map(str, value.keys() - known.keys()))
    if unknown:
        raise RecordError(f"has a member nobody knows: {unknown[0][:80]}", way)
    found = {}
    for name, (one, hint) in known.items():
        if name in value:
            found[one.name] = _read(hint, value[name], (*way, name))
            if found[one.name] == _default(one):
                raise RecordError("is written out, and is the default", (*way, name))
        elif _default(one) is MISSING:
            raise RecordError(f"has no member {name}", way)
    return kind(**found)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, StrEnum):
        return value.value
    return plain_record(value) if is_dataclass(value) and not isinstance(value, type) else value


def _read(hint: Any, value: object, way: Way) -> Any:
    if isinstance(hint, UnionType):
        kinds = [one for one in get_args(hint) if one is not NoneType]
        return _read(kinds[0], value, way)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise RecordError("is not a list", way)
        each = get_args(hint)[0]
        return tuple(_read(each, one, (*way, index)) for index, one in enumerate(value))
    if is_dataclass(hint):
        return read_record(hint, value, way)  # type: ignore[arg-type]  # a class, by its hint
    return _scalar(hint, value, way)


def _scalar(hint: type, value: object, way: Way) -> Any:
    if issubclass(hint, StrEnum):
        words = [one.value for one in hint]
        if value not in words:
            raise RecordError(f"is not {' or '.join(words)}", way)
        return hint(value)
    # True is an integer to Python, and to nobody else.
    if type(value) is not hint:
        raise RecordError(f"is not {_WORDS[hint]}", way)
    return value


_WORDS: Mapping[type, str] = {str: "a text", int: "an integer", bool: "true or false"}


@cache
def _members(kind: type) -> dict[str, tuple[Field[Any], Any]]:
    hints = get_type_hints(kind)
    listed: tuple[Field[Any], ...] = fields(kind)
    return {_member(one.name): (one, hints[one.name]) for one in listed}


@cache
def _member(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _default(one: Field[Any]) -> Any:
    return one.default
