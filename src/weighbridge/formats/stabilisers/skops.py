"""Skops: a zip whose schema names each object by the address it had in memory."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

from weighbridge.formats.stabilisers import zip_archive
from weighbridge.formats.stabilisers.draft import Draft, RefusedError, Stabiliser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.formats.stabilisers.draft import Form
    from weighbridge.formats.stabilisers.reading import Readable
    from weighbridge.formats.stabilisers.zip_archive import ZipMember

_SCHEMA: Final = "schema.json"
_ID: Final = "__id__"
_LOADER: Final = "__loader__"
_FILE: Final = "file"
_OWN_NAME: Final = re.compile(r"([0-9]+|[0-9a-f-]{36})(\.[a-z]+)")


def write(source: Readable, draft: Draft) -> None:
    """Write the schema with its objects numbered in order, and the files by those numbers."""
    members = zip_archive.read_members(source, draft)
    schema = next((one for one in members if one.entry.name == _SCHEMA), None)
    if schema is None:
        raise RefusedError("it has no schema")
    names, form = _settled(schema, draft)
    for member in sorted(members, key=lambda one: names.get(one.entry.name, one.entry.name)):
        name = member.entry.name
        own = form if member is schema else None
        zip_archive.keep_member(draft, member, name=names.get(name, name), form=own)


def _settled(member: ZipMember, draft: Draft) -> tuple[dict[str, str], Form]:
    opened = member.opened()
    if opened.size > draft.limits.header:
        raise RefusedError("the schema is too long")
    raw = opened.read_at(0, opened.size)
    try:
        schema = _parsed(raw)
        names = _settle(schema)
        text = json.dumps(schema)
    except (ValueError, RecursionError) as error:
        raise RefusedError("the schema is no JSON that is followed") from error
    inner = Draft(
        STABILISER.label, limits=draft.limits, budget=draft.budget, look_into=draft.look_into
    )
    inner.keep(text.encode())
    inner.let_go(raw)
    return names, inner.form()


def _parsed(raw: bytes) -> object:
    found: object = json.loads(
        raw, object_pairs_hook=_unique, parse_float=_refuse, parse_constant=_refuse
    )
    return found


def _settle(schema: object) -> dict[str, str]:
    """Number objects and files in the order they are named in; return the files' new names."""
    numbers: dict[int, int] = {}
    files: dict[str, str] = {}
    for found in _objects(schema):
        identity, file = found.get(_ID), found.get(_FILE)
        if type(identity) is int and _LOADER in found:
            found[_ID] = numbers.setdefault(identity, len(numbers))
        own = _OWN_NAME.fullmatch(file) if isinstance(file, str) and _LOADER in found else None
        if own is not None:
            found[_FILE] = files.setdefault(own[0], f"#{len(files)}{own[2]}")
    return files


def _objects(schema: object) -> Iterator[dict[str, Any]]:
    """Walk all objects, the outer before the inner, in the order of the text."""
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += reversed(value.values())
        elif isinstance(value, list):
            waiting += reversed(value)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


STABILISER: Final = Stabiliser(
    name="skops",
    version=1,
    formats=("skops",),
    lets=(
        "the numbers that name objects and the files beside the schema, the schema's white space,"
        " and all that `zip` lets differ"
    ),
    because=(
        "they are addresses in the memory of who saved it; which object is which, and which file"
        " belongs to which, is kept"
    ),
    write=write,
)
