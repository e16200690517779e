"""What is known again of a finding, and what is not, on reports made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.report.samples import DIGEST, PASSED, THREAT, UNHASHED, UNREAD, WAIVED
from weighbridge.codec.finding_baseline import LARGEST, read_baseline, write_baseline
from weighbridge.model.errors import BaselineError
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.finding_baseline import FindingBaseline, recorded
from weighbridge.model.location import Location
from weighbridge.usecases.finding_baseline import held_against, load, prune, record

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.finding import Finding
    from weighbridge.model.report import Report

BYTES = replace(THREAT, threat=replace(THREAT.threat, digest="sha256:aa"))  # type: ignore[type-var]


def reported(*findings: Finding) -> Report:
    return replace(PASSED, findings=findings, passed=("INT002",))


def held(before: Report, now: Report, folder: Path) -> Report:
    kept, _ = record(before, folder / "baseline.json", shown="baseline.json")
    return held_against(now, kept)


@pytest.mark.parametrize(
    "now",
    [
        DIGEST,
        replace(DIGEST, location=Location("other.yaml", 99, 3, "/spec/artifacts/7/digest")),
        replace(DIGEST, severity=Severity.WARNING),
        replace(DIGEST, cause="", remediation=("another way",), wanted="something else"),
    ],
    ids=["same", "moved", "milder", "told-otherwise"],
)
def test_what_was_recorded_does_not_count(now: Finding, tmp_path: Path) -> None:
    found = held(reported(DIGEST), reported(now), tmp_path)
    assert [one.baselined for one in found.findings] == [True]
    assert (found.verdict, found.summary()["baselined"]) == (Verdict.PASS, 1)
    assert found.baseline is not None
    assert found.baseline.gone == ()


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (DIGEST, replace(DIGEST, code="INT002")),
        (DIGEST, replace(DIGEST, subject="labels.json")),
        (DIGEST, replace(DIGEST, seen="sha256:88cd (4.1 GB)")),
        (DIGEST, replace(DIGEST, message="it is something else")),
        (DIGEST, replace(DIGEST, location=Location("release.yaml", 14, 11, "/spec/card/digest"))),
        (UNHASHED, replace(UNHASHED, severity=Severity.ERROR)),
        (DIGEST, replace(DIGEST, verdict=Verdict.INCONCLUSIVE)),
        (UNREAD, replace(UNREAD, verdict=Verdict.FAIL)),
        (BYTES, replace(BYTES, threat=replace(BYTES.threat, digest="sha256:bb"))),  # type: ignore[type-var]
        (BYTES, replace(BYTES, threat=replace(BYTES.threat, name="os.popen"))),  # type: ignore[type-var]
    ],
    ids=[
        "code",
        "subject",
        "seen",
        "message",
        "pointer",
        "worse",
        "inconclusive-now",
        "failing-now",
        "other-bytes",
        "other-global",
    ],
)
def test_what_is_another_finding_or_worse_is_new(
    before: Finding, now: Finding, tmp_path: Path
) -> None:
    found = held(reported(before), replace(reported(now), fail_on=Severity.NOTE), tmp_path)
    assert [one.baselined for one in found.findings] == [False]
    assert found.verdict is not Verdict.PASS


def test_the_same_finding_twice_counts_twice(tmp_path: Path) -> None:
    found = held(reported(DIGEST), reported(DIGEST, DIGEST), tmp_path)
    assert sorted(one.baselined for one in found.findings) == [False, True]
    assert len(found.failures) == 1


def test_the_worse_of_two_is_covered_by_the_worse_that_was_recorded(tmp_path: Path) -> None:
    milder = replace(UNHASHED, severity=Severity.NOTE)
    found = held(reported(UNHASHED, milder), reported(milder, UNHASHED), tmp_path)
    assert [one.baselined for one in found.findings] == [True, True]


def test_an_inconclusive_rule_is_covered_if_it_was_recorded_as_that(tmp_path: Path) -> None:
    assert held(reported(UNREAD), reported(UNREAD), tmp_path).verdict is Verdict.PASS


def test_what_is_gone_is_named_if_its_rule_could_tell(tmp_path: Path) -> None:
    before = reported(DIGEST, UNHASHED, BYTES)
    now = replace(reported(UNREAD, replace(UNREAD, code="SEC001")), passed=("INT001",))
    found = held(before, now, tmp_path)
    assert found.baseline is not None
    assert [one.code for one in found.baseline.gone] == ["INT001"]
    kept = prune(found, load(tmp_path / "baseline.json", shown="baseline.json"))
    assert [one.code for one in kept.baseline.findings] == ["DEP002", "SEC001"]
    assert load(kept.path, shown="x").baseline == kept.baseline


def test_nothing_is_called_gone_where_not_all_was_judged(tmp_path: Path) -> None:
    kept, _ = record(reported(DIGEST), tmp_path / "b.json", shown="b.json")
    found = held_against(replace(reported(), passed=("INT001",)), kept, whole=False)
    assert found.baseline is not None
    assert found.baseline.gone == ()


def test_a_baseline_is_of_one_release_whatever_its_version(tmp_path: Path) -> None:
    kept, _ = record(reported(DIGEST), tmp_path / "b.json", shown="b.json")
    newer = replace(PASSED.release, version="9.0.0")
    assert held_against(replace(reported(DIGEST), release=newer), kept).verdict is Verdict.PASS
    other = replace(PASSED.release, name="other")
    with pytest.raises(BaselineError, match="is a baseline of another release"):
        held_against(replace(reported(DIGEST), release=other), kept)


def test_what_is_waived_or_withheld_is_not_recorded(tmp_path: Path) -> None:
    secret = replace(DIGEST, seen="(not shown)")
    kept, withheld = record(reported(WAIVED, secret), tmp_path / "b.json", shown="b.json")
    assert (kept.baseline.findings, withheld) == ((), 1)
    assert held_against(reported(secret), kept).verdict is Verdict.FAIL


def test_a_file_is_the_same_bytes_whatever_the_order_and_holds_no_place(tmp_path: Path) -> None:
    strange = replace(DIGEST, subject="\ud800é", location=Location(str(tmp_path), 7, 1, "/a/0"))
    findings = tuple(map(recorded, (DIGEST, strange, BYTES, UNREAD, DIGEST)))
    data = write_baseline(FindingBaseline(release="x", findings=findings))
    assert data == write_baseline(FindingBaseline(release="x", findings=findings[::-1]))
    assert data.isascii()
    assert str(tmp_path).encode() not in data
    assert write_baseline(read_baseline(data, "b.json")) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"schemaVersion": 1, "findings": []}',
        b'{"schemaVersion": 2, "release": "x", "findings": []}',
        b'{"schemaVersion": 1, "release": 1, "findings": []}',
        b'{"schemaVersion": 1, "release": "x", "findings": {}}',
        b'{"schemaVersion": 1, "release": "x", "findings": [], "more": 1}',
        b'{"schemaVersion": 1, "release": "x", "findings": [], "findings": []}',
        b'{"schemaVersion": 1, "release": "x", "findings": [{"code": "INT001"}]}',
        b'{"schemaVersion": 1, "release": "x", "findings": [1]}',
        b"[" * 100_000,
        b" " * (LARGEST + 1),
        b"\xff",
    ],
    ids=lambda data: data[:60].decode(errors="replace").strip() or f"{len(data)} bytes",
)
def test_what_is_no_baseline_is_refused(data: bytes) -> None:
    with pytest.raises(BaselineError) as refused:
        read_baseline(data, "b.json")
    assert "b.json is not a baseline of findings" in str(refused.value)


def test_a_file_of_somebody_else_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "release.yaml"
    path.write_text("kind: ModelRelease\n")
    with pytest.raises(BaselineError):
        record(reported(DIGEST), path, shown="release.yaml")
    assert path.read_text() == "kind: ModelRelease\n"
