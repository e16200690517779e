from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.report.samples import DIGEST, HOSTILE, THREAT, UNHASHED, UNREAD, WAIVED
from weighbridge.model.errors import DocumentError, Fault
from weighbridge.model.finding import Finding, Severity
from weighbridge.model.location import Location
from weighbridge.report.faults import (
    Level,
    fault_of,
    level_of,
    plain_message,
    render_fault,
    render_faults,
    render_finding,
)
from weighbridge.report.style import RESET, STYLES

DIGEST_BLOCK = """\
error[INT001]: digest of weights/model.safetensors differs from the manifest
  --> release.yaml:14:11
   | wanted  sha256:9f2c (4.1 GB)
   | seen    sha256:77ab (4.1 GB)
   = cause: the file changed after `seal` (3 h later)
   = help:  run `weighbridge capture --update`, or restore the file
   = more:  weighbridge explain INT001"""


def test_a_finding_has_the_shape_of_the_design() -> None:
    assert render_finding(DIGEST) == DIGEST_BLOCK


def test_a_fault_and_its_finding_look_the_same() -> None:
    assert render_fault(fault_of(DIGEST)) == render_finding(DIGEST)


def test_a_bare_fault_is_a_sentence_and_a_way_on() -> None:
    assert render_fault(Fault("WB102", "release.yaml is not there")) == (
        "error[WB102]: release.yaml is not there\n   = more:  weighbridge explain WB102"
    )


def test_the_level_is_the_word_asked_for() -> None:
    assert render_fault(Fault("WB101", "odd"), level="warning").startswith("warning[WB101]: odd")


@pytest.mark.parametrize(
    ("finding", "level"),
    [
        (DIGEST, "error"),
        (UNHASHED, "warning"),
        (replace(UNHASHED, severity=Severity.NOTE), "note"),
        (UNREAD, "inconclusive"),
        (WAIVED, "waived"),
        (replace(UNREAD, waived_by="bob"), "waived"),
    ],
)
def test_the_level_of_a_finding_says_what_became_of_it(finding: Finding, level: Level) -> None:
    assert level_of(finding) == level


def test_a_waived_finding_says_by_whom_and_what_it_weighed() -> None:
    assert render_finding(WAIVED) == (
        "waived[GOV007]: the release has no model card\n"
        "  --> release.yaml:6:1\n"
        "   = waived: note, by alice@example.com\n"
        "   = help:   write one\n"
        "   = help:   name it in `spec.card`\n"
        "   = more:   weighbridge explain GOV007"
    )


def test_a_threat_says_where_in_the_file_it_sits() -> None:
    assert "   = where: archive/data.pkl, byte 1234\n" in render_finding(THREAT)
    assert "where" not in render_finding(THREAT, place="model.pt!/archive/data.pkl, byte 1234")


def test_no_arrow_without_a_place() -> None:
    nowhere = replace(DIGEST, location=Location(""))
    assert "-->" not in render_finding(nowhere)
    assert "-->" not in render_finding(DIGEST, place="")


def test_values_of_several_lines_are_indented() -> None:
    fault = Fault("XX000", "m", seen="a\n\nb", wanted="c\nd", cause="e\nf", help=("g\nh",))
    assert render_fault(fault).splitlines()[1:-1] == [
        "   | wanted  c",
        "   |         d",
        "   | seen    a",
        "   |",
        "   |         b",
        "   = cause: e",
        "            f",
        "   = help:  g",
        "            h",
    ]


def test_several_faults_are_a_document() -> None:
    faults = (Fault("WB110", "one"), Fault("WB110", "two"))
    error = DocumentError.from_faults(faults)
    assert (
        render_faults(error.faults) == f"{render_fault(faults[0])}\n\n{render_fault(faults[1])}\n"
    )


def test_hostile_text_can_forge_no_line_and_move_no_cursor() -> None:
    lines = render_finding(HOSTILE).splitlines()
    assert all(line.isprintable() for line in lines)
    assert re.match(r"error\[SEC001\]: x\\n::error::owned \\x1b\[31m", lines[0])
    assert all(line.startswith("   ") for line in lines[2:])


def test_colours_are_added_and_change_no_word() -> None:
    styled = render_finding(DIGEST, styled=True)
    assert styled.startswith(f"{STYLES['error']}error[INT001]{RESET}{STYLES['strong']}: digest")
    assert f"{STYLES['gutter']}|{RESET} wanted  sha256:9f2c" in styled
    assert re.sub(r"\x1b\[[0-9;]*m", "", styled) == DIGEST_BLOCK


def test_a_plain_message_leaves_the_place_to_others() -> None:
    assert plain_message(DIGEST) == (
        "digest of weights/model.safetensors differs from the manifest\n"
        "wanted: sha256:9f2c (4.1 GB)\n"
        "seen: sha256:77ab (4.1 GB)\n"
        "cause: the file changed after `seal` (3 h later)\n"
        "help: run `weighbridge capture --update`, or restore the file\n"
        "more: weighbridge explain INT001"
    )
    assert "seen: one\\r\n  ::error::two\n" in plain_message(HOSTILE)
