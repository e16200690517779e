"""Byte-exact edits of a YAML document: one value changes, no other character does.

Every edit is proved before it is returned: the new text is read again, and its values must be
the old ones but for the one that was set.
"""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

from weighbridge.codec.reading import read_document
from weighbridge.codec.scalars import AmbiguousScalarError, read_plain
from weighbridge.model.document import Document, Plain
from weighbridge.model.errors import DocumentError, UsageError
from weighbridge.model.location import pointer, pointer_parts

if TYPE_CHECKING:
    from weighbridge.model.document import Place

Scalar = str | int | bool

_PLAIN = re.compile(r"[A-Za-z0-9_./@+-](?:[A-Za-z0-9_./@+:-]|(?<!:) (?!#))*")
_YAML_1_1_WORDS = frozenset({"y", "n", "yes", "no", "on", "off"})


def set_value(document: Document, at: str, value: Scalar) -> Document:
    """Set one scalar of a document; missing keys on the way are written.

    Args:
        document: The document as it was read.
        at: JSON pointer of the value.
        value: The new value.

    Raises:
        UsageError: There is no such place, it holds a collection, or an alias stands there.
    """
    place = document.places.get(at)
    if place is not None:
        text = _replace(document, at, place, value)
    else:
        text = _insert(document, at, value)
    return _proved(document, at, value, text)


def find(document: Document, path: str) -> str:
    """Turn a dotted path into a JSON pointer; members of lists go by name or by number.

    Raises:
        UsageError: A part of it leads into a list that has no such member.
    """
    if path.startswith("/"):
        return path
    at, value = "", document.data
    node: Plain = value
    for part in path.split("."):
        step: str | int = part
        if isinstance(node, list):
            step = _member(node, part, path, document)
            node = node[step]
        else:
            node = node.get(part) if isinstance(node, dict) else None
        at += pointer(step)
    return at


def _member(members: list[Plain], part: str, path: str, document: Document) -> int:
    for index, member in enumerate(members):
        names = [member.get(key) for key in ("name", "id", "alert")] if _is_map(member) else []
        if part in names or part == str(index):
            return index
    known = [str(member.get("name")) for member in members if isinstance(member, dict)]
    message = f"{path}: the list has no member {part!r}"
    raise UsageError(message, location=document.location(""), help=[f"known: {', '.join(known)}"])


def _is_map(value: Plain) -> bool:
    return isinstance(value, dict)


def write_scalar(value: Scalar, like: str = "") -> str:
    """Write a scalar as YAML, in the quotes of the text it replaces where it had some."""
    if not isinstance(value, str):
        return json.dumps(value)
    quote = like[:1]
    if quote == '"' or not _may_be_plain(value):
        if quote == "'" and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        return json.dumps(value, ensure_ascii=not value.isprintable())
    return f"'{value}'" if quote == "'" else value


def _may_be_plain(value: str) -> bool:
    if not _PLAIN.fullmatch(value) or value.endswith((" ", ":")):
        return False
    if value[0] == "-" or value.lower() in _YAML_1_1_WORDS or ": " in value:
        return False
    try:
        return isinstance(read_plain(value), str)
    except AmbiguousScalarError:
        return False


def _replace(document: Document, at: str, place: Place, value: Scalar) -> str:
    if place.style not in ("plain", "quoted"):
        held = {"alias": "an alias", "block-scalar": "a block of text"}.get(place.style, "a collection")
        message = f"{at} holds {held}; only single values can be set"
        raise UsageError(message, location=document.location(at), help=["edit it by hand"])
    old = document.source_text(at)
    before = document.text[: place.value.start]
    new = write_scalar(value, old)
    # An empty value (`key:`) has no blank of its own behind the colon.
    gap = " " if not old and before.endswith(":") else ""
    return before + gap + new + document.text[place.value.end :]


def _insert(document: Document, at: str, value: Scalar) -> str:
    """Write a missing key into the nearest mapping that exists."""
    parts = pointer_parts(at)
    depth = len(parts) - 1
    while depth > 0 and pointer(*parts[:depth]) not in document.places:
        depth -= 1
    parent = pointer(*parts[:depth])
    node = _value_at(document.data, parts[:depth])
    place = document.places[parent]
    if not isinstance(node, dict) or place.style == "alias":
        message = f"{parent or 'the document'} is not a mapping, so it has no {parts[depth]!r}"
        raise UsageError(message, location=document.location(parent))
    text = write_scalar(value)
    for key in reversed(parts[depth + 1 :]):
        text = f"{{{write_scalar(key)}: {text}}}"
    member = f"{write_scalar(parts[depth])}: {text}"
    if place.style == "flow":
        return _insert_flow(document, place, member, empty=not node)
    return _insert_block(document, parent, node, member)


def _insert_flow(document: Document, place: Place, member: str, *, empty: bool) -> str:
    end = place.value.end - 1
    while document.text[end - 1] in " \t\r\n":
        end -= 1
    separator = "" if empty else " " if document.text[end - 1] == "," else ", "
    return document.text[:end] + separator + member + document.text[end:]


def _insert_block(document: Document, parent: str, node: dict[str, Plain], member: str) -> str:
    first = document.places[parent + pointer(next(iter(node)))].key
    indent = " " * (first.column - 1 if first else 0)
    line_break = "\r\n" if "\r\n" in document.text else "\n"
    end = _last_character(document, parent)
    line_end = document.text.find("\n", end)
    if line_end < 0:
        return document.text + line_break + indent + member + line_break
    if document.text[line_end - 1] == "\r":
        line_end -= 1
    return document.text[:line_end] + line_break + indent + member + document.text[line_end:]


def _last_character(document: Document, at: str) -> int:
    """Find where a value's text ends, trailing comments and blank lines left out."""
    place = document.places[at]
    node = _value_at(document.data, pointer_parts(at))
    if place.style != "block" or not node:
        return place.value.end - (1 if place.style == "block-scalar" else 0)
    last: str | int = len(node) - 1 if isinstance(node, list) else list(_keys(node))[-1]
    return _last_character(document, at + pointer(last))


def _keys(node: Any) -> dict[str, Plain]:
    return dict(node)


def _value_at(data: Plain, parts: list[str]) -> Plain:
    node = data
    for part in parts:
        node = node[int(part)] if isinstance(node, list) else _keys(node)[part]
    return node


def _proved(document: Document, at: str, value: Scalar, text: str) -> Document:
    """Read the new text and see that it differs from the old in this one value."""
    expected = copy.deepcopy(document.data)
    *way, last = pointer_parts(at)
    node: Any = expected
    for part in way:
        node = node[int(part)] if isinstance(node, list) else node.setdefault(part, {})
    node[int(last) if isinstance(node, list) else last] = value
    try:
        edited = read_document(text.encode(), document.file)
    except DocumentError as error:
        edited = None
        cause = str(error)
    else:
        cause = "the edit would change other values too"
    if edited is None or edited.data != expected or _kinds_differ(edited.data, at, value):
        message = f"{at} cannot be set without changing anything else"
        raise UsageError(
            message, location=document.location(at), cause=cause, help=["edit it by hand"]
        )
    return edited


def _kinds_differ(data: Plain, at: str, value: Scalar) -> bool:
    """Tell `1` from `true`, which Python holds for equal."""
    return type(_value_at(data, pointer_parts(at))) is not type(value)
