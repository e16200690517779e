"""Write values into the text of a YAML document without touching what stands there."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from weighbridge.codec.scalars import AmbiguousScalarError, read_plain
from weighbridge.model.errors import UsageError
from weighbridge.model.location import pointer

if TYPE_CHECKING:
    from weighbridge.model.document import Document, Place, Plain

Scalar = str | int | bool

# Narrower than YAML: what stands plain must do so in block and flow collections alike.
_PLAIN = re.compile(r"[A-Za-z0-9_./+](?:[A-Za-z0-9_./@+-]|[: ](?=[A-Za-z0-9_./@+-]))*")
_OPENING = re.compile(r"[{\[]")
_JSON = re.compile(r'\ufeff?\s*\{\s*(?:"|\}\s*$)')
_YAML_1_1_WORDS = frozenset({"y", "n", "yes", "no", "on", "off"})


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


def quote_of(document: Document) -> str:
    """Quote everything where everything is quoted: JSON stays JSON."""
    return '"' if _JSON.match(document.text) else ""


def put(document: Document, place: Place, written: str) -> str:
    """Put a value's text where another's is."""
    before, after = document.text[: place.value.start], document.text[place.value.end :]
    # An empty value (`key:`, `-`) has no blank of its own before it.
    gap = " " if before.endswith((":", "-")) and place.value.start == place.value.end else ""
    return before + gap + written + after


def insert(document: Document, at: str, step: str | None, content: Plain) -> str:
    """Put something into a collection; the new text of the whole document is returned.

    Args:
        document: A document of one layer.
        at: JSON pointer of the collection; what is empty there becomes a mapping.
        step: Its key in a mapping; nothing for a list, at whose end it is put.
        content: What is put there.

    Raises:
        UsageError: There is no collection, or an alias stands there.
    """
    node, place = document.value(at), document.places[at]
    quote = quote_of(document)
    text = write_flow(content, quote)
    member = f"{write_scalar(step, quote)}: {text}" if step else text
    if node is None and place.style == "plain" and step:
        return put(document, place, f"{{{member}}}")
    wanted = dict if step else list
    if not isinstance(node, wanted) or place.style == "alias":
        message = f"{at or 'the document'} is not a mapping, so it has no {step!r}"
        raise UsageError(message, location=document.location(at), help=["edit it by hand"])
    if place.style == "flow":
        return _insert_flow(document, at, member)
    return _insert_block(document, at, member if step else f"- {member}")


def write_flow(value: Plain, quote: str = "") -> str:
    """Write a value on one line, collections in braces and brackets."""
    if isinstance(value, dict):
        members = (
            f"{write_scalar(key, quote)}: {write_flow(v, quote)}" for key, v in value.items()
        )
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(write_flow(member, quote) for member in value)}]"
    return write_scalar(value if isinstance(value, bool | int) else str(value), quote)


def _insert_flow(document: Document, parent: str, member: str) -> str:
    last = _last_step(document, parent)
    if last:
        end = _last_character(document, parent + last)
        return document.text[:end] + ", " + member + document.text[end:]
    # An anchor or a tag may stand before the bracket.
    match = _OPENING.search(document.text, document.places[parent].value.start)
    end = match.end() if match is not None else 0
    return document.text[:end] + member + document.text[end:]


def _insert_block(document: Document, parent: str, member: str) -> str:
    place = document.places[parent]
    first = document.places[parent + _first_step(document, parent)].key
    indent = " " * ((first or place.value).column - 1)
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
    place, last = document.places[at], _last_step(document, at)
    if place.style == "block-scalar":
        return _end_of_block_scalar(document.source_text(at)) + place.value.start
    if place.style != "block" or not last:
        return place.value.end
    return _last_character(document, at + last)


def _first_step(document: Document, at: str) -> str:
    node = document.value(at)
    return pointer(next(iter(node))) if isinstance(node, dict) else pointer(0)


def _last_step(document: Document, at: str) -> str:
    """Name the step to the last member of a collection; empty if there is none."""
    node = document.value(at)
    if not isinstance(node, dict | list) or not node:
        return ""
    return pointer(len(node) - 1 if isinstance(node, list) else list(node)[-1])


def _end_of_block_scalar(source: str) -> int:
    """Leave out blank lines behind a block of text, unless its header keeps them (`|+`)."""
    header = source.partition("\n")[0].partition("#")[0]
    return len(source) - 1 if "+" in header else len(source.rstrip(" \r\n"))
