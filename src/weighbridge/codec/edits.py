"""Byte-exact edits of a YAML document: one value changes, no other character does.

Every edit is proved before it is returned: the new text is read again, and its values must be
the old ones but for the one that was set.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from weighbridge.codec.migrations import migrated
from weighbridge.codec.reading import read_document
from weighbridge.codec.scalars import AmbiguousScalarError, read_plain
from weighbridge.model.errors import DocumentError, UsageError
from weighbridge.model.location import pointer, pointer_parts

if TYPE_CHECKING:
    from weighbridge.model.document import Document, Place, Plain

Scalar = str | int | bool

# Narrower than YAML: what stands plain must do so in block and flow collections alike.
_PLAIN = re.compile(r"[A-Za-z0-9_./+](?:[A-Za-z0-9_./@+-]|[: ](?=[A-Za-z0-9_./@+-]))*")
_JSON = re.compile(r'\ufeff?\s*\{\s*(?:"|\}\s*$)')
_YAML_1_1_WORDS = frozenset({"y", "n", "yes", "no", "on", "off"})
_MEMBER_KEYS = ("name", "id", "alert", "ref")
_HELD = {"alias": "an alias", "block-scalar": "a block of text"}


def set_value(document: Document, at: str, value: Scalar) -> Document:
    """Set one scalar of a document; missing keys on the way are written.

    In a document of an older schema that is done to the key its author wrote.

    Args:
        document: The document as it was written, not as it is read today.
        at: JSON pointer of the value.
        value: The new value.

    Raises:
        UsageError: There is no such place, it holds a collection, or an alias stands there.
    """
    at = migrated(document).written_at(at)
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
    at = ""
    node: Plain = document.data
    parts = path.split(".")
    while parts:
        name = _longest_name(node, parts)
        parts = parts[name.count(".") + 1 :]
        step: str | int = name
        if isinstance(node, list):
            step = _member(node, name, path, document)
            node = node[step]
        else:
            node = node.get(name) if isinstance(node, dict) else None
        at += pointer(step)
    return at


def _longest_name(node: Plain, parts: list[str]) -> str:
    """Join parts to a name that is there: names such as `model.onnx` have dots of their own."""
    known = set(node) if isinstance(node, dict) else set()
    if isinstance(node, list):
        known = {str(name) for member in node for name in _names(member)}
    for count in range(len(parts), 1, -1):
        name = ".".join(parts[:count])
        if name in known:
            return name
    return parts[0]


def _member(members: list[Plain], part: str, path: str, document: Document) -> int:
    names = [_names(member) for member in members]
    for index, found in enumerate(names):
        if part in found:
            return index
    if part.isdecimal() and part.isascii() and int(part[:10]) < len(members):
        return int(part)
    known = [str(found[0]) for found in names if found]
    message = f"{path}: the list has no member {part!r}"
    where = document.location("")
    choice = ", ".join(known) or f"numbers below {len(members)}"
    raise UsageError(message, location=where, help=[f"known: {choice}"])


def _names(member: Plain) -> list[Plain]:
    if not isinstance(member, dict):
        return []
    return [member[key] for key in _MEMBER_KEYS if key in member]


def write_scalar(value: Scalar, like: str = "") -> str:
    """Write a scalar as YAML, in the quotes of the text it replaces where it had some."""
    if not isinstance(value, str):
        return json.dumps(value)
    quote = like[:1]
    if quote == '"' or not _may_be_plain(value):
        if quote == "'" and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        # DEL is the one control character that JSON leaves as it is.
        return json.dumps(value, ensure_ascii=not value.isprintable()).replace("\x7f", "\\u007f")
    return f"'{value}'" if quote == "'" else value


def _may_be_plain(value: str) -> bool:
    if not _PLAIN.fullmatch(value) or value.lower() in _YAML_1_1_WORDS:
        return False
    try:
        return isinstance(read_plain(value), str)
    except AmbiguousScalarError:
        return False


def _replace(document: Document, at: str, place: Place, value: Scalar) -> str:
    if place.style not in ("plain", "quoted"):
        message = f"{at} holds {_HELD.get(place.style, 'a collection')}; only single values are set"
        raise UsageError(message, location=document.location(at), help=["edit it by hand"])
    return _put(document, place, write_scalar(value, _quote(document) or document.source_text(at)))


def _quote(document: Document) -> str:
    """Quote everything where everything is quoted: JSON stays JSON."""
    return '"' if _JSON.match(document.text) else ""


def _put(document: Document, place: Place, written: str) -> str:
    """Put a value's text where another's is."""
    before, after = document.text[: place.value.start], document.text[place.value.end :]
    # An empty value (`key:`, `-`) has no blank of its own before it.
    gap = " " if before.endswith((":", "-")) and place.value.start == place.value.end else ""
    return before + gap + written + after


def _insert(document: Document, at: str, value: Scalar) -> str:
    """Write a missing key into the nearest mapping that exists."""
    parts = pointer_parts(at)
    depth = len(parts) - 1
    while depth > 0 and pointer(*parts[:depth]) not in document.places:
        depth -= 1
    parent = pointer(*parts[:depth])
    node = _value_at(document.data, parts[:depth])
    place = document.places[parent]
    quote = _quote(document)
    text = write_scalar(value, quote)
    for key in reversed(parts[depth + 1 :]):
        text = f"{{{write_scalar(key, quote)}: {text}}}"
    member = f"{write_scalar(parts[depth], quote)}: {text}"
    if node is None and place.style == "plain":
        return _put(document, place, f"{{{member}}}")
    if not isinstance(node, dict) or place.style == "alias":
        message = f"{parent or 'the document'} is not a mapping, so it has no {parts[depth]!r}"
        raise UsageError(message, location=document.location(parent), help=["edit it by hand"])
    if place.style == "flow":
        return _insert_flow(document, parent, node, member)
    return _insert_block(document, parent, node, member)


def _insert_flow(document: Document, parent: str, node: dict[str, Plain], member: str) -> str:
    if node:
        end = _last_character(document, parent + pointer(list(node)[-1]))
        return document.text[:end] + ", " + member + document.text[end:]
    start = document.places[parent].value.start
    end = document.text.index("{", start) + 1
    return document.text[:end] + member + document.text[end:]


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
    if place.style == "block-scalar":
        return _end_of_block_scalar(document.source_text(at)) + place.value.start
    if place.style != "block" or not node:
        return place.value.end
    last: str | int = len(node) - 1 if isinstance(node, list) else list(_keys(node))[-1]
    return _last_character(document, at + pointer(last))


def _end_of_block_scalar(source: str) -> int:
    """Leave out blank lines behind a block of text, unless its header keeps them (`|+`)."""
    header = source.partition("\n")[0].partition("#")[0]
    return len(source) - 1 if "+" in header else len(source.rstrip(" \r\n"))


def _keys(node: Any) -> dict[str, Plain]:
    return dict(node)


def _value_at(data: Plain, parts: list[str]) -> Plain:
    node = data
    for part in parts:
        node = node[int(part)] if isinstance(node, list) else _keys(node)[part]
    return node


def _proved(document: Document, at: str, value: Scalar, text: str) -> Document:
    """Read the new text and see that it differs from the old in this one value."""
    expected = _with(document.data, pointer_parts(at), value)
    try:
        edited = read_document(text.encode(), document.file)
    except (DocumentError, UnicodeEncodeError) as error:
        edited = None
        cause = str(error)
    else:
        cause = "the edit would change other values too"
    if edited is None or not _same(edited.data, expected):
        message = f"{at} cannot be set without changing anything else"
        raise UsageError(
            message, location=document.location(at), cause=cause, help=["edit it by hand"]
        )
    return edited


def _with(node: Plain, way: list[str], value: Plain) -> Plain:
    """Copy a value with one place in it set; whatever aliases share stays as it was."""
    if not way:
        return value
    step, rest = way[0], way[1:]
    if isinstance(node, list):
        index = int(step)
        return [*node[:index], _with(node[index], rest, value), *node[index + 1 :]]
    members = {} if node is None else _keys(node)
    return {**members, step: _with(members.get(step), rest, value)}


def _same(left: Any, right: Any) -> bool:
    """Compare values by kind too: Python holds `1`, `1.0` and `true` for equal."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)
