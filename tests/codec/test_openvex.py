from __future__ import annotations

import json
from typing import Any

import pytest

from weighbridge.codec.openvex import VexError, read_openvex
from weighbridge.model.vex import VexProduct, VexStatus

STATEMENT: dict[str, Any] = {
    "vulnerability": {"name": "CVE-2026-1", "aliases": ["GHSA-1"]},
    "products": [{"@id": "pkg:pypi/Foo.Bar@1.0%2Bcu117"}],
    "status": "not_affected",
    "justification": "component_not_present",
    "impact_statement": "we build without it",
}
DOCUMENT: dict[str, Any] = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://example.com/vex-1",
    "author": "Ann",
    "timestamp": "2026-06-07T02:00:00+02:00",
    "version": 1,
    "statements": [STATEMENT],
}


def document(**statement: object) -> bytes:
    return json.dumps({**DOCUMENT, "statements": [{**STATEMENT, **statement}]}).encode()


def test_a_statement_says_who_what_and_why() -> None:
    (read,) = read_openvex(document())
    assert read.ids == {"CVE-2026-1", "GHSA-1"}
    assert read.products == (VexProduct(name="foo-bar", version="1.0+cu117"),)
    assert (read.status, read.author) == (VexStatus.NOT_AFFECTED, "Ann")
    assert (read.at, read.document) == ("2026-06-07T00:00:00Z", "https://example.com/vex-1")
    assert read.why == "component_not_present: we build without it"


def test_the_older_form_is_read() -> None:
    (read,) = read_openvex(document(vulnerability="CVE-1", products=["pkg:pypi/torch"]))
    assert (set(read.ids), read.products) == ({"CVE-1"}, (VexProduct(name="torch"),))
    (named,) = read_openvex(document(products=[{"identifiers": {"purl": "pkg:pypi/torch@1"}}]))
    assert named.products == (VexProduct(name="torch", version="1"),)


@pytest.mark.parametrize(
    "product",
    [
        "pkg:oci/image@sha256:1",
        "pkg:pypi/torch@1?file_name=x",
        "torch",
        {"@id": "pkg:pypi/torch", "subcomponents": [{"@id": "pkg:pypi/numpy"}]},
    ],
)
def test_other_products_are_not_covered(product: object) -> None:
    (read,) = read_openvex(document(products=[product]))
    assert read.products == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"status": "fine"}, "fine is no status"),
        ({"status": None}, "nothing is no status"),
        ({"status": 1}, "status is not text"),
        ({"justification": "because"}, "no justification"),
        ({"justification": None, "impact_statement": None}, "without a justification"),
        ({"vulnerability": {}}, "names no vulnerability"),
        ({"vulnerability": 1}, "names no vulnerability"),
        ({"vulnerability": {"name": "x", "aliases": [1]}}, "aliases"),
        ({"products": {}, "x": 1}, None),
        ({"products": "x"}, "products is not a list"),
        ({"products": [1]}, "neither text"),
        ({"products": [{"identifiers": []}], "y": 1}, None),
        ({"products": [{"identifiers": "x"}]}, "identifiers"),
        ({"timestamp": "now"}, "no timestamp"),
        ({"timestamp": "2026-06-07T00:00:00"}, "time zone"),
    ],
)
def test_statements_that_are_not_whole(change: dict[str, object], why: str | None) -> None:
    if why is None:
        assert read_openvex(document(**change))[0].products == ()
        return
    with pytest.raises(VexError, match=f"statement 1: .*{why}"):
        read_openvex(document(**change))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{", "JSON"),
        (b"[]", "@context"),
        (b"[" * 100_000, "nested"),
        (b'{"@context": "https://openvex.dev/ns"}', "statements"),
        (json.dumps({**DOCUMENT, "statements": [1]}).encode(), "not a mapping"),
        (json.dumps({**DOCUMENT, "author": ""}).encode(), "no author"),
        (b" " * (17 << 20), "larger"),
    ],
)
def test_documents_that_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(VexError, match=why):
        read_openvex(data)
