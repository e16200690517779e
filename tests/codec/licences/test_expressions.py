from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.licenses import canonicalize_license_expression

from weighbridge.codec.licences.expressions import (
    Choice,
    Licence,
    LicenceError,
    Together,
    canonical_expression,
    read_expression,
)

TERMS = st.sampled_from(
    ["MIT", "Apache-2.0", "GPL-2.0-only WITH Classpath-exception-2.0", "LicenseRef-own", "0BSD"]
)
EXPRESSIONS = st.recursive(
    TERMS,
    lambda inner: st.builds(
        lambda left, word, right: f"({left} {word} {right})",
        inner,
        st.sampled_from(["AND", "OR"]),
        inner,
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("mit", "MIT"),
        ("MIT or apache-2.0", "MIT OR Apache-2.0"),
        ("(MIT)", "MIT"),
        ("MIT OR (Apache-2.0 AND ISC)", "MIT OR Apache-2.0 AND ISC"),
        ("(MIT OR Apache-2.0) AND ISC", "(MIT OR Apache-2.0) AND ISC"),
        ("GPL-2.0+", "GPL-2.0+"),
        ("DocumentRef-a:LicenseRef-b", "DocumentRef-a:LicenseRef-b"),
        (
            "gpl-2.0-only with classpath-exception-2.0",
            "GPL-2.0-only WITH Classpath-exception-2.0",
        ),
    ],
)
def test_expressions_are_written_as_the_list_spells_them(text: str, canonical: str) -> None:
    assert canonical_expression(text) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MIT AND AND",
        "MIT AND AND ISC",
        "AND",
        "MIT ISC",
        "(MIT",
        "MIT)",
        "()",
        "Apache 2.0",
        "MIT WITH",
        "MIT WITH nothing-of-the-kind",
        "MIT; rm -rf /",
        "(" * 30 + "MIT" + ")" * 30,
        "MIT OR " * 400 + "MIT",
        "MIT AND " * 120 + "MIT",
    ],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(LicenceError):
        read_expression(text)


def test_and_binds_more_tightly_than_or() -> None:
    mit, isc, zlib = Licence("MIT"), Licence("ISC"), Licence("Zlib")
    assert read_expression("MIT OR ISC AND Zlib") == Choice((mit, Together((isc, zlib))))
    assert read_expression("MIT AND ISC OR Zlib") == Choice((Together((mit, isc)), zlib))


@given(EXPRESSIONS)
def test_what_packaging_accepts_we_accept_and_what_we_write_says_the_same(text: str) -> None:
    assert canonicalize_license_expression(text)
    written = canonical_expression(text)
    assert canonicalize_license_expression(written)
    assert canonical_expression(written) == written
