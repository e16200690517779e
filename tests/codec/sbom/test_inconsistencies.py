from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codec.sbom.documents import HASH
from tests.codec.sbom.documents import cyclonedx as cyclonedx_document
from tests.codec.sbom.documents import spdx as spdx_document
from weighbridge.codec.sbom import cyclonedx, spdx
from weighbridge.model.bill import Component

if TYPE_CHECKING:
    from collections.abc import Callable

Document = dict[str, Any]


def numpy(document: Document) -> Document:
    found: Document = document["components"][0]
    return found


def package(document: Document) -> Document:
    found: Document = document["@graph"][3]
    return found


SEMANTIC: list[tuple[str, Callable[[Document], object], str]] = [
    (
        "dangling-reference",
        lambda d: d["dependencies"][0]["dependsOn"].append("gone"),
        "/dependencies/0/dependsOn/1",
    ),
    (
        "dangling-reference",
        lambda d: d["dependencies"].append({"ref": "gone"}),
        "/dependencies/2/ref",
    ),
    (
        "dangling-reference",
        lambda d: d.update(compositions=[{"aggregate": "complete", "assemblies": ["gone"]}]),
        "/compositions/0/assemblies/0",
    ),
    (
        "duplicate-reference",
        lambda d: numpy(d)["components"][0].update({"bom-ref": "root"}),
        "/metadata/component/bom-ref",
    ),
    (
        "hash-length",
        lambda d: numpy(d)["hashes"][0].update(content="a" * 32),
        "/components/0/hashes/0/content",
    ),
    (
        "hash-length",
        lambda d: numpy(d)["externalReferences"][0]["hashes"][0].update(content="x" * 128),
        "/components/0/externalReferences/0/hashes/0/content",
    ),
    ("bad-purl", lambda d: numpy(d).update(purl="numpy 2.1"), "/components/0/purl"),
    (
        "bad-licence",
        lambda d: numpy(d).update(licenses=[{"expression": "MIT AND AND"}]),
        "/components/0/licenses/0/expression",
    ),
]


@pytest.mark.parametrize(("fault", "damage", "pointer"), SEMANTIC)
def test_what_no_schema_of_cyclonedx_sees_is_told(
    fault: str, damage: Callable[[Document], object], pointer: str
) -> None:
    document = cyclonedx_document()
    assert list(cyclonedx.inconsistencies(document)) == []
    damage(document)
    (found,) = cyclonedx.inconsistencies(document)
    assert (found.fault, found.pointer) == (fault, pointer)


@pytest.mark.parametrize(
    ("fault", "damage", "pointer"),
    [
        ("dangling-reference", lambda d: d["@graph"][5].update(to="urn:x:no"), "/@graph/5/to"),
        (
            "duplicate-reference",
            lambda d: package(d).update(spdxId="urn:x:root"),
            "/@graph/3/spdxId",
        ),
        (
            "hash-length",
            lambda d: package(d)["verifiedUsing"][0].update(hashValue="a" * 32),
            "/@graph/3/verifiedUsing/0/hashValue",
        ),
        (
            "bad-purl",
            lambda d: package(d).update(software_packageUrl="numpy"),
            "/@graph/3/software_packageUrl",
        ),
        (
            "bad-licence",
            lambda d: d["@graph"][4].update(simplelicensing_licenseExpression="MIT AND AND"),
            "/@graph/4/simplelicensing_licenseExpression",
        ),
    ],
)
def test_what_no_schema_of_spdx_sees_is_told(
    fault: str, damage: Callable[[Document], object], pointer: str
) -> None:
    document = spdx_document()
    assert list(spdx.inconsistencies(document)) == []
    damage(document)
    found = list(spdx.inconsistencies(document))
    assert (fault, pointer) in [(one.fault, one.pointer) for one in found]


def test_what_is_elsewhere_dangles_nowhere() -> None:
    document = cyclonedx_document()
    document["compositions"] = [{"assemblies": ["urn:cdx:f08a6ccd-4dce-4759-bd84-c626675d60a7/1"]}]
    assert list(cyclonedx.inconsistencies(document)) == []
    other = spdx_document()
    other["@graph"][5]["to"] = [
        "urn:y:elsewhere",
        "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoneLicense",
    ]
    other["@graph"].append(
        {"type": "SpdxDocument", "import": [{"externalSpdxId": "urn:y:elsewhere"}]}
    )
    assert list(spdx.inconsistencies(other)) == []


def test_components_are_listed_with_all_their_hashes_nested_ones_included() -> None:
    document = cyclonedx_document()
    assert list(cyclonedx.components(document)) == [
        Component(
            kind="library",
            name="numpy",
            version="2.1.0",
            purl="pkg:pypi/numpy@2.1.0",
            licensed=True,
            hashes=(f"sha256:{HASH}", f"sha512:{'b' * 128}"),
        ),
        Component(kind="file", name="inner"),
    ]
    assert (cyclonedx.version(document), cyclonedx.subject(document)) == ("1.6", "demo")


def test_packages_of_spdx_are_listed_with_what_may_be_had_of_them() -> None:
    document = spdx_document()
    document["@graph"] += [
        {
            "type": "software_File",
            "spdxId": "urn:x:wheel",
            "verifiedUsing": [{"algorithm": "sha512", "hashValue": "B" * 128}],
        },
        {
            "type": "Relationship",
            "spdxId": "urn:x:had",
            "relationshipType": "hasDistributionArtifact",
            "from": "urn:x:numpy",
            "to": ["urn:x:wheel"],
        },
    ]
    found = {one.name: one for one in spdx.components(document)}
    assert found["numpy"].hashes == (f"sha256:{HASH}", f"sha512:{'b' * 128}")
    assert (found["numpy"].licensed, "demo" in found) == (True, False)
    assert (spdx.version(document), spdx.subject(document)) == ("3.0.1", "demo")


def test_a_licence_nobody_stated_is_none() -> None:
    document = spdx_document()
    no = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"
    document["@graph"][5]["to"] = no
    assert [one.licensed for one in spdx.components(document)] == [False]


def test_other_documents_are_neither() -> None:
    others: list[object] = [None, [], {}, {"bomFormat": "other"}, {"@graph": []}, {"@graph": 1}]
    for value in others:
        assert not cyclonedx.is_cyclonedx(value)
        assert not spdx.is_spdx(value)
    assert not spdx.is_spdx({"@graph": [], "@context": ["https://schema.org"]})
    assert spdx.is_spdx({"@graph": [], "@context": ["https://spdx.org/rdf/3.0.0/x.jsonld"]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


def places(value: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 - any JSON value
    """List every place a value can be put at."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    found = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], dict | list):
            found.extend(places(value[key]))
    return found


@given(st.sampled_from([cyclonedx_document, spdx_document]), JSON, st.integers(0, 10_000))
def test_whatever_stands_wherever_breaks_nothing(
    make: Callable[[], Document], value: object, at: int
) -> None:
    document = make()
    known = places(document)
    holder, key = known[at % len(known)]
    holder[key] = copy.deepcopy(value)
    reading = cyclonedx if make is cyclonedx_document else spdx
    assert isinstance(list(reading.inconsistencies(document)), list)
    assert all(isinstance(one, Component) for one in reading.components(document))
    assert isinstance(reading.version(document) + reading.subject(document), str)
