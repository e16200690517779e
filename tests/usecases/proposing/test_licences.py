from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.licenses import canonicalize_license_expression

from weighbridge.usecases.proposing.licences import spdx


@pytest.mark.parametrize(
    ("word", "expression"),
    [
        ("apache-2.0", "Apache-2.0"),
        ("mit", "MIT"),
        (" MIT ", "MIT"),
        ("cc-by-4.0", "CC-BY-4.0"),
        ("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0"),
        ("bsd-3-clause", "BSD-3-Clause"),
        ("apache-2.0 or mit", "Apache-2.0 OR MIT"),
        ("gpl-3.0-or-later with classpath-exception-2.0",) * 2,
        ("llama3.1", "LicenseRef-llama3.1"),
        ("gemma", "LicenseRef-gemma"),
        ("bigscience-openrail-m", "LicenseRef-bigscience-openrail-m"),
        ("LicenseRef-own", "LicenseRef-own"),
        ("other", ""),
        ("unknown", ""),
        ("bsd", ""),
        ("gpl", ""),
        ("", ""),
        ("see LICENSE", ""),
        ("see\nLICENSE", ""),
        ("mit and", ""),
        ("(" * 200, ""),
        ("x" * 10_000, ""),
        (None, ""),
        (3, ""),
        (["mit"], ""),
        ({"text": "MIT"}, ""),
    ],
)
def test_a_word_becomes_an_expression_or_nothing(word: object, expression: str) -> None:
    found = spdx(word)
    assert found.lower() == expression.lower()
    if isinstance(word, str) and " with " not in word:
        assert found == expression


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("nvidia-open-model-license", "LicenseRef-nvidia-open-model-license"),
        ("mit", "MIT"),
        ("other", ""),
        ("two words", ""),
        (None, ""),
        (["mit"], ""),
    ],
)
def test_of_another_licence_its_name_is_taken(name: object, expression: str) -> None:
    assert spdx("other", name) == expression


@given(st.text() | st.text(alphabet="()+-. adornwithmt0123", max_size=250))
def test_whatever_comes_out_is_an_expression(word: str) -> None:
    found = spdx(word)
    assert not found or canonicalize_license_expression(found)
