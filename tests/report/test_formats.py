"""What holds for every format of a report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.samples import ATTACKED, FAILED, HOSTILE, PASSED, RULES, UNHASHED
from weighbridge.report.interface import Presentation
from weighbridge.report.registry import RENDERERS

if TYPE_CHECKING:
    from weighbridge.model.finding import Finding
    from weighbridge.model.report import Report

anything = st.text(st.characters(exclude_categories=()), max_size=40)
every_format = pytest.mark.parametrize("name", sorted(RENDERERS))


def render(name: str, report: Report) -> str:
    return RENDERERS[name](Presentation(rules=RULES)).render(report)


def test_the_formats_are_those_of_the_command_line() -> None:
    assert set(RENDERERS) == {"text", "json", "sarif", "junit", "github", "markdown"}


@every_format
@pytest.mark.parametrize("report", [PASSED, FAILED, ATTACKED], ids=["passed", "failed", "attacked"])
def test_a_document_ends_with_one_line_break_and_says_the_verdict(
    name: str, report: Report
) -> None:
    text = render(name, report)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert report.verdict.value in text


@every_format
def test_the_order_findings_were_made_in_changes_no_byte(name: str) -> None:
    turned = replace(
        FAILED,
        findings=FAILED.findings[::-1],
        inputs=FAILED.inputs[::-1],
        passed=FAILED.passed[::-1],
    )
    assert render(name, turned) == render(name, FAILED)


@every_format
def test_what_was_skipped_is_named_in_every_format(name: str) -> None:
    assert "DEP004" in render(name, FAILED)


@every_format
@given(text=anything)
def test_no_text_from_outside_reaches_a_terminal_raw(name: str, text: str) -> None:
    finding = replace(
        HOSTILE,
        subject=text,
        message=text,
        seen=text,
        wanted=text,
        cause=text,
        remediation=(text,),
        waived_by=text,
        location=replace(HOSTILE.location, file=text, pointer=f"/{text}"),
    )
    report = replace(ATTACKED, findings=(finding, replace(finding, waived_by=None)))
    written = render(name, report)
    assert all(line.isprintable() for line in written.split("\n"))
    assert written.encode("utf-8")


@every_format
@given(text=anything)
def test_text_from_outside_adds_no_line_to_a_finding_without_values(name: str, text: str) -> None:
    def lines(finding: Finding) -> int:
        report = replace(PASSED, findings=(finding,))
        return render(name, report).count("\n")

    named = replace(UNHASHED, edits=(), subject=text, message=text)
    assert lines(named) == lines(replace(UNHASHED, edits=()))
