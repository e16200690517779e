"""Our matching against a plain reading of the schema: made-up records, and public ones."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from tests.advisories import half, half_records
from tests.oracles import osv
from weighbridge.codec.osv import read_record
from weighbridge.rules.advisories import order
from weighbridge.rules.advisories.matching import build_hit

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = 10
VERSIONS = st.one_of(
    st.builds(
        "{}{}.{}{}{}".format,
        st.sampled_from(["", "", "", "1!"]),
        st.integers(0, 3),
        st.integers(0, 2),
        st.sampled_from(["", "", ".0", "rc1", "a1", ".dev1", ".post1"]),
        st.sampled_from(["", "", "+cu117", "+1"]),
    ),
    st.sampled_from(["0", "junk", "1.0.x", "v1.0", "2004d", ""]),
)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["introduced", "introduced", "fixed", "last_affected", "limit"]),
        st.one_of(VERSIONS.filter(bool), st.just("0"), st.just("*")),
    ),
    max_size=6,
)
RANGES = st.lists(
    st.builds(
        lambda kind, events: {"type": kind, "events": [{name: at} for name, at in events]},
        st.sampled_from(["ECOSYSTEM", "ECOSYSTEM", "GIT"]),
        EVENTS,
    ),
    max_size=3,
)
AFFECTED = st.builds(
    lambda name, ecosystem, versions, ranges: {
        "package": {"name": name, "ecosystem": ecosystem},
        "versions": versions,
        "ranges": ranges,
    },
    st.sampled_from(["a.B", "a-b", "other"]),
    st.sampled_from(["PyPI", "PyPI", "npm"]),
    st.lists(VERSIONS, max_size=4),
    RANGES,
)
RECORDS = st.builds(
    lambda affected: {"id": "X-1", "modified": "2026-01-01T00:00:00Z", "affected": affected},
    st.lists(AFFECTED, max_size=3),
)


@given(RECORDS, VERSIONS)
def test_made_up_records_mean_what_the_schema_says(record: dict[str, Any], version: str) -> None:
    read = read_record(json.dumps(record).encode(), "x.json").advisory
    assert build_hit(read, "a-b", version).value == osv.judge(record, "a-b", version)


def neighbours(text: str) -> Iterator[str]:
    """Make versions around one, and builds of it."""
    for suffix in ("", "+cu117", "rc1"):
        yield f"{text}{suffix}"


def spoken_of(records: list[dict[str, Any]]) -> set[str]:
    """List the versions records list or name in an event, and their neighbours."""
    found: set[str] = set()
    for record in records:
        for affected in record["affected"]:
            found.update(affected.get("versions", ()))
            for one in affected.get("ranges", ()):
                if one["type"] != "GIT":
                    found.update(at for event in one["events"] for at in event.values())
    return {near for text in found for near in neighbours(text)}


@pytest.mark.slow
def test_half_of_the_public_records_mean_what_the_schema_says() -> None:
    packages: dict[str, list[tuple[dict[str, Any], Any]]] = {}
    for name, data in half_records():
        read = read_record(data, name)
        value = json.loads(read.data)
        for package in {
            str(canonicalize_name(one["package"]["name"])) for one in value["affected"]
        }:
            packages.setdefault(package, []).append((value, read.advisory))
    compared, different = 0, []
    for package, records in packages.items():
        every = spoken_of([value for value, _ in records])
        # Where a package has hundreds of records, each is asked about its own versions alone.
        for value, read_one in records:
            for version in every if len(records) <= MANY else spoken_of([value]):
                compared += 1
                if build_hit(read_one, package, version).value != osv.judge(
                    value, package, version
                ):
                    different.append((value["id"], package, version))
    assert (different, bool(compared)) == ([], half().exists())


def test_the_order_is_that_of_the_public_pairs() -> None:
    folder = Path(os.environ.get("WEIGHBRIDGE_CASES", "/nonexistent")) / "versions"
    path = folder / "pypi-versions-generated.txt"
    lines = path.read_text().splitlines() if path.exists() else ["1.0rc1 < 1.0", "1.0 < 1.0.post1"]
    wrong = []
    for line in lines:
        left, sign, right = line.partition(" < ") if " < " in line else line.partition(" = ")
        one, other = order.pypi(left.strip()), order.pypi(right.strip())
        if one is not None and other is not None:
            agreed = one < other if sign == " < " else one == other
            wrong += [] if agreed else [line]
    assert wrong == []
