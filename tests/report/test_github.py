from __future__ import annotations

from dataclasses import replace

from tests.report.samples import ATTACKED, FAILED, HOSTILE, PASSED, UNHASHED, UNREAD, WAIVED
from weighbridge.model.finding import Severity
from weighbridge.model.location import Location
from weighbridge.report.github import GithubRenderer


def test_an_annotation_a_finding_and_a_notice_with_the_verdict() -> None:
    findings = (UNHASHED, UNREAD, WAIVED)
    report = replace(PASSED, findings=findings, skipped=FAILED.skipped)
    assert GithubRenderer().render(report).splitlines() == [
        (
            "::notice file=release.yaml,line=6,col=1,title=GOV007 card-missing (waived)::"
            "the release has no model card%0Awaived: note, by alice@example.com%0A"
            "help: write one%0Ahelp: name it in `spec.card`%0Amore: weighbridge explain GOV007"
        ),
        (
            "::warning file=release.yaml,line=20,col=5,title=DEP003 lock-drift (inconclusive)::"
            "requirements.lock could not be read%0Acause: permission denied%0A"
            "more: weighbridge explain DEP003"
        ),
        (
            "::warning file=requirements.lock,line=3,col=1,title=DEP002 missing-hash::"
            "numpy has no hash%0Amore: weighbridge explain DEP002"
        ),
        (
            "::notice title=weighbridge::inconclusive: 1 warning, 1 inconclusive, 1 waived"
            " (5 rules, 1 skipped)%0Askipped DEP004: not for this target (weighbridge.toml:4)"
        ),
    ]


def test_levels_are_githubs_words() -> None:
    findings = tuple(replace(UNHASHED, severity=severity) for severity in Severity)
    lines = GithubRenderer().render(replace(PASSED, findings=findings)).splitlines()
    assert sorted(line.split(" ")[0] for line in lines) == [
        "::error",
        "::notice",
        "::notice",
        "::warning",
    ]


def test_a_finding_without_a_file_has_only_a_title() -> None:
    report = replace(PASSED, findings=(replace(UNHASHED, location=Location("")),))
    assert GithubRenderer().render(report).startswith("::warning title=DEP002 missing-hash::numpy")


def test_no_text_from_outside_starts_a_command_or_a_property() -> None:
    lines = GithubRenderer().render(ATTACKED).splitlines()
    assert len(lines) == 2
    head = lines[0].split("::")[1]
    assert head == (
        r"error file=a%2C b%3A c\n%3A%3Aset-output name=x%3A%3A\x00.pkl,line=1,col=1,"
        "title=SEC001 unsafe-deserialisation"
    )
    assert lines[0].startswith(f"::{head}::x\\n::error::owned \\x1b[31m%250A<script>")
    assert lines[1].startswith("::notice title=weighbridge::fail: 1 error")


def test_the_message_survives_githubs_own_unescaping() -> None:
    report = replace(PASSED, findings=(replace(HOSTILE, message="100 %0A, 50 %25"),))
    data = GithubRenderer().render(report).splitlines()[0].split("::", 2)[2]
    unescaped = data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    assert unescaped.splitlines()[0] == "100 %0A, 50 %25"
