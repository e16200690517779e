"""The shapes of predicates: the standards' own examples have them, what is malformed has not."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.predicates import (
    CYCLONEDX,
    EXAMPLES,
    OPENVEX,
    PROVENANCE,
    SARIF,
    SPDX,
    SUMMARY,
    TEST_RESULT,
    VULNERABILITIES,
)
from weighbridge.codec.predicates import SHAPES, shape_fault
from weighbridge.codec.predicates.recognising import UnrecognisedError, recognise
from weighbridge.model import predicates as types
from weighbridge.model.predicates import OURS, family, is_own

D = f"sha256:{'1' * 64}"
PLACE = {
    "environment": "production",
    "environmentDigest": D,
    "log": "example.com/log",
    "policy": D,
    "reason": "",
}
SIDE = {"name": "staging", "digest": D}
ORDERED = {
    "after": 41,
    "environment": "production",
    "environmentDigest": D,
    "log": "example.com/log",
    "policy": D,
}
STARTED = {**ORDERED, "generation": 2, "order": "start", "rendering": D}
OWN: dict[str, dict[str, Any]] = {
    types.RELEASE: {"name": "demo", "version": "1", "sections": {"source": D}},
    types.CONTROL: {"action": "key.trust", "log": "a", "after": 1, "parameters": {}},
    types.APPROVAL: {**PLACE, "act": "approve", "outcome": D},
    types.WAIVER: {
        **PLACE,
        "rule": "SEC001",
        "findings": [{"file": D, "global": ""}],
        "expires": "2026-01-01T00:00:00Z",
    },
    types.WAIVER_REQUEST: {
        **PLACE,
        "rule": "DEP002",
        "findings": [{"digest": D, "pointer": "", "seen": "six==1.16.0", "subject": "six"}],
        "expires": "2026-01-01T00:00:00Z",
        "owner": "",
        "after": 7,
    },
    types.WAIVER_WITHDRAWAL: {
        **PLACE,
        "rule": "DEP002",
        "findings": [{"file": D, "global": "lab.Net"}],
        "people": ["eva"],
        "after": 7,
    },
    types.REPLAY: {OURS: {"verdict": "bitwise", "dependsOn": {"build": None}}},
    types.BEHAVIOUR: {"result": "PASSED", OURS: {"dependsOn": {"build": D}}},
    types.PARITY: {
        "at": "2026-01-01T00:00:00Z",
        "left": SIDE,
        "right": SIDE,
        "result": "WARNED",
        "entries": [{"name": "python", "outcome": "drift", "left": "3.11", "right": "3.12"}],
    },
    types.DRILL: {
        "at": "2026-01-01T00:00:00Z",
        "environment": SIDE,
        "notApplicable": ["not-soaked"],
        "planted": [
            {"name": "flipped-byte", "caught": True, "by": "INT001", "verdict": "denied"},
        ],
        "policy": SIDE,
        "result": "PASSED",
    },
    types.IMPORT: {
        "from": "mlflow",
        "model": {"name": "iris"},
        "version": {"version": "1"},
    },
    types.DELIVERY_ORDER: {
        **ORDERED,
        "delivery": 40,
        "order": "abort",
        "reason": "customers call",
    },
    types.DELIVERY: {
        "environment": SIDE,
        "generation": 2,
        "result": "PASSED",
        "target": "kubernetes",
        "startedOn": "",
        "finishedOn": "2026-01-01T00:00:00Z",
    },
}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_examples_of_the_standards_have_their_shapes(kind: str) -> None:
    assert shape_fault(kind, EXAMPLES[kind]) == ""


@pytest.mark.parametrize("kind", OWN)
def test_ours_are_closed(kind: str) -> None:
    assert shape_fault(kind, OWN[kind]) == ""
    assert shape_fault(kind, {**OWN[kind], "more": 1}) == "/ has a member nobody knows: more"
    for name in OWN[kind]:
        short = {key: value for key, value in OWN[kind].items() if key != name}
        optional = name == OURS and kind == types.BEHAVIOUR
        expected = optional or name.endswith("On")
        assert (shape_fault(kind, short) == "") is expected


def test_a_delivery_is_begun_of_what_was_rendered_and_no_more() -> None:
    assert shape_fault(types.DELIVERY_ORDER, STARTED) == ""
    for name in STARTED:
        short = {key: value for key, value in STARTED.items() if key != name}
        assert shape_fault(types.DELIVERY_ORDER, short) != ""
    assert shape_fault(types.DELIVERY_ORDER, {**STARTED, "reason": "why not"}) != ""


def test_every_type_that_is_named_has_a_shape() -> None:
    named = {
        value
        for name, value in vars(types).items()
        if name.isupper() and isinstance(value, str) and name != "OURS" and name[0] != "_"
    }
    assert named == SHAPES.keys()


def test_a_type_nobody_knows_has_any_shape() -> None:
    assert shape_fault("https://example.com/x", 1) == ""


def test_types_are_told_without_their_versions() -> None:
    assert family("https://cyclonedx.org/bom/v1.6") == types.SBOM
    assert family("https://openvex.dev/ns/v0.2.0") == types.OPENVEX
    assert family("https://slsa.dev/provenance/v1") == types.PROVENANCE
    assert family("https://cyclonedx.org/bom/vx") == "https://cyclonedx.org/bom/vx"
    assert (is_own(types.RELEASE), is_own(types.VSA)) == (True, False)


def changed(example: dict[str, Any], pointer: str, value: object) -> dict[str, Any]:
    """Put another value somewhere; None takes away what is there."""
    tree: Any = copy.deepcopy(example)
    *way, last = pointer.split("/")
    found = tree
    for part in way:
        found = found[int(part) if isinstance(found, list) else part]
    if value is None:
        del found[last]
    else:
        found[int(last) if isinstance(found, list) else last] = value
    whole: dict[str, Any] = tree
    return whole


MALFORMED: list[tuple[str, dict[str, Any], str, object, str]] = [
    (types.PROVENANCE, PROVENANCE, "buildDefinition", None, "/ has no member buildDefinition"),
    (types.PROVENANCE, PROVENANCE, "buildDefinition/buildType", "make", "is not a URI"),
    (types.PROVENANCE, PROVENANCE, "buildDefinition/externalParameters", [], "is not a mapping"),
    (
        types.PROVENANCE,
        PROVENANCE,
        "buildDefinition/resolvedDependencies",
        [{"name": "x"}],
        "/buildDefinition/resolvedDependencies/0 has neither uri, digest nor content",
    ),
    (types.PROVENANCE, PROVENANCE, "runDetails/builder/id", None, "has no member id"),
    (types.PROVENANCE, PROVENANCE, "runDetails/metadata/startedOn", "now", "is not a time"),
    (types.PROVENANCE, PROVENANCE, "runDetails/byproducts", {}, "is not a list"),
    (types.VSA, SUMMARY, "verificationResult", "WARNED", "is not PASSED or FAILED"),
    (types.VSA, SUMMARY, "timeVerified", "2026-02-31T00:00:00Z", "is not a time there is"),
    (types.VSA, SUMMARY, "verifiedLevels", "L3", "is not a list"),
    (types.VSA, SUMMARY, "policy", {}, "/policy has neither"),
    (types.VSA, SUMMARY, "verifier", {"id": 1}, "/verifier/id is not a URI"),
    (types.VSA, SUMMARY, OURS, {"verdict": "allowed"}, "has no member conditions"),
    (types.TEST_RESULT, TEST_RESULT, "result", "passed", "/result is not PASSED"),
    (types.TEST_RESULT, TEST_RESULT, "configuration", None, "has no member configuration"),
    (types.TEST_RESULT, TEST_RESULT, "failedTests", [1], "/failedTests/0 is not a text"),
    (types.TEST_RESULT, TEST_RESULT, OURS, {"reports": {}}, "a member nobody knows: reports"),
    (types.TEST_RESULT, TEST_RESULT, OURS, {"junit": {}}, "has no member digest"),
    (types.VULNERABILITIES, VULNERABILITIES, "scanner/result", {}, "is not a list"),
    (types.VULNERABILITIES, VULNERABILITIES, "scanner/result/0/id", None, "no member vuln"),
    (types.VULNERABILITIES_02, VULNERABILITIES, "scanner/result/0/id", None, "has no member id"),
    (types.VULNERABILITIES, VULNERABILITIES, "metadata", {}, "has no member scan"),
    (types.SBOM, CYCLONEDX, "specVersion", "1.3", "/specVersion is not 1.4"),
    (types.SBOM, CYCLONEDX, "extra", 1, "a member nobody knows: extra"),
    (types.SBOM, CYCLONEDX, "serialNumber", "3e67", "is not a urn:uuid"),
    (types.SBOM, CYCLONEDX, "components/0/type", "thing", "/components/0/type is not application"),
    (types.SBOM, CYCLONEDX, "version", True, "/version is not an integer"),
    (types.SPDX, SPDX, "spdxVersion", "SPDX-2.1", "/spdxVersion is not SPDX-2.2"),
    (types.SPDX, SPDX, "creationInfo/creators", [], "has fewer than 1 members"),
    (types.SPDX, SPDX, "packages/0/SPDXID", "Package", "is not an SPDX id"),
    (types.SPDX, SPDX, "@graph", [], "has no member @context"),
    (types.OPENVEX, OPENVEX, "statements", [], "has fewer than 1 members"),
    (types.OPENVEX, OPENVEX, "statements/0/status", "ok", "is not not_affected"),
    (types.OPENVEX, OPENVEX, "statements/0/status", "not_affected", "without a justification"),
    (types.OPENVEX, OPENVEX, "@context", "https://example.com", "is not the context"),
    (types.SARIF, SARIF, "version", "2.0.0", "/version is not 2.1.0"),
    (types.SARIF, SARIF, "runs/0/results/0/level", "high", "/runs/0/results/0/level is not"),
    (types.SARIF, SARIF, "runs/0/tool", {}, "has no member driver"),
    (types.SARIF, SARIF, "runs/0/invocations", [{}], "has no member executionSuccessful"),
    (types.SARIF, SARIF, "runs/0/invocations/0/executionSuccessful", 1, "is not true or false"),
    (types.PUBLISH, {}, "a", 1, "a member nobody knows"),
    (types.WAIVER, OWN[types.WAIVER], "rule", "all", "is not the code of a rule"),
    (types.WAIVER, OWN[types.WAIVER], "findings", [], "has fewer than 1 members"),
    (types.WAIVER, OWN[types.WAIVER], "findings/0/seen", "x", "has no member digest"),
    (types.WAIVER, OWN[types.WAIVER], "owner", "", "is not a text with something in it"),
    (types.WAIVER_WITHDRAWAL, OWN[types.WAIVER_WITHDRAWAL], "people", [], "has fewer than 1"),
    (types.RELEASE, OWN[types.RELEASE], "sections/source", "x", "is not a sha256 digest"),
    (types.DELIVERY, OWN[types.DELIVERY], "startedOn", "today", "is not a time"),
    (types.DELIVERY_ORDER, OWN[types.DELIVERY_ORDER], "order", "stop", "/order is not pause"),
    (types.DELIVERY_ORDER, OWN[types.DELIVERY_ORDER], "order", "start", "/order is not pause"),
    (types.DELIVERY_ORDER, OWN[types.DELIVERY_ORDER], "reason", "", "with something in it"),
    (types.DELIVERY_ORDER, STARTED, "rendering", "x", "has no member delivery"),
    (types.DELIVERY_ORDER, STARTED, "order", "abort", "has no member delivery"),
]


@pytest.mark.parametrize(("kind", "example", "pointer", "value", "fault"), MALFORMED)
def test_what_is_malformed_is_told_with_its_place(
    kind: str, example: dict[str, Any], pointer: str, value: object, fault: str
) -> None:
    # The key of ours has slashes in it, so it is not part of a way.
    way = pointer if pointer != OURS else "ours"
    tree = changed(example, way, value)
    if way == "ours":
        tree[OURS] = tree.pop("ours")
    found = shape_fault(kind, tree)
    assert found
    assert fault in found


@pytest.mark.parametrize("value", [None, 1, "x", [], True])
@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_no_type_takes_what_is_no_mapping(kind: str, value: object) -> None:
    assert shape_fault(kind, value) == "/ is not a mapping"


def test_components_nest_only_so_deep() -> None:
    tree: dict[str, Any] = {"type": "library", "name": "a"}
    for _ in range(40):
        tree = {"type": "library", "name": "a", "components": [tree]}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [tree]}
    assert "is nested deeper than 32 levels" in shape_fault(types.SBOM, document)


def test_flaws_may_stand_as_the_text_of_the_older_version_has_them() -> None:
    flaw = VULNERABILITIES["scanner"]["result"][0]
    tree = changed(VULNERABILITIES, "scanner/result/0", {"vulnerability": flaw})
    assert shape_fault(types.VULNERABILITIES, tree) == ""
    assert shape_fault(types.VULNERABILITIES_02, tree) != ""


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (PROVENANCE, types.PROVENANCE),
        (SUMMARY, types.VSA),
        (TEST_RESULT, types.TEST_RESULT),
        (VULNERABILITIES, types.VULNERABILITIES_02),
        (CYCLONEDX, types.SBOM),
        (SPDX, types.SPDX),
        ({"@context": "https://spdx.org/rdf/3.0.1/c", "@graph": [{"type": "x"}]}, types.SPDX),
        (OPENVEX, types.OPENVEX),
        (SARIF, types.SARIF),
    ],
)
def test_a_document_is_known_by_what_stands_in_it(document: dict[str, Any], kind: str) -> None:
    data = json.dumps(document, indent=1).encode()
    found = recognise(data)
    assert (found.predicate_type, found.predicate, found.kept) == (kind, data, b"")


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (b"", None, "cannot be read"),
        (b"[]", None, "not a mapping"),
        (b"{}", None, "say what it is by --type"),
        (b'{"_type": "x", "predicateType": "y"}', None, "it is a whole statement"),
        (b'{"runs": [], "version": "2.0.0"}', None, "it is not whole: /version"),
        (b'{"a": 1}', types.PROVENANCE, "as https://slsa.dev/provenance/v1 it is not whole"),
        (b"<testsuites/>", types.SARIF, "it is XML"),
        (b"<testsuites/>", None, "as JUnit it cannot be read: it has no test case"),
    ],
)
def test_what_nobody_knows_is_refused(data: bytes, kind: str | None, message: str) -> None:
    with pytest.raises(UnrecognisedError, match=message):
        recognise(data, kind)


def test_a_type_that_is_said_is_taken() -> None:
    found = recognise(b'{"a": 1.50}', "https://example.com/x")
    assert (found.predicate_type, found.predicate) == ("https://example.com/x", b'{"a": 1.50}')
