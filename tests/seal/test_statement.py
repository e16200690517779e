from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.seal import statement
from weighbridge.seal.statement import (
    RELEASE,
    Statement,
    StatementError,
    read_statement,
    write_statement,
)

HEX = "0123456789abcdef" * 4
DIGEST = f"sha256:{HEX}"
WRITTEN = write_statement(
    Statement(RELEASE, subjects=(("manifest.json", DIGEST),), predicate={"version": "1"})
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=20,
)
STATEMENTS = st.builds(
    Statement,
    st.text(min_size=1),
    subjects=st.lists(
        st.tuples(
            st.text(min_size=1),
            st.binary(min_size=32, max_size=32).map(lambda b: f"sha256:{b.hex()}"),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    predicate=st.dictionaries(st.text(st.characters(codec="ascii")), VALUES),
)


def changed(**changes: object) -> bytes:
    return json.dumps(json.loads(WRITTEN) | changes).encode()


def test_a_statement_is_written_as_in_toto_has_it() -> None:
    assert (
        b'{"_type":"https://in-toto.io/Statement/v1","predicate":{"version":"1"},'
        b'"predicateType":"https://weighbridge.dev/release/v1",'
        b'"subject":[{"digest":{"sha256":"' + HEX.encode() + b'"},"name":"manifest.json"}]}'
    ) == WRITTEN


def test_the_predicate_types_are_those_other_programs_know() -> None:
    assert (statement.TEST_RESULT, statement.VSA, statement.PROVENANCE) == (
        "https://in-toto.io/attestation/test-result/v0.1",
        "https://slsa.dev/verification_summary/v1",
        "https://slsa.dev/provenance/v1",
    )


@given(STATEMENTS)
def test_a_statement_is_read_as_it_was_written(value: Statement) -> None:
    data = write_statement(value)
    assert read_statement(data) == value
    assert data == canonical_bytes(json.loads(data))


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), 2**53, b"x", (1,), "\ud800", {1: 2}, {"é": 1}]
)
def test_what_has_no_canonical_form_is_not_written(value: object) -> None:
    with pytest.raises(StatementError, match="cannot be written"):
        write_statement(
            Statement(RELEASE, subjects=(("a", DIGEST),), predicate={"deep": [{"value": value}]})
        )


@pytest.mark.parametrize(
    ("predicate_type", "subjects", "message"),
    [
        ("", (("a", DIGEST),), "no type"),
        (RELEASE, (), "no subject"),
        (RELEASE, (("", DIGEST),), "no name"),
        (RELEASE, (("a", DIGEST), ("b", "sha256:zz")), "'b' is not a sha256"),
        (RELEASE, (("a", HEX),), "not a sha256"),
        (RELEASE, (("a", DIGEST.upper()),), "not a sha256"),
        (RELEASE, (("a", DIGEST + "\n"),), "not a sha256"),
        (RELEASE, (("a", DIGEST[:-2]),), "not a sha256"),
    ],
)
def test_a_statement_about_nothing_cannot_be_made(
    predicate_type: str, subjects: tuple[tuple[str, str], ...], message: str
) -> None:
    with pytest.raises(StatementError, match=message):
        Statement(predicate_type, subjects=subjects, predicate={})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cannot be read"),
        (b"\xff", "cannot be read"),
        (changed(predicate={"accuracy": 0.9}), "0.9 is not an integer"),
        (changed(predicate={"accuracy": float("inf")}), "Infinity is not an integer"),
        (WRITTEN.replace(b'"version":"1"', b'"version":"1","version":"2"'), "stands twice"),
        (b"[" * 10**5, "deeper than"),
        (WRITTEN.replace(b'"1"', b"[" * 10**5 + b"]" * 10**5), "deeper than"),
        (WRITTEN.replace(b'"1"', b"[" * 80 + b"]" * 80), "deeper than"),
        (b"[]", "the statement does not have exactly"),
        (changed(more=1), "the statement does not have exactly"),
        (changed(_type="https://in-toto.io/Statement/v0.1"), "type is not"),
        (changed(predicateType=None), "none"),
        (changed(predicateType=""), "no type"),
        (changed(subject={}), "none"),
        (changed(subject=[]), "no subject"),
        (changed(subject=[{"name": "a"}]), "a subject does not have exactly"),
        (changed(subject=["a"]), "a subject does not have exactly"),
        (changed(subject=[{"name": "a", "digest": {"sha256": HEX}, "uri": "b"}]), "a subject does"),
        (changed(subject=[{"name": "a", "digest": {"sha512": HEX * 2}}]), "a subject's digest"),
        (changed(subject=[{"name": "a", "digest": {"sha256": HEX, "md5": ""}}]), "a subject's dig"),
        (changed(subject=[{"name": 1, "digest": {"sha256": HEX}}]), "not text"),
        (changed(subject=[{"name": "a", "digest": {"sha256": 1}}]), "not text"),
        (changed(subject=[{"name": "a", "digest": {"sha256": "zz"}}]), "not a sha256"),
        (changed(subject=[{"name": "", "digest": {"sha256": HEX}}]), "no name"),
        (changed(predicate=[]), "predicate is not a mapping"),
    ],
)
def test_what_is_not_a_statement_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(StatementError, match=message):
        read_statement(data)
