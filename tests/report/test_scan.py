from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.report.samples import HOSTILE, THREAT, UNREAD
from weighbridge.model.finding import Finding, Severity, Threat, Verdict
from weighbridge.model.location import Location
from weighbridge.model.scan import Coverage, ScannedFile
from weighbridge.report.scan import render_scan_json, render_scan_text

if TYPE_CHECKING:
    from weighbridge.model.structure import Status

CLEAN = ScannedFile(
    path="model.onnx",
    format="onnx",
    size=3_173_232,
    digest="sha256:c03a",
    status="complete",
    coverage=Coverage(bytes=3_173_232, total=3_173_232),
)
UNKNOWN = ScannedFile(
    path="weights.bin",
    format="unknown",
    size=120,
    digest="sha256:00",
    status="incomplete",
    coverage=Coverage(bytes=12, total=120),
)
INFECTED = ScannedFile(
    path="model.pt",
    format="torch-zip",
    size=2_000,
    digest="sha256:bad0",
    status="complete",
    coverage=Coverage(bytes=2_000, total=2_000),
    findings=(replace(THREAT, location=Location("model.pt")),),
)
NOTE = Finding(
    code="CMP008",
    name="format-version",
    severity=Severity.NOTE,
    verdict=Verdict.FAIL,
    subject="model.onnx",
    message="opset 9 is old",
    location=Location("model.onnx"),
)


def test_a_line_a_file_its_findings_below_and_totals_last() -> None:
    assert render_scan_text((UNKNOWN, INFECTED, CLEAN)) == (
        "clean         onnx       3.2 MB  model.onnx\n"
        "malicious     torch-zip  2.0 kB  model.pt\n"
        "\n"
        "error[SEC001]: unpickling model.pt calls os.system\n"
        "  --> model.pt!/archive/data.pkl, byte 1234\n"
        "   = more:  weighbridge explain SEC001\n"
        "\n"
        "needs-review  unknown     120 B  weights.bin  (incomplete: 12 B of 120 B accounted for)\n"
        "3 files, 3.2 MB: 1 malicious, 1 needs-review, 1 clean\n"
    )


def test_nothing_scanned_is_not_called_clean() -> None:
    assert render_scan_text(()) == "0 files, 0 B: nothing scanned\n"
    assert json.loads(render_scan_json(())) == {"schemaVersion": 1, "files": []}


@pytest.mark.parametrize("status", ["incomplete", "error"])
def test_a_file_not_wholly_read_is_never_clean(status: Status) -> None:
    file = replace(CLEAN, status=status)
    assert file.verdict == "needs-review"
    assert "clean" not in render_scan_text((file,))
    assert f"({status}: 3.2 MB of 3.2 MB accounted for)" in render_scan_text((file,))


def test_a_complete_status_does_not_hide_bytes_left_over() -> None:
    file = replace(CLEAN, coverage=Coverage(bytes=1, total=3_173_232))
    assert file.verdict == "needs-review"
    assert "(complete: 1 B of 3.2 MB accounted for)" in render_scan_text((file,))


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [
        (NOTE, "clean"),
        (replace(NOTE, severity=Severity.WARNING), "needs-review"),
        (replace(NOTE, verdict=Verdict.INCONCLUSIVE), "needs-review"),
        (replace(NOTE, threat=Threat(level="needs-review")), "needs-review"),
        (replace(NOTE, threat=Threat(level="malicious")), "malicious"),
        (UNREAD, "needs-review"),
    ],
)
def test_findings_decide_the_verdict(finding: Finding, verdict: str) -> None:
    assert replace(CLEAN, findings=(finding,)).verdict == verdict


def test_malicious_outweighs_unread() -> None:
    assert replace(UNKNOWN, findings=INFECTED.findings).verdict == "malicious"


def test_a_reason_is_told_where_no_finding_tells_it() -> None:
    unread = replace(UNKNOWN, reason="the format is not known")
    assert "120 B accounted for; the format is not known)" in render_scan_text((unread,))
    told = replace(unread, findings=INFECTED.findings)
    assert "the format is not known" not in render_scan_text((told,))
    (file,) = json.loads(render_scan_json((unread,)))["files"]
    assert file["reason"] == "the format is not known"


@pytest.mark.parametrize(
    ("threat", "place"),
    [
        (None, "model.pt"),
        (Threat(level="malicious", offset=7), "model.pt, byte 7"),
        (Threat(level="malicious", container="a.pkl", offset=7), "model.pt!/a.pkl, byte 7"),
    ],
)
def test_the_place_is_in_the_file(threat: Threat | None, place: str) -> None:
    file = replace(INFECTED, findings=(replace(THREAT, threat=threat),))
    assert f"  --> {place}\n" in render_scan_text((file,))


def test_the_json_shape_is_the_documented_one() -> None:
    plain = replace(NOTE, location=Location("model.pt", 9))
    files = (replace(INFECTED, findings=(*INFECTED.findings, plain)),)
    assert json.loads(render_scan_json(files)) == {
        "schemaVersion": 1,
        "files": [
            {
                "path": "model.pt",
                "format": "torch-zip",
                "size": 2000,
                "digest": "sha256:bad0",
                "status": "complete",
                "reason": "",
                "verdict": "malicious",
                "coverage": {"bytes": 2000, "total": 2000},
                "findings": [
                    {
                        "code": "SEC001",
                        "message": "unpickling model.pt calls os.system",
                        "container": "archive/data.pkl",
                        "offset": 1234,
                        "global": "os.system",
                    },
                    {
                        "code": "CMP008",
                        "message": "opset 9 is old",
                        "container": "",
                        "offset": 0,
                        "global": "",
                    },
                ],
            }
        ],
    }


def test_the_order_of_files_and_findings_changes_no_byte() -> None:
    findings = (HOSTILE, NOTE, THREAT)
    file, other = replace(CLEAN, findings=findings), replace(CLEAN, findings=findings[::-1])
    assert render_scan_text((file, INFECTED)) == render_scan_text((INFECTED, other))
    assert render_scan_json((file, INFECTED)) == render_scan_json((INFECTED, other))


def test_hostile_names_stay_on_their_line() -> None:
    file = replace(CLEAN, path="a\nclean  onnx\x1b[2J", format="\x1b", findings=(HOSTILE,))
    text = render_scan_text((file,))
    assert all(line.isprintable() for line in text.splitlines())
    assert text.splitlines()[0].endswith(r"a\nclean  onnx\x1b[2J")
    assert render_scan_json((file,)).isascii()


def test_colours_change_no_word() -> None:
    files = (CLEAN, UNKNOWN, INFECTED)
    styled = render_scan_text(files, styled=True)
    assert styled.startswith("\x1b[1;32mclean")
    assert re.sub(r"\x1b\[[0-9;]*m", "", styled) == render_scan_text(files)


def test_many_files_of_no_known_format_are_counted_in_one_line_unless_all_are_asked_for() -> None:
    files = [
        ScannedFile(
            path=f"notes-{number}.txt",
            format="unknown",
            size=10,
            digest="sha256:" + "0" * 64,
            status="incomplete",
            coverage=Coverage(bytes=0, total=10),
        )
        for number in range(4)
    ]
    folded = render_scan_text(files)
    assert "needs-review  4 files of no known model format, 40 B (-v lists them)\n" in folded
    assert "notes-0.txt" not in folded
    assert folded.endswith("4 files, 40 B: 4 needs-review\n")
    assert "notes-3.txt" in render_scan_text(files, every=True)
    assert "notes-2.txt" in render_scan_text(files[:3])
