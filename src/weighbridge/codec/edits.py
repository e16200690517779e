"""Byte-exact edits of a YAML document: one value changes, no other character does.

Every edit is proved before it is returned: the new text is read again, and its values must be
the old ones but for the one that was set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.codec.inserting import Scalar, insert, put, quote_of, write_scalar
from weighbridge.codec.layers import MEMBER_KEYS, member_key
from weighbridge.codec.reading import read_document
from weighbridge.model.errors import DocumentError, UsageError
from weighbridge.model.location import pointer, pointer_parts

if TYPE_CHECKING:
    from weighbridge.model.document import Document, Place, Plain

_BY_HAND = "edit it by hand"
_HELD = {"alias": "an alias", "block-scalar": "a block of text"}


def set_value(document: Document, at: str, value: Scalar) -> Document:
    """Set one scalar of a document; missing keys and members on the way are written.

    In a document of an older schema that is done to the key its author wrote.

    In a document of an older schema that is done to the key its author wrote.

    Args:
        document: The document as it was read. Of a layered one its author's text is changed:
            what a lower layer says is overridden there.
        at: JSON pointer of the value.
        value: The new value.

    Returns:
        The author's document with the change.

    Raises:
        UsageError: There is no such place, it holds a collection, or an alias stands there.
    """
    edit = _aimed(document, at, value)
    author = document.author
    place = author.places.get(edit.at)
    if edit.step is None and place is not None:
        text = _replace(author, edit.at, place, value)
    else:
        text = insert(author, edit.at, edit.step, edit.content)
    return _proved(author, edit, text)


@dataclass(frozen=True, slots=True)
class _Edit:
    """What is done to the author's document.

    Attributes:
        at: JSON pointer of the value that is replaced, or of the collection something is put into.
        step: Key it is put in under; empty for a list; None if a value is replaced.
        content: What is put there.
    """

    at: str
    step: str | None
    content: Plain


def _aimed(document: Document, at: str, value: Scalar) -> _Edit:
    """Find what of a pointer stands in the author's own text, and what has to be written there."""
    parts, direct = pointer_parts(at), document.origin(at)
    if direct.layer is document.author and direct.pointer in document.author.places:
        return _Edit(direct.pointer, None, value)
    depth = len(parts)
    while depth and not _is_written(document, pointer(*parts[:depth])):
        depth -= 1
    above = document.origin(pointer(*parts[:depth])).pointer
    content: Plain = value
    for index in range(len(parts) - 1, depth, -1):
        content = _wrapped(document, parts[:index], parts[index], content)
    held = document.value(pointer(*parts[:depth]))
    if isinstance(held, list) and int(parts[depth]) < len(held):
        return _Edit(above, "", _member_with(held[int(parts[depth])], held, content))
    return _Edit(above, parts[depth], content)


def _is_written(document: Document, at: str) -> bool:
    return at in document.places and document.origin(at).layer is document.author


def _wrapped(document: Document, above: list[str], step: str, content: Plain) -> Plain:
    """Put a value into the mapping or list it will stand in."""
    try:
        held = document.value(pointer(*above))
    except KeyError:
        held = None
    if isinstance(held, list):
        return [_member_with(held[int(step)], held, content)]
    return {step: content}


def _member_with(member: Plain, members: list[Plain], content: Plain) -> Plain:
    """Name the member of a lower layer's list that a change is of."""
    key = member_key(members)
    if key is None or not isinstance(member, dict) or not isinstance(content, dict):
        raise UsageError("members of such a list cannot be changed one by one", help=[_BY_HAND])
    return {key: member[key], **content}


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
    return [member[key] for key in MEMBER_KEYS if key in member]


def _replace(document: Document, at: str, place: Place, value: Scalar) -> str:
    if place.style not in ("plain", "quoted"):
        message = f"{at} holds {_HELD.get(place.style, 'a collection')}; only single values are set"
        raise UsageError(message, location=document.location(at), help=[_BY_HAND])
    like = quote_of(document) or document.source_text(at)
    return put(document, place, write_scalar(value, like))


def _proved(document: Document, edit: _Edit, text: str) -> Document:
    """Read the new text and see that it differs from the old in this one place."""
    way = pointer_parts(edit.at)
    expected = _with(document.data, way, edit)
    try:
        edited = read_document(text.encode(), document.file)
    except (DocumentError, UnicodeEncodeError) as error:
        edited = None
        cause = str(error)
    else:
        cause = "the edit would change other values too"
    if edited is None or not _same(edited.data, expected):
        at = edit.at + (pointer(edit.step) if edit.step else "")
        message = f"{at} cannot be set without changing anything else"
        raise UsageError(message, location=document.location(at), cause=cause, help=[_BY_HAND])
    return edited


def _with(node: Plain, way: list[str], edit: _Edit) -> Plain:
    """Copy a value with one edit made; whatever aliases share stays as it was."""
    if not way:
        if edit.step is None:
            return edit.content
        if isinstance(node, list):
            return [*node, edit.content]
        return {**({} if node is None else _keys(node)), edit.step: edit.content}
    step, rest = way[0], way[1:]
    if isinstance(node, list):
        index = int(step)
        return [*node[:index], _with(node[index], rest, edit), *node[index + 1 :]]
    members = _keys(node)
    return {**members, step: _with(members[step], rest, edit)}


def _keys(node: Any) -> dict[str, Plain]:
    return dict(node)


def _same(left: Any, right: Any) -> bool:
    """Compare values by kind too: Python holds `1`, `1.0` and `true` for equal."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)
