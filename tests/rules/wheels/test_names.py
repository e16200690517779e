from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from scripts.large_lock import entries
from weighbridge.rules.wheels.names import WheelNames

_PART = st.text(alphabet="aZ_.-19+t", max_size=6)
_WORD = st.sampled_from(
    ["cp311", "CP311", "py2.py3", "abi3", "none", "any", "1", "1b", "", "a..b", "2.0", "é", "numpy"]
)


def wanted(file: str) -> frozenset[Tag] | None:
    try:
        return parse_wheel_filename(file)[3]
    except InvalidWheelFilename:
        return None


def read(file: str) -> frozenset[Tag] | None:
    found = WheelNames().read(file)
    if found is None:
        return None
    return frozenset(
        Tag(*words) for words in product(found.interpreters, found.abis, found.platforms)
    )


def test_the_wheels_of_404_packages_are_read_as_packaging_reads_them() -> None:
    names = WheelNames()
    for *_, wheels in entries():
        for file in wheels:
            found = names.read(file)
            assert found is not None
            words = product(found.interpreters, found.abis, found.platforms)
            assert frozenset(Tag(*three) for three in words) == wanted(file)


@given(
    st.lists(_WORD | _PART, min_size=1, max_size=7), st.sampled_from([".whl", ".WHL", "", ".gz"])
)
def test_a_name_is_a_wheels_where_packaging_takes_it_for_one(parts: list[str], end: str) -> None:
    file = "-".join(parts) + end

    assert read(file) == wanted(file)


@pytest.mark.parametrize(
    "file",
    [
        "a-1-py3-none-any.whl",
        "a-1-2build-py3-none-any.whl",
        "a-1-build-py3-none-any.whl",
        "a__b-1-py3-none-any.whl",
        "-1-py3-none-any.whl",
        "a-one-py3-none-any.whl",
        "a-1-3py-none-any.whl",
        "a-1-py3--any.whl",
        "a-1-py3-none-any..whl",
        "a-1-1-1-py3-none-any.whl",
        "a.whl",
        ".whl",
    ],
)
def test_such_names_are_read_as_packaging_reads_them(file: str) -> None:
    assert read(file) == wanted(file)


def test_a_name_longer_than_any_file_systems_is_nobodys() -> None:
    words = ".".join(f"cp{number}" for number in range(2_000))

    assert WheelNames().read(f"a-1-{words}-{words}-{words}.whl") is None
