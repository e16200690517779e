"""A small sound bill of materials in both formats, to be damaged."""

from __future__ import annotations

from typing import Any

HASH = "a" * 64


def cyclonedx() -> dict[str, Any]:
    """Make a CycloneDX document."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {
            "component": {"type": "application", "bom-ref": "root", "name": "demo"},
        },
        "components": [
            {
                "type": "library",
                "bom-ref": "numpy",
                "name": "numpy",
                "version": "2.1.0",
                "purl": "pkg:pypi/numpy@2.1.0",
                "hashes": [{"alg": "SHA-256", "content": HASH}],
                "licenses": [{"expression": "BSD-3-Clause"}],
                "externalReferences": [
                    {
                        "type": "distribution",
                        "url": "https://example.com/numpy.whl",
                        "hashes": [{"alg": "SHA-512", "content": "b" * 128}],
                    }
                ],
                "components": [{"type": "file", "bom-ref": "inner", "name": "inner"}],
            }
        ],
        "dependencies": [{"ref": "root", "dependsOn": ["numpy"]}, {"ref": "numpy"}],
    }


def spdx() -> dict[str, Any]:
    """Make an SPDX document."""
    return {
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1"},
            {"type": "software_Sbom", "spdxId": "urn:x:bom", "rootElement": ["urn:x:root"]},
            {"type": "ai_AIPackage", "spdxId": "urn:x:root", "name": "demo"},
            {
                "type": "software_Package",
                "spdxId": "urn:x:numpy",
                "name": "numpy",
                "software_packageVersion": "2.1.0",
                "software_packageUrl": "pkg:pypi/numpy@2.1.0",
                "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": HASH}],
            },
            {
                "type": "simplelicensing_LicenseExpression",
                "spdxId": "urn:x:licence",
                "simplelicensing_licenseExpression": "BSD-3-Clause",
            },
            {
                "type": "Relationship",
                "spdxId": "urn:x:licensed",
                "relationshipType": "hasDeclaredLicense",
                "from": "urn:x:numpy",
                "to": ["urn:x:licence"],
            },
        ],
    }
