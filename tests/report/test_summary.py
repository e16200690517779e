from __future__ import annotations

from dataclasses import replace

from tests.report.samples import CACHED, FAILED, PASSED, SKIPPED, UNHASHED, UNREAD
from weighbridge.report.summary import codes_run, summary_line


def test_a_clean_report_says_what_was_weighed() -> None:
    assert summary_line(PASSED) == "pass: 2 rules over 1 input"


def test_a_clean_report_does_not_hide_what_was_not_done() -> None:
    report = replace(PASSED, skipped=(SKIPPED,), inputs=(CACHED,))
    assert summary_line(report) == (
        "pass: 2 rules over 1 input (1 skipped, 1 digest from the cache)"
    )


def test_a_failing_report_counts_every_kind() -> None:
    assert summary_line(FAILED) == (
        "fail: 2 errors, 1 warning, 1 inconclusive, 1 waived"
        " (6 rules, 1 skipped, 1 digest from the cache)"
    )


def test_warnings_below_the_line_pass_and_are_counted() -> None:
    assert summary_line(replace(PASSED, findings=(UNHASHED,))) == "pass: 1 warning (3 rules)"


def test_inconclusive_is_its_own_verdict() -> None:
    assert summary_line(replace(PASSED, findings=(UNREAD,))) == (
        "inconclusive: 1 inconclusive (3 rules)"
    )


def test_rules_that_ran_are_those_that_passed_or_found_something() -> None:
    assert codes_run(FAILED) == ["DEP002", "DEP003", "GOV007", "INT001", "INT002", "SEC001"]
