"""CycloneDX 1.x in JSON: what it lists, and what its schema does not see.

The document may be of anybody: values of other forms than the schema's are passed over, which is
for the schema to say.
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

FORMAT: Final = "CycloneDX"
SECTIONS: Final = frozenset(
    {
        "annotations",
        "components",
        "compositions",
        "declarations",
        "definitions",
        "dependencies",
        "formulation",
        "metadata",
        "services",
        "vulnerabilities",
    }
)
"""What is looked at in a document."""

_ELSEWHERE: Final = "urn:cdx:"
_OPEN: Final = frozenset({"properties"})


def is_cyclonedx(document: object) -> bool:
    """Tell whether a JSON value is a CycloneDX document."""
    return isinstance(document, dict) and document.get("bomFormat") == FORMAT


def version(document: Mapping[str, Any]) -> str:
    """Return the version of CycloneDX a document is written in, as it says."""
    return _text(document.get("specVersion"))


def subject(document: Mapping[str, Any]) -> str:
    """Return the name of what a document is the bill of; empty if it does not say."""
    metadata = document.get("metadata")
    component = metadata.get("component") if isinstance(metadata, dict) else None
    return _text(component.get("name")) if isinstance(component, dict) else ""


def inconsistencies(document: Mapping[str, Any]) -> Iterator[Inconsistency]:
    """Say what in a document cannot be so: references, hashes, addresses, licences."""
    references: list[tuple[str, Path]] = []
    for value, path in _objects(document):
        ref = value.get("bom-ref")
        if isinstance(ref, str):
            references.append((ref, (*path, "bom-ref")))
        yield from _of_object(value, path)
    yield from duplicates(references)
    known = {ref for ref, _ in references}
    for ref, path in _references(document):
        if ref not in known and not ref.startswith(_ELSEWHERE):
            message = f"{shown(ref)} names nothing in the document"
            yield inconsistency("dangling-reference", message, path, "the `bom-ref` of something")


def components(document: Mapping[str, Any]) -> Iterator[Component]:
    """List what a document lists, nested components included; not its own subject."""
    stack = [document]
    while stack:
        inner = [one for one in _list(stack.pop().get("components")) if isinstance(one, dict)]
        for one in inner:
            yield _component(one)
        stack.extend(reversed(inner))


def _component(one: Mapping[str, Any]) -> Component:
    holders = [
        one,
        *(
            reference
            for reference in _list(one.get("externalReferences"))
            if isinstance(reference, dict) and reference.get("type") == "distribution"
        ),
    ]
    hashes = dict.fromkeys(
        f"{algorithm(found.get('alg'))}:{kept(found.get('content')).lower()}"
        for holder in holders
        for found in _list(holder.get("hashes"))
        if isinstance(found, dict)
    )
    return Component(
        kind=kept(one.get("type")),
        name=kept(one.get("name")),
        version=kept(one.get("version")),
        purl=kept(one.get("purl")),
        licensed=bool(_list(one.get("licenses"))),
        hashes=tuple(hashes),
    )


def _of_object(value: Mapping[str, Any], path: Path) -> Iterator[Inconsistency]:
    for index, found in enumerate(_list(value.get("hashes"))):
        if isinstance(found, dict):
            where = (*path, "hashes", index, "content")
            yield from hash_faults(found.get("alg"), found.get("content"), where)
    if "purl" in value:
        yield from purl_faults(value["purl"], (*path, "purl"))
    for index, found in enumerate(_list(value.get("licenses"))):
        if isinstance(found, dict) and "expression" in found:
            where = (*path, "licenses", index, "expression")
            yield from licence_faults(found["expression"], where)


def _references(document: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Yield every reference to something in the document."""
    for index, one in enumerate(_list(document.get("dependencies"))):
        if isinstance(one, dict):
            path: Path = ("dependencies", index)
            yield from _texts([one.get("ref")], (*path, "ref"))
            for key in ("dependsOn", "provides"):
                yield from _texts(one.get(key), (*path, key))
    for index, one in enumerate(_list(document.get("compositions"))):
        if isinstance(one, dict):
            for key in ("assemblies", "dependencies", "vulnerabilities"):
                yield from _texts(one.get(key), ("compositions", index, key))


def _texts(values: object, path: Path) -> Iterator[tuple[str, Path]]:
    for index, value in enumerate(_list(values)):
        if isinstance(value, str):
            yield value, path if path[-1] == "ref" else (*path, index)


def _objects(document: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield every object of a document, the outermost first, each with the way to it."""
    stack: list[tuple[Any, Path]] = [
        (document[key], (key,))
        for key in sorted(SECTIONS & document.keys(), reverse=True)
        if isinstance(document[key], dict | list)
    ]
    while stack:
        value, path = stack.pop()
        if isinstance(value, dict):
            yield value, path
            inner = [(one, (*path, key)) for key, one in value.items() if key not in _OPEN]
        else:
            inner = [(one, (*path, index)) for index, one in enumerate(value)]
        stack.extend(pair for pair in reversed(inner) if isinstance(pair[0], dict | list))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
