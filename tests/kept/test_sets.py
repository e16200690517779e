"""Which sets there are, how large they are, and that every format of ours is in one."""

from __future__ import annotations

import re

import pytest

import weighbridge
from tests.house.tree import ROOT
from tests.kept.sets import KEPT, NAMED, VERSIONS, contents, names_in_source, names_kept

LARGEST = 300_000
"""Bytes of a set: there will be one of every version."""

NEEDS_MORE = (
    "who makes it needs a sandbox, a cluster or a served model; tests of its reader hold it"
)
NOT_KEPT = {
    "https://weighbridge.dev/behaviour/v1": NEEDS_MORE,
    "https://weighbridge.dev/delivery-order/v1": NEEDS_MORE,
    "https://weighbridge.dev/delivery/v1": NEEDS_MORE,
    "https://weighbridge.dev/drill/v1": "a whole drill takes minutes; tests of its reader hold it",
    "https://weighbridge.dev/explanation/v1": NEEDS_MORE,
    "https://weighbridge.dev/import/v1": "made of MLflow's registry; tests of its reader hold it",
    "https://weighbridge.dev/oms/left-out/v1": "a record inside of what OpenSSF's format holds",
    "https://weighbridge.dev/rendering/v1": NEEDS_MORE,
    "https://weighbridge.dev/replay/v1": NEEDS_MORE,
    "application/vnd.weighbridge.directory.index.v1+json": "of folders with more than 10,000 files",
    "weighbridge.dev/log-key/v1": "of a log whose key was rotated; its tests hold it",
}
"""Formats no set has an example of, with the reason."""


def test_every_format_of_ours_is_kept_or_it_is_said_why_not() -> None:
    named, kept = names_in_source(), names_kept()
    assert len(named) > 20
    assert sorted(named - kept - NOT_KEPT.keys()) == []
    assert sorted(NOT_KEPT.keys() - named) == []
    assert sorted(NOT_KEPT.keys() & kept) == []


def test_what_formats_are_called_is_seen_in_text() -> None:
    text = '"https://weighbridge.dev/new-thing/v2" application/vnd.weighbridge.thing.v1+json'
    assert len(NAMED.findall(text)) == 2


def test_there_is_a_set_of_every_version_that_was_released() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = {".".join(one) for one in re.findall(r"^## \[(\d+)\.(\d+)\.", changes, re.MULTILINE)}
    assert released - set(VERSIONS) == set()


def test_the_first_version_has_one_before_it_is_released() -> None:
    assert VERSIONS[0] == "0.1"
    assert weighbridge.__version__.startswith("0.")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_set_is_small(version: str) -> None:
    files = [path for path in (KEPT / version).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < LARGEST


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_in_a_set_tells_of_a_machine(version: str) -> None:
    told = re.compile(rb"(?<![\w.~*])/(?:[r]oot|[h]ome|[w]ork|[t]mp)/")
    assert [name for name, data in contents(version) if told.search(data)] == []
