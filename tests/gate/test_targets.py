"""Declared targets, each of which needs a report of its own."""

from __future__ import annotations

from tests.gate.cases import (
    MANIFEST,
    NOON,
    POLICY,
    decided,
    evidence,
    finding,
    judged,
    make,
    report,
    with_evidence,
)
from weighbridge.model.decision import Judged, Outcome

TARGETED = f"{POLICY}  targets: {{required: all-validated}}\n"
TWO_TARGETS = (
    MANIFEST
    + """\
  compatibility:
    targets:
      - {name: linux, os: linux, arch: x86_64}
      - {name: mac, os: macos, arch: aarch64}
"""
)


def targeted(*reports: tuple[str, str, bool], now: str = NOON) -> Judged:
    """Judge the targets of a case: (target, who reports, whether it is good), oldest first."""
    case = make(TARGETED, manifest=TWO_TARGETS, now=now)
    said = tuple(
        evidence(
            "report",
            person,
            report(*([] if good else [finding()]), targets=[target], sections=case.sections),
            entry=entry,
            release=case.release,
        )
        for entry, (target, person, good) in enumerate(reports, 30)
    )
    return judged(decided(with_evidence(case, *said)), "targets")


def test_a_report_for_one_target_does_not_supersede_that_for_another() -> None:
    found = targeted(("linux", "carl", True), ("mac", "carl", True))
    assert (found.outcome, found.findings) == (Outcome.MET, ())


def test_a_new_target_blocks_until_there_is_evidence_for_it() -> None:
    found = targeted(("linux", "carl", True))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert [(one["code"], one["subject"]) for one in found.findings] == [("CMP007", "mac")]
    assert found.remedy == ("weighbridge check detector@1.4.0 --for-target mac --sign --key NAME",)


def test_a_newer_failing_report_for_a_target_supersedes_its_older_pass() -> None:
    found = targeted(("linux", "carl", True), ("mac", "carl", True), ("mac", "cat", False))
    assert [one["subject"] for one in found.findings] == ["mac"]


def test_who_may_not_report_validates_nothing() -> None:
    found = targeted(("linux", "carl", True), ("mac", "max", True))
    assert [one["subject"] for one in found.findings] == ["mac"]


def test_a_report_for_a_target_that_is_too_old_validates_nothing() -> None:
    found = targeted(("linux", "carl", True), ("mac", "carl", True), now="2026-11-02T10:00:01Z")
    assert [one["subject"] for one in found.findings] == ["linux", "mac"]
