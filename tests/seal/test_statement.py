from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model import predicates
from weighbridge.model.predicates import CONTROL, RELEASE
from weighbridge.seal.bundle import LARGEST, read_bundle, write_bundle
from weighbridge.seal.statement import (
    LARGEST_PREDICATE,
    Statement,
    StatementError,
    read_statement,
    statement_around,
    write_statement,
)

HEX = "0123456789abcdef" * 4
DIGEST = f"sha256:{HEX}"
WRITTEN = write_statement(
    Statement(
        RELEASE,
        subjects=(("manifest.json", DIGEST),),
        predicate={"name": "a", "sections": {}, "version": "1"},
    )
)
OTHERS = "https://example.com/others/v1"

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=20,
)
DECIMALS = st.dictionaries(
    st.text(st.characters(codec="ascii")),
    st.recursive(
        VALUES | st.floats(allow_nan=False, allow_infinity=False), st.lists, max_leaves=10
    ),
)
SUBJECTS = (("manifest.json", DIGEST), ('model "a", b.onnx', f"sha256:{'0' * 64}"))
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
        b'{"_type":"https://in-toto.io/Statement/v1","predicate":{"name":"a","sections":{},"version":"1"},'
        b'"predicateType":"https://weighbridge.dev/release/v1",'
        b'"subject":[{"digest":{"sha256":"' + HEX.encode() + b'"},"name":"manifest.json"}]}'
    ) == WRITTEN


def test_the_predicate_types_are_those_other_programs_know() -> None:
    assert (predicates.TEST_RESULT, predicates.VSA, predicates.PROVENANCE) == (
        "https://in-toto.io/attestation/test-result/v0.1",
        "https://slsa.dev/verification_summary/v1",
        "https://slsa.dev/provenance/v1",
    )
    assert (RELEASE, CONTROL) == (
        "https://weighbridge.dev/release/v1",
        "https://weighbridge.dev/control/v1",
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
        (changed(predicate={"accuracy": float("nan")}), "NaN is not an integer"),
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


def around(predicate: bytes) -> bytes:
    return statement_around(predicate, predicate_type=OTHERS, subjects=SUBJECTS)


def test_a_predicate_with_decimals_is_read() -> None:
    data = changed(predicate={"accuracy": 0.93, "deep": [{"loss": 1e-05}]})
    assert read_statement(data).predicate == {"accuracy": 0.93, "deep": [{"loss": 1e-05}]}


@pytest.mark.parametrize(
    "data",
    [
        changed(_type=1.5),
        changed(predicateType=1.5),
        changed(subject=1.5),
        changed(subject=[1.5]),
        changed(subject=[{"name": 1.5, "digest": {"sha256": HEX}}]),
        changed(subject=[{"name": "a", "digest": 1.5}]),
        changed(subject=[{"name": "a", "digest": {"sha256": 1.5}}]),
        changed(predicate=1.5),
        changed(more=1.5),
        WRITTEN.replace(b'"1"', b"1e999"),
    ],
)
def test_decimals_stand_in_the_predicate_only(data: bytes) -> None:
    with pytest.raises(StatementError):
        read_statement(data)


def test_a_predicate_with_decimals_is_not_written_again() -> None:
    with pytest.raises(StatementError, match="cannot be written"):
        write_statement(read_statement(changed(predicate={"accuracy": 0.93})))


def test_a_predicate_stands_in_its_statement_as_it_came() -> None:
    predicate = b' {\n  "loss" : 1.50e-3,\n  "accuracy": 0.930\n}\n'
    assert around(predicate) == (
        b'{"_type":"https://in-toto.io/Statement/v1","predicate":' + predicate + b","
        b'"predicateType":"https://example.com/others/v1","subject":['
        b'{"digest":{"sha256":"' + HEX.encode() + b'"},"name":"manifest.json"},'
        b'{"digest":{"sha256":"' + b"0" * 64 + b'"},"name":"model \\"a\\", b.onnx"}]}'
    )


@pytest.mark.slow
@given(DECIMALS, st.sampled_from([None, 2]))
def test_a_statement_around_a_predicate_is_read_as_that(
    predicate: dict[str, object], indent: int | None
) -> None:
    data = json.dumps(predicate, indent=indent).encode()
    statement = read_statement(around(data))
    assert statement == Statement(OTHERS, subjects=SUBJECTS, predicate=predicate)
    assert around(data).count(data) >= 1


@given(STATEMENTS)
def test_around_canonical_bytes_stands_what_would_have_been_written(value: Statement) -> None:
    predicate = canonical_bytes(value.predicate)
    written = statement_around(
        predicate, predicate_type=value.predicate_type, subjects=value.subjects
    )
    assert written == write_statement(value)


@pytest.mark.parametrize(
    ("predicate", "message"),
    [
        (b"", "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"\xef\xbb\xbf{}", "cannot be read"),
        (b"{", "cannot be read"),
        (b"{}{}", "cannot be read"),
        (b"{},", "cannot be read"),
        (b'{},"predicate":{}', "cannot be read"),
        (b'{},"predicateType":"a"', "cannot be read"),
        (b"{}\x00", "cannot be read"),
        (b"{} // why", "cannot be read"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":1e999}', "not a finite number"),
        (b'{"a":1,"a":2}', "stands twice"),
        (b'{"a":' * 10**5, "deeper than"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "deeper than"),
        # By itself it is just not too deep; in a statement it stands one level deeper.
        (b'{"a":' * 64 + b"1" + b"}" * 64, "the statement cannot be read: it is nested deeper"),
        (b"[]", "not a mapping"),
        (b"0.5", "not a mapping"),
        (b"null", "not a mapping"),
        (b"{" + b" " * LARGEST_PREDICATE + b"}", f"larger than {LARGEST_PREDICATE} bytes"),
    ],
)
def test_nothing_else_than_one_object_is_put_into_a_statement(
    predicate: bytes, message: str
) -> None:
    with pytest.raises(StatementError, match=message):
        around(predicate)


@pytest.mark.parametrize(
    ("predicate_type", "subjects", "message"),
    [
        ("", SUBJECTS, "no type"),
        ("\ud800", SUBJECTS, "cannot be written"),
        (RELEASE, (), "no subject"),
        (RELEASE, (("a", "sha256:zz"),), "not a sha256"),
        (RELEASE, (("\ud800", DIGEST),), "cannot be written"),
    ],
)
def test_a_predicate_is_about_something(
    predicate_type: str, subjects: tuple[tuple[str, str], ...], message: str
) -> None:
    with pytest.raises(StatementError, match=message):
        statement_around(b"{}", predicate_type=predicate_type, subjects=subjects)


def test_the_largest_predicate_fits_a_bundle() -> None:
    predicate = b"{" + b" " * (LARGEST_PREDICATE - 2) + b"}"
    bundle = write_bundle(around(predicate), signature=bytes(128), spki=b"")
    assert len(bundle) < LARGEST
    assert read_statement(read_bundle(bundle).payload).predicate == {}
