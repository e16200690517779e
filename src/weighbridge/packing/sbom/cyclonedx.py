"""A bill as a CycloneDX 1.6 document: plain values, the same for the same bill.

Nothing comes from a clock or from chance: the serial number is made of the content, the time is
that of the release. A package of which a lock admits several files has the hashes of them all; its
`distribution` references say which is of which.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.licences.expressions import LicenceError, canonical_expression
from weighbridge.model.canonical import canonical_bytes
from weighbridge.packing.sbom.model_card import formulation, model_card

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.bill import Bill, Part, Service
    from weighbridge.model.lock import LockedFile

SPEC_VERSION: Final = "1.6"
_ALGORITHMS: Final = {
    "md5": "MD5",
    "sha1": "SHA-1",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
}


def cyclonedx(bill: Bill) -> dict[str, Any]:
    """Write a bill as the values of a CycloneDX document."""
    document = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "version": 1,
        "metadata": _metadata(bill),
        "components": [_component(part) for part in bill.parts],
        "dependencies": _dependencies(bill),
        **_said({"services": [_service(service) for service in bill.services]}),
        **_said({"formulation": formulation(bill.spec.get("build", {}))}),
    }
    return {**document, "serialNumber": _serial_number(document)}


def sbom_text(document: Mapping[str, Any]) -> str:
    """Write a document as text, the same for the same values."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _serial_number(document: Mapping[str, Any]) -> str:
    """Make a UUID (RFC 9562, version 8) of what the document says."""
    digest = bytearray(sha256(canonical_bytes(document)).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return "urn:uuid:" + "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _metadata(bill: Bill) -> dict[str, Any]:
    tool = {"type": "application", "name": "weighbridge", "version": bill.version}
    subject = _component(bill.subject)
    card = model_card(bill)
    if card:
        subject["modelCard"] = card
    found: dict[str, Any] = {"component": subject, "tools": {"components": [tool]}}
    if bill.created:
        found["timestamp"] = bill.created
    if bill.subject.supplier:
        found["supplier"] = {"name": bill.subject.supplier}
    return found


def _component(part: Part) -> dict[str, Any]:
    found = {
        "version": part.version,
        "purl": part.purl,
        "description": part.description,
        "mime-type": part.media_type,
        "scope": part.scope,
        "hashes": _hashes(part.hashes),
        "licenses": _licences(part.licence),
        "supplier": {"name": part.supplier} if part.supplier else {},
        "externalReferences": _references(part),
        "properties": _properties(part.properties),
        "components": [_component(inner) for inner in part.parts],
    }
    if part.role == "dataset":
        found["data"] = [{"type": "dataset", "name": part.name}]
    return {"type": part.kind, "bom-ref": part.ref, "name": part.name, **_said(found)}


def _licences(text: str) -> list[dict[str, Any]]:
    """Write a licence; words that are no expression are the name of one."""
    if not text:
        return []
    try:
        return [{"expression": canonical_expression(text), "acknowledgement": "declared"}]
    except LicenceError:
        return [{"license": {"name": text, "acknowledgement": "declared"}}]


def _hashes(hashes: Iterable[str]) -> list[dict[str, str]]:
    pairs = (one.partition(":") for one in hashes)
    return [
        {"alg": _ALGORITHMS[name], "content": value}
        for name, _, value in pairs
        if name in _ALGORITHMS
    ]


def _references(part: Part) -> list[dict[str, Any]]:
    found = [_distribution(file) for file in part.files if file.url]
    if part.source:
        kind = "vcs" if part.role == "release" else "distribution"
        found.append({"type": kind, "url": part.source})
    return found


def _distribution(file: LockedFile) -> dict[str, Any]:
    hashes = _hashes(file.hashes)
    return {"type": "distribution", "url": file.url, **({"hashes": hashes} if hashes else {})}


def _properties(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in sorted(pairs)]


def _service(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = {
        "bom-ref": service.ref,
        "name": service.name,
        "endpoints": [service.endpoint],
    }
    if service.authenticated is not None:
        found["authenticated"] = service.authenticated
    return found


def _dependencies(bill: Bill) -> list[dict[str, Any]]:
    refs = [bill.subject.ref, *(part.ref for part in bill.parts)]
    refs.extend(service.ref for service in bill.services)
    return [
        {"ref": ref, **_said({"dependsOn": list(bill.edges.get(ref, ()))})} for ref in sorted(refs)
    ]


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing."""
    return {key: value for key, value in values.items() if value not in ("", [], {})}
