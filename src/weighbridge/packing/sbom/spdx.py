"""A bill as SPDX 3.0.1 (JSON-LD) with the AI profile: plain values, the same for the same bill.

Elements have names below a URN that is made of the content. The AI profile asks of a model for a
supplier, a release time and a place to fetch it from, and the Dataset profile for more of that;
what nobody said is written as SPDX writes that, never made up. So the release is an `ai_AIPackage`
in conformance with its profile, a base model is a package whose purpose is a model, and datasets
are `dataset_DatasetPackage` without a claim to conform: when one was built no manifest says.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from weighbridge.codec.licences.expressions import LicenceError, canonical_expression
from weighbridge.model.canonical import canonical_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.bill import Bill, Part

SPEC_VERSION: Final = "3.0.1"
CONTEXT: Final = f"https://spdx.org/rdf/{SPEC_VERSION}/spdx-context.jsonld"
NO_LICENCE: Final = (
    f"https://spdx.org/rdf/{SPEC_VERSION}/terms/ExpandedLicensing/NoAssertionLicense"
)
NO_PLACE: Final = f"https://spdx.org/rdf/{SPEC_VERSION}/terms/Core/NoAssertionElement"
_INFO: Final = "_:creationinfo"
_PROFILES: Final = ("core", "software", "simpleLicensing")
_ALGORITHMS: Final = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})
_PURPOSES: Final = {
    "application": "application",
    "container": "container",
    "data": "data",
    "file": "file",
    "library": "library",
    "machine-learning-model": "model",
    "operating-system": "operatingSystem",
}
_KINDS: Final = {"dataset": "dataset_DatasetPackage", "release": "ai_AIPackage"}
_LICENSED: Final = frozenset({"base-model", *_KINDS})


def spdx(bill: Bill) -> dict[str, Any]:
    """Write a bill as the values of an SPDX document; it must have a time."""
    written = _Writing(bill)
    graph = [
        {
            "type": "CreationInfo",
            "@id": _INFO,
            "specVersion": SPEC_VERSION,
            "created": bill.created,
            "createdBy": [written.owner],
            "createdUsing": [written.tool],
        },
        *sorted(written.elements(), key=lambda one: one["spdxId"]),
    ]
    return {"@context": CONTEXT, "@graph": graph}


class _Writing:
    """One document while it is being written."""

    def __init__(self, bill: Bill) -> None:
        self._bill = bill
        parts = list(_every([bill.subject, *bill.parts]))
        told = [[part.ref, part.version, list(part.hashes), part.licence] for part in parts]
        edges = [[ref, *targets] for ref, targets in sorted(bill.edges.items())]
        content = canonical_bytes([bill.created, bill.version, told, edges, dict(bill.spec)])
        self._base = f"urn:spdx.dev:weighbridge-{sha256(content).hexdigest()}"
        self._parts = parts
        self.owner = self._id("owner")
        self.tool = self._id("tool")

    def elements(self) -> Iterator[dict[str, Any]]:
        """Yield every element but the creation information."""
        bill = self._bill
        subject = self._id(bill.subject.ref)
        yield self._element("Organization", self.owner, name=bill.subject.supplier or "unknown")
        yield self._element("Tool", self.tool, name=f"weighbridge {bill.version}")
        yield from self._licences()
        for part in self._parts:
            yield self._part(part)
            yield from self._licensed(part)
            yield from self._relation(part.ref, "contains", (inner.ref for inner in part.parts))
        yield from self._services()
        for ref, targets in sorted(bill.edges.items()):
            yield from self._depends(ref, targets)
        bom = self._id("sbom")
        profiles = [*_PROFILES, *(["ai"] if bill.subject.role == "release" else [])]
        yield self._element(
            "software_Sbom",
            bom,
            profileConformance=profiles,
            rootElement=[subject],
            element=sorted(self._id(part.ref) for part in self._parts),
            software_sbomType=["build"],
        )
        yield self._element(
            "SpdxDocument",
            self._id("document"),
            name=f"{bill.subject.name} {bill.subject.version}".strip(),
            profileConformance=profiles,
            element=[bom, self.owner, self.tool],
            rootElement=[bom],
        )

    def _id(self, ref: str) -> str:
        return f"{self._base}:{quote(ref, safe=':@+.~-_')}"

    def _element(self, kind: str, ref: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401
        said = {key: value for key, value in values.items() if value not in ("", [], {})}
        return {"type": kind, "spdxId": ref, "creationInfo": _INFO, **said}

    def _part(self, part: Part) -> dict[str, Any]:
        is_file = part.kind == "file" or part.ref.startswith("artifact:")
        values: dict[str, Any] = {
            "name": part.name,
            "comment": part.description,
            "software_primaryPurpose": _PURPOSES[part.kind],
            "verifiedUsing": _hashes(part.hashes),
        }
        if is_file:
            values["contentType"] = part.media_type
        else:
            values["software_packageVersion"] = part.version
            values["software_packageUrl"] = part.purl
            values["software_downloadLocation"] = _address(part)
        if part.role == "release":
            values.update(self._model(part))
        elif part.role == "dataset":
            values["dataset_datasetType"] = ["noAssertion"]
        kind = _KINDS.get(part.role, "software_File" if is_file else "software_Package")
        return self._element(kind, self._id(part.ref), **values)

    def _model(self, part: Part) -> dict[str, Any]:
        spec = self._bill.spec
        model = spec.get("model", {})
        metrics = spec.get("evaluation", {}).get("metrics", ())
        limits = [f"{one['id']}: {one['symptom']}" for one in spec.get("failureModes", ())]
        return {
            "software_downloadLocation": _address(part) or NO_PLACE,
            "releaseTime": self._bill.created,
            "suppliedBy": self.owner,
            "ai_domain": [model["task"]] if "task" in model else [],
            "ai_typeOfModel": [model["family"]] if "family" in model else [],
            "ai_limitation": "; ".join(limits),
            "ai_metric": [_entry(one["name"], one["value"]) for one in metrics if "value" in one],
            "ai_hyperparameter": list(_parameters(spec)),
            "ai_modelDataPreprocessing": [
                one["name"] for one in spec.get("processing", {}).get("pre", ())
            ],
        }

    def _licences(self) -> Iterator[dict[str, Any]]:
        for text in sorted({licence for part in self._parts if (licence := _licence(part))}):
            yield self._element(
                "simplelicensing_LicenseExpression",
                self._id(f"licence:{text}"),
                simplelicensing_licenseExpression=text,
            )

    def _licensed(self, part: Part) -> Iterator[dict[str, Any]]:
        """Say a part's licence; the profiles demand one of each kind of every model and dataset."""
        text = _licence(part)
        target = self._id(f"licence:{text}") if text else NO_LICENCE
        if text or part.role in _LICENSED:
            yield self._link(part.ref, "hasDeclaredLicense", [target])
        if part.role in _LICENSED:
            yield self._link(part.ref, "hasConcludedLicense", [NO_LICENCE])

    def _services(self) -> Iterator[dict[str, Any]]:
        for service in self._bill.services:
            yield self._element(
                "software_Package",
                self._id(service.ref),
                name=service.name,
                software_primaryPurpose="other",
                software_downloadLocation=service.endpoint if "://" in service.endpoint else "",
                comment="external service",
            )

    def _depends(self, ref: str, targets: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Say what something depends on, and what a model was trained on or made from."""
        if ref != self._bill.subject.ref:
            yield from self._relation(ref, "dependsOn", targets)
            return
        roles = {part.ref: part.role for part in self._bill.parts}
        kinds: dict[str, list[str]] = {}
        for target in targets:
            role = roles.get(target, "")
            kind = {"dataset": "trainedOn", "base-model": "descendantOf"}.get(role, "dependsOn")
            kind = "contains" if target.startswith("artifact:") else kind
            kinds.setdefault(kind, []).append(target)
        for kind in sorted(kinds):
            yield from self._relation(ref, kind, kinds[kind])

    def _relation(self, ref: str, kind: str, targets: Iterable[str]) -> Iterator[dict[str, Any]]:
        found = [self._id(target) for target in targets]
        if found:
            yield self._link(ref, kind, found)

    def _link(self, ref: str, kind: str, targets: list[str]) -> dict[str, Any]:
        return self._element(
            "Relationship",
            self._id(f"{kind}:{ref}"),
            **{"from": self._id(ref), "relationshipType": kind, "to": sorted(targets)},
        )


def _every(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield parts with all that is in them."""
    for part in parts:
        yield part
        yield from _every(part.parts)


def _address(part: Part) -> str:
    """Return where a part may be had, if that was said and is an address."""
    for text in (part.source, part.name):
        if "://" in text and text.isascii() and " " not in text:
            return text
    return ""


def _licence(part: Part) -> str:
    try:
        return canonical_expression(part.licence) if part.licence else ""
    except LicenceError:
        return ""


def _hashes(hashes: Iterable[str]) -> list[dict[str, str]]:
    pairs = (one.partition(":") for one in hashes)
    return [
        {"type": "Hash", "algorithm": name, "hashValue": value}
        for name, _, value in pairs
        if name in _ALGORITHMS
    ]


def _entry(key: str, value: object) -> dict[str, str]:
    return {"type": "DictionaryEntry", "key": key, "value": str(value)}


def _parameters(spec: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the hyperparameters; of other knobs SPDX does not speak."""
    for name, one in sorted(spec.get("parameters", {}).items()):
        if one.get("kind") == "hyperparameter" and "value" in one:
            yield _entry(name, one["value"])
