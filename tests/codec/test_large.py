from __future__ import annotations

from scripts.large_manifest import MISTAKES, large_manifest
from tests.codec.samples import faults_of
from weighbridge.codec import faults
from weighbridge.codec.manifest import read_release


def test_every_fault_of_five_thousand_lines_is_told_where_it_is() -> None:
    text, places = large_manifest(mistakes=30)
    assert text.count("\n") >= 5_000
    assert len(places) == 30
    found = faults_of(text)
    assert [(f.location.line, f.location.column) for f in found if f.location] == places
    assert {fault.code for fault in found} == {faults.UNKNOWN_KEY, faults.WRONG_VALUE}


def test_five_thousand_lines_without_a_fault_are_read() -> None:
    text, places = large_manifest()
    release, _ = read_release(text.encode(), "release.yaml")
    assert places == []
    assert len(release.spec.artifacts) > 400
    assert not [after for _, after, _ in MISTAKES if after in text]
