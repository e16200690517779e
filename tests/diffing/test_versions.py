from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.diffing.versions import step

WORDS = {"", "major", "minor", "patch", "pre-release", "release", "downgrade"}


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("1.4.0", "2.0.0", "major"),
        ("1.4.0", "1.5.0", "minor"),
        ("1.4", "1.5.1", "minor"),
        ("1.4.0", "1.4.1", "patch"),
        ("1.4", "1.4.1", "patch"),
        ("1.4.0.1", "1.4.0.2", "patch"),
        ("1.4.0", "1!1.4.0", "major"),
        ("1.5.0", "1.4.9", "downgrade"),
        ("1.5.0", "1.5.0-rc.1", "downgrade"),
        ("1.5.0-rc.1", "1.5.0-rc.2", "pre-release"),
        ("1.5.0-rc.1", "1.5.0", "release"),
        ("1.4.0", "1.5.0-rc.1", "minor"),
        ("1.5.0", "1.5.0.post1", ""),
        ("1.5.0+cpu", "1.5.0+cu124", ""),
        ("1.5", "1.5.0", ""),
        ("2026.11.22", "2026.12.1", ""),
        ("2026.12.1", "2026.11.22", "downgrade"),
        ("12.2.0-14~deb", "12.2.0-15~deb", ""),
        ("TODO", "1.0", ""),
    ],
)
def test_a_step_between_versions_has_a_name(before: str, after: str, word: str) -> None:
    assert step(before, after) == word


@given(st.text(max_size=8), st.text(max_size=8))
def test_any_text_has_a_word_or_none(before: str, after: str) -> None:
    assert step(before, after) in WORDS


@given(
    st.lists(st.integers(0, 3), min_size=3, max_size=3),
    st.lists(st.integers(0, 3), min_size=3, max_size=3),
)
def test_the_word_names_the_first_number_that_grew(before: list[int], after: list[int]) -> None:
    words = dict(zip(range(3), ("major", "minor", "patch"), strict=True))
    first = next((at for at in range(3) if before[at] != after[at]), None)
    grew = first is not None and before[first] < after[first]
    wanted = "" if first is None else words[first] if grew else "downgrade"
    assert step(".".join(map(str, before)), ".".join(map(str, after))) == wanted
