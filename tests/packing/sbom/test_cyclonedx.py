from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.packing.sbom.bills import LICENCES, LOCK, RELEASE, TEMPLATE, digest, tree, whole
from weighbridge.adapters.sbom.schema import schema_faults
from weighbridge.codec.sbom import against, cyclonedx
from weighbridge.model.lock import Lock, Pin
from weighbridge.packing.sbom.cyclonedx import cyclonedx as write
from weighbridge.packing.sbom.cyclonedx import sbom_text
from weighbridge.packing.sbom.locked import lock_bill, locked
from weighbridge.packing.sbom.release import MOST_FILES, Observed, origins, release_bill


def named(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["bom-ref"]: one for one in document["components"]}


def test_the_bill_of_everything_a_manifest_can_say_is_valid_and_consistent() -> None:
    document = write(whole())
    assert schema_faults(document) == []
    assert list(cyclonedx.inconsistencies(document)) == []
    listed = list(cyclonedx.components(document))
    lineage = origins(tree()["spec"])
    assert len(lineage) >= 2
    assert [one.fault for one in against.without_licence(listed, lineage)] == []
    assert list(against.without_templates(listed, {"a": TEMPLATE})) == []


def test_every_section_of_the_manifest_has_its_place_in_it() -> None:
    known, document = tree(), write(whole())
    spec, found = known["spec"], named(document)
    subject = document["metadata"]["component"]
    assert subject["name"] == known["metadata"]["name"]
    assert subject["hashes"] == [{"alg": "SHA-256", "content": RELEASE[7:]}]
    assert document["metadata"]["supplier"] == {"name": known["metadata"]["owner"]["team"]}
    card = subject["modelCard"]
    assert card["modelParameters"]["task"] == spec["model"]["task"]
    assert len(card["modelParameters"]["inputs"]) == len(spec["signature"]["inputs"])
    assert {one["ref"] for one in card["modelParameters"]["datasets"]} <= found.keys()
    assert card["quantitativeAnalysis"]["performanceMetrics"]
    assert card["considerations"]["technicalLimitations"]
    for prefix in ("artifact:", "base-model:", "dataset:", "image:", "base-image:", "pkg:deb/"):
        assert any(ref.startswith(prefix) for ref in found), prefix
    assert {one["name"] for one in document["services"]} == {
        one["name"] for one in spec["externalServices"]
    }
    (formula,) = document["formulation"]
    assert formula["workflows"][0]["steps"][0]["commands"]
    assert len({*found, subject["bom-ref"]}) == len(document["components"]) + 1


def test_packages_have_hashes_licences_addresses_and_scopes() -> None:
    found = named(write(whole()))
    pandas = found["pkg:pypi/pandas@2.2.0"]
    assert [one["content"][0] for one in pandas["hashes"]] == ["a", "b"]
    assert [one["url"][-5:] for one in pandas["externalReferences"]] == ["1.whl", "2.whl"]
    assert pandas["licenses"] == [{"expression": "BSD-3-Clause", "acknowledgement": "declared"}]
    assert pandas["scope"] == "required"
    assert found["pkg:pypi/pytest@8.0.0"]["scope"] == "excluded"
    assert found["pkg:pypi/extra@1.0"]["scope"] == "optional"
    assert "licenses" not in found["pkg:pypi/numpy@2.1.0"]
    assert "purl" not in found["pkg:pypi/own@1.0"]
    assert found["pkg:pypi/forked@1.0"]["purl"].endswith("?vcs_url=git%2Bhttps://e.com/f%40abc")
    assert "download_url=" in found["pkg:pypi/fetched@1.0%2Bcu117"]["purl"]
    twins = {found["pkg:pypi/numpy@2.1.0"]["purl"], found["pkg:pypi/numpy@2.1.0#2"]["purl"]}
    assert any("repository_url=https://own.example.com/i" in one for one in twins)
    assert found["pkg:pypi/weak@1.0"]["hashes"] == [{"alg": "MD5", "content": "0" * 32}]
    assert not any("other.txt" in ref for ref in found)


def test_dependencies_are_those_of_the_lock() -> None:
    document = write(whole())
    edges = {one["ref"]: one.get("dependsOn", []) for one in document["dependencies"]}
    assert edges["pkg:pypi/pandas@2.2.0"] == ["pkg:pypi/numpy@2.1.0", "pkg:pypi/numpy@2.1.0#2"]
    root = edges[document["metadata"]["component"]["bom-ref"]]
    assert {"pkg:pypi/pandas@2.2.0", "pkg:pypi/own@1.0", "runtime"} <= set(root)
    assert "pkg:pypi/numpy@2.1.0" not in root
    assert edges.keys() == {
        *named(document),
        document["metadata"]["component"]["bom-ref"],
        *(one["bom-ref"] for one in document["services"]),
    }


def test_a_lock_that_names_no_roots_has_those_nothing_needs() -> None:
    found = locked(replace(LOCK, roots=()), {})
    assert "pkg:pypi/numpy@2.1.0" not in found.roots
    assert "pkg:pypi/pandas@2.2.0" in found.roots


def test_the_bill_of_a_lock_is_valid_and_in_step_with_it() -> None:
    document = write(lock_bill("pylock.toml", digest("f"), locked(LOCK, LICENCES), "1"))
    assert schema_faults(document) == []
    assert list(cyclonedx.inconsistencies(document)) == []
    assert list(against.against_lock(cyclonedx.components(document), LOCK)) == []
    assert "modelCard" not in document["metadata"]["component"]


def test_four_hundred_packages_have_hashes_all_of_them() -> None:
    pins = tuple(
        Pin(name=f"p{number}", version="1", hashes=(digest("a"),)) for number in range(400)
    )
    bill = lock_bill("a", digest("f"), locked(Lock(format="requirements", pins=pins), {}), "1")
    assert [one["name"] for one in write(bill)["components"] if not one.get("hashes")] == []


def test_the_files_of_a_folder_are_listed_unless_they_are_very_many() -> None:
    path = f"artifact:{tree()['spec']['artifacts'][0]['name']}"
    few = named(write(whole()))[path]["components"]
    assert [one["name"] for one in few] == ["tokenizer.chat_template", "0.bin", "1.bin"]
    many = named(write(whole(files=MOST_FILES + 1)))[path]["components"]
    assert [one["name"] for one in many] == ["tokenizer.chat_template"]


def test_two_runs_write_the_same_bytes_and_another_release_others() -> None:
    text = sbom_text(write(whole()))
    assert text == sbom_text(write(whole()))
    other = write(replace(whole(), created="2026-11-28T00:00:00Z"))
    assert other["serialNumber"] != write(whole())["serialNumber"]
    assert other["metadata"]["timestamp"] == "2026-11-28T00:00:00Z"


@pytest.mark.parametrize("runtime", [None, Lock(format="pylock")])
def test_a_release_without_packages_has_a_bill(runtime: Lock | None) -> None:
    known = tree()
    for section in ("lineage", "evaluation", "build", "externalServices", "card", "signature"):
        known["spec"].pop(section, None)
    known["spec"]["environment"] = {"runtime": known["spec"]["environment"]["runtime"]}
    known["spec"]["model"]["license"] = "words that are no expression"
    document = write(release_bill(known, Observed(runtime=runtime), version="1"))
    assert schema_faults(document) == []
    (licence,) = document["metadata"]["component"]["licenses"]
    assert licence["license"]["name"] == "words that are no expression"
    assert "hashes" not in document["metadata"]["component"]


def test_an_operating_system_nobody_has_a_kind_of_package_for_has_generic_ones() -> None:
    known = tree()
    known["spec"]["environment"]["os"] = {
        "distribution": "plan9",
        "packages": [{"name": "rc", "version": "4"}],
    }
    document = write(release_bill(known, Observed(), version="1"))
    assert "pkg:generic/rc@4?distro=plan9" in named(document)
