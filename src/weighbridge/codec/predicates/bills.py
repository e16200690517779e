"""Bills of materials as predicates: CycloneDX 1.4 to 1.6, SPDX 2.2, 2.3 and 3.

As far as a reader relies on it; `weighbridge sbom` looks further. CycloneDX and SPDX 2 are closed
at the top by their own schemas.
"""

from __future__ import annotations

from typing import Any, Final

from weighbridge.codec.predicates.shape import (
    ShapeError,
    Way,
    any_value,
    either,
    integer,
    list_of,
    mapping,
    matching,
    one_of,
    record,
    text,
    time,
    uri,
    word,
)

DEEPEST: Final = 32
"""How often components may stand in components."""

_KINDS: Final = (
    "application", "framework", "library", "container", "platform", "operating-system", "device",
    "device-driver", "firmware", "file", "machine-learning-model", "data", "cryptographic-asset",
)  # fmt: skip
_HASHES: Final = list_of(record({"alg": word, "content": matching(r"[0-9a-fA-F]{32,128}", "hex")},
                                closed=True))  # fmt: skip
_COMPONENT: Final = record(
    {"name": text, "type": one_of(*_KINDS)},
    {"bom-ref": word, "hashes": _HASHES, "purl": uri, "version": text},
    closed=False,
)


def _components(value: Any, way: Way) -> None:
    level = [(value, way)]
    for _ in range(DEEPEST):
        below: list[tuple[Any, Way]] = []
        for found, where in level:
            list_of(_COMPONENT)(found, where)
            below.extend(
                (one["components"], (*where, index, "components"))
                for index, one in enumerate(found)
                if one.get("components") is not None
            )
        if not below:
            return
        level = below
    raise ShapeError(f"is nested deeper than {DEEPEST} levels", way)


_FLAW: Final = record(
    {},
    {
        "affects": list_of(record({"ref": word}, closed=False)),
        "analysis": record(
            {},
            {
                "state": one_of(
                    "resolved",
                    "resolved_with_pedigree",
                    "exploitable",
                    "in_triage",
                    "false_positive",
                    "not_affected",
                )
            },
            closed=False,
        ),
        "id": word,
        "ratings": list_of(mapping),
    },
    closed=False,
)
CYCLONEDX: Final = record(
    {"bomFormat": one_of("CycloneDX"), "specVersion": one_of("1.4", "1.5", "1.6")},
    {
        "$schema": text,
        "annotations": list_of(mapping),
        "components": _components,
        "compositions": list_of(mapping),
        "declarations": mapping,
        "definitions": mapping,
        "dependencies": list_of(record({"ref": word}, {"dependsOn": list_of(word)}, closed=False)),
        "externalReferences": list_of(mapping),
        "formulation": list_of(mapping),
        "metadata": record({}, {"component": _COMPONENT, "timestamp": time}, closed=False),
        "properties": list_of(mapping),
        "serialNumber": matching(
            r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a urn:uuid"
        ),
        "services": list_of(mapping),
        "signature": any_value,
        "version": integer,
        "vulnerabilities": list_of(_FLAW),
    },
    closed=True,
)
_REF: Final = matching(r"(?:DocumentRef-[A-Za-z0-9.+-]+:)?SPDXRef-[A-Za-z0-9.-]+", "an SPDX id")
_SPDX_2: Final = record(
    {
        "SPDXID": one_of("SPDXRef-DOCUMENT"),
        "creationInfo": record({"created": time, "creators": list_of(word, least=1)}, closed=False),
        "dataLicense": one_of("CC0-1.0"),
        "documentNamespace": uri,
        "name": word,
        "spdxVersion": one_of("SPDX-2.2", "SPDX-2.3"),
    },
    {
        "annotations": list_of(mapping),
        "comment": text,
        "documentDescribes": list_of(_REF),
        "externalDocumentRefs": list_of(mapping),
        "files": list_of(record({"SPDXID": _REF, "fileName": word}, closed=False)),
        "hasExtractedLicensingInfos": list_of(mapping),
        "packages": list_of(
            record(
                {"SPDXID": _REF, "downloadLocation": word, "name": word},
                {
                    "checksums": list_of(
                        record({"algorithm": word, "checksumValue": word}, closed=True)
                    ),
                    "versionInfo": text,
                },
                closed=False,
            )
        ),
        "relationships": list_of(
            record(
                {"relatedSpdxElement": word, "relationshipType": word, "spdxElementId": word},
                closed=False,
            )
        ),
        "revieweds": list_of(mapping),
        "snippets": list_of(mapping),
    },
    closed=True,
)
_SPDX_3: Final = record(
    {
        "@context": either(matching(r"https://spdx\.org/rdf/3\.[^\s]+", "a context of SPDX 3"),
                           list_of(any_value, least=1)),
        "@graph": list_of(record({"type": word}, closed=False), least=1),
    },
    closed=True,
)  # fmt: skip


def spdx(value: Any, way: Way) -> None:
    """Take a document of SPDX 2, or of SPDX 3 if it has a graph."""
    shape = _SPDX_3 if isinstance(value, dict) and "@graph" in value else _SPDX_2
    shape(value, way)
