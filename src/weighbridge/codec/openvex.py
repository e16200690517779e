"""OpenVEX documents (0.0.1 to 0.2.0) to statements about Python packages.

A document is taken whole or not at all. Products that are not `pkg:pypi/NAME[@VERSION]`, or that
name a part of something else (`subcomponents`), are about something a lock does not show; their
statements cover nothing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from packaging.utils import canonicalize_name

from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.vex import VexProduct, VexStatement, VexStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LARGEST = 16 << 20
"""Bytes of a document."""
CONTEXT = "https://openvex.dev/ns"
JUSTIFICATIONS = frozenset(
    {
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
    }
)
_PURL = re.compile(r"pkg:pypi/([A-Za-z0-9][A-Za-z0-9._-]*)(?:@([A-Za-z0-9.!+%_-]+))?")


class VexError(ValueError):
    """It is no OpenVEX document, or one of its statements is none."""


def read_openvex(data: bytes) -> list[VexStatement]:
    """Read a document.

    Raises:
        VexError: It is none, or one of its statements is not whole.
    """
    if len(data) > LARGEST:
        raise VexError(f"it is larger than {LARGEST >> 20} MiB")
    try:
        value = read_json(data, decimals=True)
    except NotCanonicalError as error:
        raise VexError(str(error)) from error
    return openvex_of(value)


def openvex_of(value: object) -> list[VexStatement]:
    """Read the plain values of a document.

    Raises:
        VexError: It is none, or one of its statements is not whole.
    """
    if not isinstance(value, dict) or not str(value.get("@context", "")).startswith(CONTEXT):
        raise VexError(f"its @context is not {CONTEXT}")
    statements = value.get("statements")
    if not isinstance(statements, list):
        raise VexError("it has no list of statements")
    read = []
    for number, one in enumerate(statements, 1):
        try:
            read.append(_statement(one, value))
        except VexError as error:
            raise VexError(f"statement {number}: {error}") from error
    return read


def _statement(one: object, document: Mapping[str, Any]) -> VexStatement:
    if not isinstance(one, dict):
        raise VexError("it is not a mapping")
    status = _status(one)
    justification, impact = _text(one, "justification"), _text(one, "impact_statement")
    if justification and justification not in JUSTIFICATIONS:
        raise VexError(f"{justification} is no justification")
    if status is VexStatus.NOT_AFFECTED and not justification and not impact:
        raise VexError("not_affected is said without a justification")
    author = _text(document, "author")
    if not author:
        raise VexError("the document has no author")
    return VexStatement(
        ids=frozenset(_ids(one.get("vulnerability"))),
        products=tuple(_products(one)),
        status=status,
        justification=justification,
        impact=impact,
        author=author,
        at=_time(_text(one, "timestamp") or _text(document, "timestamp")),
        document=_text(document, "@id"),
    )


def _status(one: Mapping[str, Any]) -> VexStatus:
    word = _text(one, "status")
    try:
        return VexStatus(word)
    except ValueError as error:
        raise VexError(f"{word or 'nothing'} is no status") from error


def _ids(found: object) -> set[str]:
    """Read the ids of the flaw: a text in the oldest form, a mapping since."""
    if isinstance(found, str) and found:
        return {found}
    if not isinstance(found, dict):
        raise VexError("it names no vulnerability")
    aliases = found.get("aliases") or []
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise VexError("aliases is not a list of ids")
    ids = {name for name in (_text(found, "name"), *aliases) if name}
    if not ids:
        raise VexError("it names no vulnerability")
    return ids


def _products(one: Mapping[str, Any]) -> Iterator[VexProduct]:
    found = one.get("products") or []
    if not isinstance(found, list):
        raise VexError("products is not a list")
    for product in found:
        if isinstance(product, dict) and product.get("subcomponents"):
            continue
        for purl in _purls(product):
            named = _PURL.fullmatch(purl)
            if named is not None:
                version = unquote(named[2] or "")
                yield VexProduct(name=canonicalize_name(named[1]), version=version)


def _purls(product: object) -> set[str]:
    if isinstance(product, str):
        return {product}
    if not isinstance(product, dict):
        raise VexError("a product is neither text nor a mapping")
    identifiers = product.get("identifiers") or {}
    if not isinstance(identifiers, dict):
        raise VexError("identifiers is not a mapping")
    return {_text(product, "@id"), _text(identifiers, "purl")} - {""}


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise VexError(f"{key} is not text")
    return found


def _time(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise VexError("its timestamp has no time zone")
        return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError) as error:
        if isinstance(error, VexError):
            raise
        raise VexError("it has no timestamp") from error
