from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.codec.sbom.documents import HASH, cyclonedx, spdx
from tests.formats.samples import read, read_chopped
from weighbridge.codec.observation import observation_bytes, read_observation
from weighbridge.formats import bill
from weighbridge.model.fact import ObservedFile
from weighbridge.model.structure import BILL_SUBJECT

if TYPE_CHECKING:
    from weighbridge.model.structure import Structure


def written(document: object) -> bytes:
    return json.dumps(document, indent=1).encode()


@pytest.mark.parametrize("document", [cyclonedx(), spdx()])
def test_a_bill_is_known_by_its_content_and_its_components_are_listed(
    document: dict[str, object],
) -> None:
    found = read(written(document))
    assert found.status == "complete"
    assert found.format == ("spdx" if "@graph" in document else "cyclonedx")
    assert found.version == ("3.0.1" if "@graph" in document else "1.6")
    assert dict(found.metadata)[BILL_SUBJECT] == "demo"
    assert f"sha256:{HASH}" in found.components[0].hashes
    assert found.components[0].purl == "pkg:pypi/numpy@2.1.0"
    assert found.problems == ()


def test_the_order_of_its_keys_does_not_matter() -> None:
    turned = dict(reversed(cyclonedx().items()))
    assert list(turned)[-1] == "bomFormat"
    assert read(written(turned)).components == read(written(cyclonedx())).components
    assert read_chopped(written(turned), "json", [3, 7]) == read(written(turned))


def test_what_is_wrong_with_it_is_a_problem_of_the_rule_for_bills() -> None:
    document = cyclonedx()
    document["dependencies"].append({"ref": "gone", "dependsOn": ["numpy", "nowhere"]})
    found = read(written(document))
    assert [problem.code for problem in found.problems] == ["DEP017", "DEP017"]
    assert "/dependencies/2/dependsOn/1: nowhere" in found.problems[1].message
    assert found.status == "complete"


def test_values_and_objects_of_a_list_keep_their_order() -> None:
    document = cyclonedx()
    document["dependencies"] = ["odd", {"ref": "root"}, "odd", {"ref": "gone"}]
    (problem,) = read(written(document)).problems
    assert problem.message.startswith("/dependencies/3/ref: ")


def test_a_bill_with_more_than_is_judged_is_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bill, "VALUES", 5)
    found = read(written(cyclonedx()))
    assert (found.status, found.components) == ("incomplete", ())
    assert "more than is judged" in found.reason


def test_a_bill_with_more_components_than_are_listed_is_incomplete(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bill, "_LISTED", 1)
    found = read(written(cyclonedx()))
    assert (found.status, len(found.components)) == ("incomplete", 1)


def test_a_damaged_bill_is_damaged_and_not_judged() -> None:
    found = read(written(cyclonedx())[:-3])
    assert (found.status, found.components) == ("error", ())


def test_what_only_has_such_parts_is_no_bill() -> None:
    document = {key: value for key, value in cyclonedx().items() if key != "bomFormat"}
    found = read(written(document))
    assert (found.format, found.components, found.version) == ("json", (), "")


def observed(structure: Structure) -> ObservedFile:
    return ObservedFile(path="a", size=structure.size, digest="sha256:" + HASH, structure=structure)


def test_half_a_surrogate_pair_in_it_can_be_written_down() -> None:
    document = cyclonedx()
    document["components"][0]["name"] = "\ud800"
    document["metadata"]["component"]["name"] = "\udfff"
    file = observed(read(written(document)))
    assert read_observation(observation_bytes(file), "a") == file
