"""Document to manifest: every fault at once, each with its place and what was probably meant."""

from __future__ import annotations

import difflib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from weighbridge.codec import faults
from weighbridge.codec.describing import field_at, fields, section_at
from weighbridge.codec.reading import scan_document
from weighbridge.model.errors import DocumentError, Fault
from weighbridge.model.location import Location, pointer
from weighbridge.model.release import API_VERSION, KIND, ModelRelease

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from weighbridge.model.document import Document, Plain

_WANTED = {
    "string_type": "text",
    "int_type": "an integer",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def read_release(data: bytes, file: str) -> tuple[ModelRelease, Document]:
    """Read and validate a manifest.

    Raises:
        DocumentError: With every fault of text and meaning, in document order.
    """
    document, found = scan_document(data, file)
    places = {fault.location for fault in found}
    try:
        release = validate_release(document)
    except DocumentError as error:
        # A value with a fault of its own reads as null: what is wrong with that null is no news.
        found.extend(fault for fault in error.faults if fault.location not in places)
    if found:
        raise DocumentError.from_faults(_in_order(found, document))
    return release, document


def validate_release(document: Document) -> ModelRelease:
    """Validate a document as a manifest.

    Raises:
        DocumentError: With every fault, in document order.
    """
    _check_kind(document)
    try:
        return ModelRelease.model_validate(document.data)
    except ValidationError as error:
        found = [_fault(detail, document) for detail in error.errors(include_url=False)]
    raise DocumentError.from_faults(_in_order(found, document))


def _in_order(found: list[Fault], document: Document) -> list[Fault]:
    return sorted(found, key=lambda fault: fault.location or Location(document.file))


def _check_kind(document: Document) -> None:
    """Refuse another kind of document before its fields are held against ours."""
    for key, wanted in (("apiVersion", API_VERSION), ("kind", KIND)):
        seen = document.data.get(key)
        if seen != wanted:
            at = pointer(key)
            fault = Fault(
                faults.WRONG_KIND,
                f"this is not a {KIND} of {API_VERSION}",
                document.location(at),
                seen=f"{key}: {seen}" if key in document.data else f"no {key}",
                wanted=f"{key}: {wanted}",
                help=("run `weighbridge init` to write a manifest",),
            )
            raise DocumentError.from_faults([fault])


def _fault(detail: ErrorDetails, document: Document) -> Fault:
    """Turn one of pydantic's errors into a fault with place and advice."""
    at, value = _find(detail["loc"], document.data)
    dotted = ".".join(str(part) for part in detail["loc"])
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(detail, document, at, dotted)
    if kind == "missing":
        where = document.location(at)
        field = field_at(detail["loc"])
        wanted = field.description or "" if field is not None else ""
        return Fault(faults.MISSING_KEY, f"{dotted} is missing", where, wanted=wanted)
    context: dict[str, Any] = detail.get("ctx", {})
    message = detail["msg"]
    if "message" not in context:
        message = "is not " + _wanted(kind, context, message)
    hint = str(context.get("hint", "")) or _quote_hint(kind, document, at)
    return Fault(
        faults.WRONG_VALUE,
        f"{dotted} {message}",
        document.location(at),
        seen=document.source_text(at) or _short(value),
        wanted=str(context.get("wanted", "")) or _wanted(kind, context, detail["msg"]),
        help=(hint,) if hint else (),
    )


def _find(loc: tuple[int | str, ...], data: Plain) -> tuple[str, Plain]:
    """Follow an error's path through the document, leaving out what only pydantic put there."""
    at, value = "", data
    for part in loc:
        if isinstance(value, dict) and part in value:
            value = value[str(part)]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        elif part == loc[-1]:
            return at + pointer(part), None
        else:
            continue
        at += pointer(part)
    return at, value


def _unknown_key(detail: ErrorDetails, document: Document, at: str, dotted: str) -> Fault:
    known = list(fields(section_at(detail["loc"][:-1])))
    key = str(detail["loc"][-1])
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    advice = f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(sorted(known))}"
    message = f"{dotted} is not a key of the manifest"
    return Fault(
        faults.UNKNOWN_KEY, message, document.location(at, key=True), seen=key, help=(advice,)
    )


def _wanted(kind: str, context: dict[str, Any], message: str) -> str:
    if kind == "literal_error":
        return f"one of {context['expected']}".replace("'", "")
    if kind == "string_pattern_mismatch":
        return f"text of the form {context['pattern']}"
    if kind in _WANTED:
        return _WANTED[kind]
    return message[0].lower() + message[1:].removeprefix("nput should be ")


def _quote_hint(kind: str, document: Document, at: str) -> str:
    """Advise quotes where text was wanted and YAML read something else."""
    place = document.places.get(at)
    if kind != "string_type" or place is None or place.style != "plain":
        return ""
    return f'quote it: "{document.source_text(at)}"'


def _short(value: Plain) -> str:
    if isinstance(value, str | Decimal):
        return str(value)
    text = "" if value is None else json.dumps(value, default=str)
    return text if len(text) <= 80 else text[:77] + "…"  # noqa: PLR2004 - one terminal line
