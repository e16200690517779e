"""What SPDX 3.0.1 demands of a document, as far as its model files say so.

Its JSON schema and its shapes (SHACL) are not part of the project and were not run.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.packing.sbom.bills import LOCK, TEMPLATE, digest, whole
from weighbridge.codec.sbom import against, spdx
from weighbridge.packing.sbom.cyclonedx import sbom_text
from weighbridge.packing.sbom.locked import lock_bill, locked
from weighbridge.packing.sbom.spdx import spdx as write

if TYPE_CHECKING:
    from weighbridge.model.bill import Bill

CREATED = "2026-11-28T00:00:00Z"
DEMANDED = {
    "CreationInfo": {"@id", "created", "createdBy", "specVersion"},
    "Hash": {"algorithm", "hashValue"},
    "DictionaryEntry": {"key"},
    "Organization": set(),
    "Relationship": {"from", "relationshipType", "to"},
    "SpdxDocument": {"element", "rootElement"},
    "Tool": set(),
    "ai_AIPackage": {
        "name",
        "releaseTime",
        "software_downloadLocation",
        "software_packageVersion",
        "software_primaryPurpose",
        "suppliedBy",
    },
    "dataset_DatasetPackage": {"dataset_datasetType", "name"},
    "simplelicensing_LicenseExpression": {"simplelicensing_licenseExpression"},
    "software_File": {"name"},
    "software_Package": {"name"},
    "software_Sbom": {"element", "rootElement"},
}
"""Properties the model demands of each class that is used (minCount 1), by their short names."""

RELATIONS = {
    "contains",
    "dependsOn",
    "descendantOf",
    "hasConcludedLicense",
    "hasDeclaredLicense",
    "trainedOn",
}
PURPOSES = {
    "application",
    "container",
    "data",
    "file",
    "library",
    "model",
    "operatingSystem",
    "other",
}


def made(bill: Bill | None = None) -> dict[str, Any]:
    return write(replace(bill or whole(), created=CREATED))


def elements(document: dict[str, Any], kind: str = "") -> list[dict[str, Any]]:
    return [one for one in document["@graph"] if kind in ("", one["type"])]


def nested(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    """List every object within a value."""
    if isinstance(value, dict):
        return [value, *(one for inner in value.values() for one in nested(inner))]
    return [one for inner in value for one in nested(inner)] if isinstance(value, list) else []


def test_every_object_has_what_its_class_demands() -> None:
    for one in nested(made()["@graph"]):
        assert one.keys() >= DEMANDED[one["type"]], one
        if one["type"] not in {"CreationInfo", "Hash", "DictionaryEntry"}:
            assert re.fullmatch(r"urn:spdx\.dev:[!-~]+", one["spdxId"])
            assert one["creationInfo"] == "_:creationinfo"
        for key, value in one.items():
            assert value not in ("", [], {}), key


def test_there_is_one_document_whose_root_is_the_bill_of_the_release() -> None:
    document = made()
    (whole_document,) = elements(document, "SpdxDocument")
    (bill,) = elements(document, "software_Sbom")
    (release,) = elements(document, "ai_AIPackage")
    assert whole_document["rootElement"] == [bill["spdxId"]]
    assert bill["rootElement"] == [release["spdxId"]]
    assert "ai" in bill["profileConformance"]
    assert "dataset" not in bill["profileConformance"]
    assert release["verifiedUsing"][0]["algorithm"] == "sha256"
    assert release["ai_metric"]
    assert elements(document)[0]["type"] == "CreationInfo"


def test_relations_and_purposes_are_words_of_the_model() -> None:
    document = made()
    assert {one["relationshipType"] for one in elements(document, "Relationship")} == RELATIONS
    assert {
        one["software_primaryPurpose"]
        for one in elements(document)
        if "software_primaryPurpose" in one
    } <= PURPOSES


def test_models_and_datasets_have_one_licence_of_each_kind() -> None:
    document = made()
    kinds = {"hasConcludedLicense", "hasDeclaredLicense"}
    wanted = [*elements(document, "ai_AIPackage"), *elements(document, "dataset_DatasetPackage")]
    assert len(wanted) >= 2
    for one in wanted:
        found = [
            relation["relationshipType"]
            for relation in elements(document, "Relationship")
            if relation["from"] == one["spdxId"] and relation["relationshipType"] in kinds
        ]
        assert sorted(found) == sorted(kinds)


def test_it_is_consistent_and_in_step_with_the_lock_and_the_templates() -> None:
    document = made()
    assert list(spdx.inconsistencies(document)) == []
    listed = list(spdx.components(document))
    in_lock = [
        one
        for one in against.against_lock(listed, LOCK)
        if one.fault in {"not-in-sbom", "other-digest"}
    ]
    assert in_lock == []
    assert list(against.without_templates(listed, {"a": TEMPLATE})) == []


def test_the_bill_of_a_lock_speaks_of_no_model() -> None:
    document = made(lock_bill("pylock.toml", digest("f"), locked(LOCK, {}), "1"))
    assert list(spdx.inconsistencies(document)) == []
    assert elements(document, "ai_AIPackage") == []
    (bill,) = elements(document, "software_Sbom")
    assert "ai" not in bill["profileConformance"]


def test_two_runs_write_the_same_bytes() -> None:
    assert sbom_text(made()) == sbom_text(made())
