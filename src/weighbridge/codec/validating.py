"""Document to model: every fault at once, each with its place and what was probably meant."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from pydantic import ValidationError

from weighbridge.codec import faults, suggesting
from weighbridge.codec.describing import field_at, fields, section_at
from weighbridge.codec.kinds import KINDS, kind_of
from weighbridge.codec.layers import REMOVE
from weighbridge.codec.migrations import migrated
from weighbridge.codec.reading import scan_document
from weighbridge.codec.versions import READ, refusal
from weighbridge.model.authoring import API_VERSION, KIND
from weighbridge.model.authoring.base import TODO, Section
from weighbridge.model.errors import DocumentError, Fault
from weighbridge.model.location import Location, pointer, pointer_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from pydantic_core import ErrorDetails

    from weighbridge.codec.kinds import Kind
    from weighbridge.model.document import Document, Plain

Authored = TypeVar("Authored", bound=Section)
Prepare: TypeAlias = "Callable[[Document], Document]"

# In pydantic's words for what it found; the braces are filled from the error's context.
_WANTED = {
    "string_type": "text",
    "int_type": "an integer",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "literal_error": "one of {expected}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "string_too_short": "text of at least {min_length} character",
    "string_too_long": "text of at most {max_length} characters",
    "too_long": "at most {max_length} long",  # what an own check has read, text or list
    "too_short": "a list of at least {min_length} member",
}
_LINE = 80
_HOLD_MEMBERS = frozenset({"list_type", "dict_type", "model_type"})


def read_authored(
    data: bytes, file: str, model: type[Authored], *, prepare: Prepare = migrated
) -> tuple[Authored, Document]:
    """Read and validate a document of one of the authored kinds.

    Args:
        data: Its bytes.
        file: Its name for messages.
        model: The class of the kind that is wanted.
        prepare: What is done to the document before it is validated: read in today's words, put
            over a template.

    Raises:
        DocumentError: With every fault of text and meaning, in document order.
    """
    document, found = scan_document(data, file, advice=kind_of(model).advice)
    # A value with a fault of its own reads as null: what is wrong with that null is no news.
    nulls = {_pointer(fault) for fault in found if fault.code != faults.DUPLICATE_KEY}
    try:
        _check_kind(document, model)
        document = prepare(document)
        authored = validate_authored(document, model)
    except DocumentError as error:
        found.extend(fault for fault in error.faults if _pointer(fault) not in nulls)
        raise DocumentError.from_faults(in_order(found, document)) from None
    if found:
        raise DocumentError.from_faults(found)
    return authored, document


def _pointer(fault: Fault) -> str:
    return fault.location.pointer if fault.location is not None else ""


def validate_authored(document: Document, model: type[Authored]) -> Authored:
    """Validate a document as one of an authored kind.

    Raises:
        DocumentError: With every fault, in document order.
    """
    kind = kind_of(model)
    _check_kind(document, model)
    found = [] if kind.drafts else [_unsaid(at, document, model) for at in document.todos]
    if "extends" in document.data and len(document.layers) <= 1 and kind.name == KIND:
        found.append(_not_followed(document))
    try:
        authored = model.model_validate(document.data)
    except ValidationError as error:
        # What is wrong with a value that is yet to be said is no news.
        told = {_pointer(fault) for fault in found}
        judged = _judged(error, document, model)
        found.extend(fault for fault in judged if _pointer(fault) not in told)
    else:
        if not found:
            return authored
    raise DocumentError.from_faults(in_order(found, document))


def part_faults(document: Document, model: type[Section]) -> list[Fault]:
    """List what is wrong with a part of a document: all but what it leaves out."""
    try:
        model.model_validate(document.data)
    except ValidationError as error:
        return list(_judged(error, document, model, without=("missing", "where")))
    return []


def _judged(
    error: ValidationError,
    document: Document,
    model: type[Section],
    *,
    without: Collection[str] = (),
) -> Iterator[Fault]:
    for detail in error.errors(include_url=False):
        if detail["type"] not in without:
            yield _fault(detail, document, model)


def _not_followed(document: Document) -> Fault:
    """Refuse a reference nobody followed: what it stands for would silently be missing."""
    return Fault(
        faults.WRONG_VALUE,
        "extends is followed in manifests as they are written, and nowhere else",
        document.location("/extends"),
        seen=document.source_text("/extends"),
        help=("remove it: a sealed manifest says everything itself",),
    )


def in_order(found: Iterable[Fault], document: Document) -> list[Fault]:
    """Sort faults by where they stand; those of a lower layer stand in its file."""
    return sorted(found, key=lambda fault: fault.location or Location(document.file))


def _check_kind(document: Document, model: type[Section]) -> None:
    """Refuse another kind of document before its fields are held against those of this one."""
    kind, known = kind_of(model), fields(model)
    unknown = [key for key in document.data if key not in known]
    found = [
        fault
        for key in ("apiVersion", "kind")
        if key not in document.data
        and (fault := _misspelt(document, key, unknown, kind)) is not None
    ]
    if found:
        raise DocumentError.from_faults(in_order(found, document))
    fault = _wrong_version(document, kind) or _wrong_kind(document, kind)
    if fault is not None:
        raise DocumentError.from_faults([fault])


def _misspelt(document: Document, key: str, unknown: list[str], kind: Kind) -> Fault | None:
    """Find a key of the document that was meant to say what it is."""
    wrong = suggesting.misspelt(key, unknown)
    if not wrong:
        return None
    where = document.location(pointer(wrong), key=True)
    message = f"{wrong} is not a key of the {kind.noun}"
    return Fault(faults.UNKNOWN_KEY, message, where, seen=wrong, help=(f"did you mean `{key}`?",))


def _wrong_version(document: Document, kind: Kind) -> Fault | None:
    seen = document.data.get("apiVersion")
    if not isinstance(seen, str):
        message = f"this is not {_one(kind)} of {API_VERSION}"
        return _not_of(document, "apiVersion", API_VERSION, message, kind.advice)
    refused = refusal(seen, read=READ if kind.drafts else (API_VERSION,))
    if refused is None:
        return None
    return _not_of(document, "apiVersion", API_VERSION, refused.message, refused.help)


def _wrong_kind(document: Document, kind: Kind) -> Fault | None:
    seen = document.data.get("kind")
    if seen == kind.name:
        return None
    other = KINDS.get(str(seen))
    message = f"this is not {_one(kind)} of {API_VERSION}"
    if other is not None:
        message = f"this is {_one(other)}; {_one(kind)} is wanted here"
    return _not_of(document, "kind", kind.name, message, kind.advice)


def _not_of(document: Document, key: str, wanted: str, message: str, help_: str) -> Fault:
    return Fault(
        faults.WRONG_KIND,
        message,
        document.location(pointer(key)),
        seen=f"{key}: {document.data[key]}" if key in document.data else f"no {key}",
        wanted=f"{key}: {wanted}",
        help=(help_,),
    )


def _one(kind: Kind) -> str:
    return f"{'an' if kind.name.startswith('E') else 'a'} {kind.name}"


def _unsaid(at: str, document: Document, model: type[Section]) -> Fault:
    """Refuse a `TODO` where nothing may be left to be said later."""
    name = _name(document, at)
    field = field_at(tuple(pointer_parts(at)), model)
    wanted = field.description or "" if field is not None else ""
    return Fault(
        faults.WRONG_VALUE,
        f"{name} is {TODO}",
        document.location(at),
        seen=TODO,
        wanted=wanted,
        help=(f"say it: only a ModelRelease may hold {TODO}",),
    )


def _fault(detail: ErrorDetails, document: Document, model: type[Section]) -> Fault:
    """Turn one of pydantic's errors into a fault with place and advice."""
    at, value, is_key = _find(detail["loc"], document.data)
    name = _name(document, at)
    if detail["type"] == "extra_forbidden":
        return _unknown_key(detail, document, model, at)
    if detail["type"] == "missing":
        field = field_at(detail["loc"], model)
        wanted = field.description or "" if field is not None else ""
        where = document.location(at)
        return Fault(faults.MISSING_KEY, f"{name} is missing", where, wanted=wanted)
    context: dict[str, Any] = detail.get("ctx", {})
    wanted = str(context.get("wanted") or "") or _wanted(detail)
    message = context.get("message") or f"is not {wanted}"
    hint = str(context.get("hint") or "") or _hint(detail, document, at, value)
    return Fault(
        faults.WRONG_VALUE,
        f"the key {name} {message}" if is_key else f"{name} {message}",
        document.location(at, key=is_key),
        seen=pointer_parts(at)[-1] if is_key else _seen(document, at, value),
        wanted=wanted,
        help=(hint,) if hint else (),
    )


def _name(document: Document, at: str) -> str:
    """Name a value by the keys its author wrote."""
    return ".".join(pointer_parts(document.written_at(at)))


def _find(loc: tuple[int | str, ...], data: Plain) -> tuple[str, Plain, bool]:
    """Follow an error's path: JSON pointer, value, and whether the error is about the key.

    Of a key, pydantic says so by one more part, which leads nowhere.
    """
    at, value = "", data
    for part in loc:
        if isinstance(value, dict):
            value = value.get(str(part))
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
        else:
            return at, value, True
        at += pointer(part)
    return at, value, False


def _unknown_key(detail: ErrorDetails, document: Document, model: type[Section], at: str) -> Fault:
    path = tuple(pointer_parts(at))
    known = fields(section_at(detail["loc"][:-1], model))
    beside = _find(detail["loc"][:-1], document.data)[1]
    siblings = beside if isinstance(beside, dict) else {}
    advice = suggesting.advice(path, known, siblings, model)
    if path[-1] == REMOVE:
        advice = ("it is for members of lists of a template; a key is taken out by null",)
    name = _name(document, at)
    message = f"{name} is not a key of the {kind_of(model).noun}"
    where = document.location(at, key=True)
    return Fault(faults.UNKNOWN_KEY, message, where, seen=path[-1], help=advice)


def _wanted(detail: ErrorDetails) -> str:
    template = _WANTED.get(detail["type"])
    if template is None:
        return detail["msg"]
    return template.format_map(detail.get("ctx", {})).replace("'", "")


def _hint(detail: ErrorDetails, document: Document, at: str, value: Plain) -> str:
    """Advise the word that was meant, or quotes where YAML read something else than text."""
    kind = detail["type"]
    if value is None:
        return "remove the key, or say something"
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected")))
        close = difflib.get_close_matches(str(value), known, n=1, cutoff=0.5)
        return f"did you mean `{close[0]}`?" if close else ""
    if value == TODO and kind in _HOLD_MEMBERS:
        return "TODO stands for a single value: write the keys, with TODO for what is not known"
    place = document.places.get(at)
    if kind == "string_type" and place is not None and place.style == "plain":
        return f'quote it: "{document.source_text(at)}"'
    return ""


def _seen(document: Document, at: str, value: Plain) -> str:
    """Show what stands in the text, or, of what takes more than a line, how it begins."""
    text = document.source_text(at)
    if not text or "\n" in text or isinstance(value, list | dict):
        text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= _LINE else text[: _LINE - 1] + "…"
