from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.report.samples import DIGEST, FAILED, PASSED, SKIPPED, UNREAD
from weighbridge.report.interface import Presentation
from weighbridge.report.style import RESET, STYLES
from weighbridge.report.text import TextRenderer

if TYPE_CHECKING:
    from weighbridge.model.report import Report


def test_blocks_then_what_was_skipped_then_one_line() -> None:
    report = replace(PASSED, findings=(UNREAD, DIGEST), skipped=(SKIPPED,))
    assert TextRenderer().render(report) == (
        "error[INT001]: digest of weights/model.safetensors differs from the manifest\n"
        "  --> release.yaml:14:11\n"
        "   | wanted  sha256:9f2c (4.1 GB)\n"
        "   | seen    sha256:77ab (4.1 GB)\n"
        "   = cause: the file changed after `seal` (3 h later)\n"
        "   = help:  run `weighbridge capture --update`, or restore the file\n"
        "   = more:  weighbridge explain INT001\n"
        "\n"
        "inconclusive[DEP003]: requirements.lock could not be read\n"
        "  --> release.yaml:20:5\n"
        "   = cause: permission denied\n"
        "   = more:  weighbridge explain DEP003\n"
        "\n"
        "skipped[DEP004]: not for this target (weighbridge.toml:4)\n"
        "\n"
        "fail: 1 error, 1 inconclusive (3 rules, 1 skipped)\n"
    )


def test_rules_skipped_for_one_reason_share_a_line() -> None:
    also = replace(SKIPPED, code="DEP005")
    ignored = replace(SKIPPED, code="INT001", reason="ignored", by="--ignore")
    text = TextRenderer().render(replace(PASSED, skipped=(ignored, also, SKIPPED)))
    assert text.splitlines()[:2] == [
        "skipped[DEP004, DEP005]: not for this target (weighbridge.toml:4)",
        "skipped[INT001]: ignored (--ignore)",
    ]


def test_a_clean_report_is_one_line() -> None:
    assert TextRenderer().render(PASSED) == "pass: 2 rules over 1 input\n"


def test_the_verdict_has_its_colour() -> None:
    def last(report: Report) -> str:
        text = TextRenderer(Presentation(styled=True)).render(report)
        return text.splitlines()[-1].split(":")[0]

    assert last(PASSED) == f"{STYLES['good']}pass{RESET}"
    assert last(FAILED) == f"{STYLES['error']}fail{RESET}"
    undecided = replace(PASSED, findings=(UNREAD,))
    assert last(undecided) == f"{STYLES['inconclusive']}inconclusive{RESET}"


def test_colours_change_no_word() -> None:
    styled = TextRenderer(Presentation(styled=True)).render(FAILED)
    assert re.sub(r"\x1b\[[0-9;]*m", "", styled) == TextRenderer().render(FAILED)
