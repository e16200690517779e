"""SPDX 3 in JSON-LD: what it lists, and what its schema does not see.

Read as everybody writes it: one `@graph` of elements with SPDX's own short names. An element that
is not in the document may be in another one, if an import says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.sbom.parts import (
    Path,
    algorithm,
    duplicates,
    hash_faults,
    inconsistency,
    kept,
    licence_faults,
    purl_faults,
    shown,
)
from weighbridge.model.bill import Component

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.bill import Inconsistency

CONTEXT: Final = "https://spdx.org/rdf/3."
_KINDS: Final = {
    "ai_AIPackage": "machine-learning-model",
    "dataset_DatasetPackage": "data",
    "software_File": "file",
    "software_Package": "library",
}
_REFERRING: Final = ("from", "to", "rootElement", "element", "suppliedBy", "originatedBy")
_LICENCE: Final = frozenset({"hasConcludedLicense", "hasDeclaredLicense"})
_TERMS: Final = ("https://spdx.org/rdf/", "NoneElement", "NoAssertionElement", "spdx:")
"""Individuals of the model itself; they stand in no document."""


def is_spdx(document: object) -> bool:
    """Tell whether a JSON value is an SPDX 3 document."""
    if not isinstance(document, dict) or not isinstance(document.get("@graph"), list):
        return False
    context = document.get("@context")
    first = context[0] if isinstance(context, list) and context else context
    return isinstance(first, str) and first.startswith(CONTEXT)


def version(document: Mapping[str, Any]) -> str:
    """Return the version of SPDX a document is written in, as it says."""
    found = (one.get("specVersion") for one, _ in _elements(document))
    return next((text for text in found if isinstance(text, str)), "")


def subject(document: Mapping[str, Any]) -> str:
    """Return the name of what a document is the bill of; empty if it does not say."""
    elements = [one for one, _ in _elements(document)]
    roots = {
        ref
        for one in elements
        if one.get("type") == "software_Sbom"
        for ref in _list(one.get("rootElement"))
        if isinstance(ref, str)
    }
    return next((_text(one.get("name")) for one in elements if str(one.get("spdxId")) in roots), "")


def inconsistencies(document: Mapping[str, Any]) -> Iterator[Inconsistency]:
    """Say what in a document cannot be so: references, hashes, addresses, licences."""
    elements = list(_elements(document))
    named = [
        (one["spdxId"], (*path, "spdxId"))
        for one, path in elements
        if isinstance(one.get("spdxId"), str)
    ]
    yield from duplicates(named)
    known = {ref for ref, _ in named} | _imported(elements)
    for one, path in elements:
        yield from _of_element(one, path)
        for ref, where in _references(one, path):
            if ref not in known and not ref.startswith(_TERMS):
                message = f"{shown(ref)} names nothing in the document"
                yield inconsistency(
                    "dangling-reference", message, where, "the `spdxId` of something"
                )


def components(document: Mapping[str, Any]) -> Iterator[Component]:
    """List what a document lists; of a package also the files it may be had as."""
    elements = list(_elements(document))
    roots = {
        ref
        for one, _ in elements
        if one.get("type") == "software_Sbom"
        for ref in _list(one.get("rootElement"))
        if isinstance(ref, str)
    }
    licensed: set[str] = set()
    files: dict[str, list[str]] = {}
    for one, _ in elements:
        source, target = one.get("from"), one.get("to")
        if str(one.get("relationshipType")) in _LICENCE and _says_a_licence(target):
            licensed.add(str(source))
        if one.get("relationshipType") == "hasDistributionArtifact":
            files.setdefault(str(source), []).extend(map(str, _list(target)))
    by_id = {str(one.get("spdxId")): one for one, _ in elements}
    for ref, one in by_id.items():
        kind = _KINDS.get(str(one.get("type")))
        if kind is not None and ref not in roots:
            holders = [one, *(by_id[file] for file in files.get(ref, ()) if file in by_id)]
            yield Component(
                kind=kind,
                name=kept(one.get("name")),
                version=kept(one.get("software_packageVersion")),
                purl=kept(one.get("software_packageUrl")),
                licensed=ref in licensed,
                hashes=tuple(dict.fromkeys(text for one in holders for text in _hashes(one))),
            )


def _says_a_licence(target: object) -> bool:
    """Whether a relation leads to a licence, and not to nobody's having said one."""
    ends = ("NoAssertionLicense", "NoneLicense")
    refs = [one for one in _list(target) if isinstance(one, str)]
    return any(not ref.endswith(ends) for ref in refs)


def _hashes(one: Mapping[str, Any]) -> Iterator[str]:
    for found in _list(one.get("verifiedUsing")):
        if isinstance(found, dict):
            yield f"{algorithm(found.get('algorithm'))}:{kept(found.get('hashValue')).lower()}"


def _of_element(one: Mapping[str, Any], path: Path) -> Iterator[Inconsistency]:
    for index, found in enumerate(_list(one.get("verifiedUsing"))):
        if isinstance(found, dict):
            where = (*path, "verifiedUsing", index, "hashValue")
            yield from hash_faults(found.get("algorithm"), found.get("hashValue"), where)
    if "software_packageUrl" in one:
        yield from purl_faults(one["software_packageUrl"], (*path, "software_packageUrl"))
    if "simplelicensing_licenseExpression" in one:
        key = "simplelicensing_licenseExpression"
        yield from licence_faults(one[key], (*path, key))


def _references(one: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Path]]:
    for key in _REFERRING:
        value = one.get(key)
        for index, ref in enumerate(_list(value)):
            if isinstance(ref, str):
                yield ref, (*path, key, index) if isinstance(value, list) else (*path, key)


def _imported(elements: list[tuple[dict[str, Any], Path]]) -> set[str]:
    return {
        found["externalSpdxId"]
        for one, _ in elements
        for found in _list(one.get("import"))
        if isinstance(found, dict) and isinstance(found.get("externalSpdxId"), str)
    }


def _elements(document: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], Path]]:
    for index, one in enumerate(_list(document.get("@graph"))):
        if isinstance(one, dict):
            yield one, ("@graph", index)


def _list(value: object) -> list[Any]:
    """Take a list; one value alone stands for a list of it, as JSON-LD has it."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
