from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.advisories import advisory, record
from tests.rules.asking import ask
from tests.usecases.stage import BOTH, FIRST, OURS, condition
from weighbridge.model.advisory import AdvisoryFacts
from weighbridge.model.lock import Pin
from weighbridge.model.report import ReleaseName, Report, RuleSet
from weighbridge.packing.evidence_pack import read_pack
from weighbridge.report.interface import Presentation
from weighbridge.report.registry import RENDERERS
from weighbridge.rules import sample
from weighbridge.rules.advisories.exposed import NOW, data
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

FILE = "sha256:" + "a" * 64
NET = "mylab.models.Net"
SPEC = """\
  evidence:
    - {type: report, signedBy: {role: checker}, noneAbove: warning}
  waivers:
    - {rules: [SEC001], roles: [security], longest: 30d}
"""
WAIVE = ("waive", "SEC001", FIRST, "--to=staging", "--reason=our own class")
SOON = "--expires=2026-02-20"


def unsafe(name: str, level: str = "needs-review") -> dict[str, Any]:
    return {
        "code": "SEC001",
        "name": "unsafe-deserialisation",
        "severity": "error",
        "verdict": "fail",
        "subject": "model.pkl",
        "threat": {"level": level, "container": "", "offset": 2, "global": name, "digest": FILE},
    }


@pytest.fixture
def unsafe_stage(stage: Stage) -> Stage:
    """Run commands where a release has findings that need eyes, and one that is worse."""
    stage.rule(SPEC)
    assert stage.trust("cat", "security").code == 0
    reported(stage, unsafe(NET), unsafe("mylab.models.Head"))
    return stage


def reported(stage: Stage, *findings: dict[str, Any]) -> None:
    """Have the checker sign a report with these findings besides."""
    predicate = stage.report()
    report = predicate[OURS]["report"]
    report["findings"] = [*report["findings"], *findings]
    report["summary"]["errors"] += len(findings)
    failed = {finding["code"] for finding in findings}
    predicate["passedTests"] = [code for code in predicate["passedTests"] if code not in failed]
    stage.attest(predicate, by="carl")


def outcome(stage: Stage) -> str:
    return condition(stage.ask(FIRST, "staging", "--dry-run"), "evidence:report").outcome


def test_findings_are_waived_and_the_release_may_go(unsafe_stage: Stage) -> None:
    assert outcome(unsafe_stage) == "unmet"
    found = unsafe_stage(*WAIVE, SOON, by="cat")
    assert found.code == 0, found.err
    assert found.out == (
        "cat: waive SEC001 in demo@1.0.0 to staging\n"
        f"  model.pkl  mylab.models.Head\n    {FILE}\n"
        f"  model.pkl  mylab.models.Net\n    {FILE}\n"
        "  until 2026-02-20T00:00:00Z: our own class\n"
    )
    assert outcome(unsafe_stage) == "waived"
    assert unsafe_stage.promote(FIRST, "staging").code == 0
    history = unsafe_stage("history", "demo").out
    assert "cat: waive SEC001 in demo@1.0.0 to staging until 2026-02-20T00:00:00Z" in history


def test_the_pack_proves_the_waiver(unsafe_stage: Stage) -> None:
    assert unsafe_stage(*WAIVE, SOON, by="cat").code == 0
    assert unsafe_stage.promote(FIRST, "staging").code == 0
    registry = unsafe_stage.registry
    pack = export_pack(unsafe_stage.release(FIRST), "staging", registry=registry)
    assert verify_pack(pack, log_key=registry.log_key).ok
    page = read_pack(pack)[0]["report.html"].decode()
    assert "SEC001 until 2026-02-20T00:00:00Z: our own class" in page


def test_only_what_is_named_is_waived(unsafe_stage: Stage) -> None:
    found = unsafe_stage(*WAIVE, SOON, f"--global={NET}", "--output-format=json", by="cat").json
    assert found["findings"] == [{"subject": "model.pkl", "file": FILE, "global": NET}]
    assert (found["person"], found["rule"], found["act"]) == ("cat", "SEC001", "waive")
    assert unsafe_stage.last()["index"] == found["entry"]
    assert outcome(unsafe_stage) == "unmet"
    rest = unsafe_stage(*WAIVE, SOON, "--file=model.pkl", "--global=mylab.models.Head", by="cat")
    assert rest.code == 0
    assert outcome(unsafe_stage) == "waived"


def test_a_trial_says_nothing(unsafe_stage: Stage) -> None:
    before = unsafe_stage.last()["index"]
    found = unsafe_stage(*WAIVE, SOON, "--dry-run", "--output-format=json")
    assert (found.code, found.json["person"], found.json["entry"]) == (0, None, None)
    assert len(found.json["findings"]) == 2
    assert unsafe_stage.last()["index"] == before


def test_it_may_be_for_some_days(unsafe_stage: Stage) -> None:
    unsafe_stage.clock.set("2026-02-01T10:00:00Z")
    found = unsafe_stage(*WAIVE, "--expires=20d", "--output-format=json", by="cat").json
    assert found["expires"].startswith("2026-02-21T10:0")


def test_it_ends_on_its_day(unsafe_stage: Stage) -> None:
    assert unsafe_stage(*WAIVE, SOON, by="cat").code == 0
    unsafe_stage.clock.set("2026-02-20T00:00:00Z")
    assert outcome(unsafe_stage) == "unmet"


@pytest.mark.parametrize(
    ("by", "expires", "why"),
    [
        ("mia", SOON, "the signature does not count"),
        ("cat", "--expires=2026-09-01", "it lasts longer than the policy lets it"),
        ("cat", "--expires=2025-01-01", "it expired at 2025-01-01T00:00:00Z"),
    ],
)
def test_who_may_not_is_refused_and_that_is_logged(
    by: str, expires: str, why: str, unsafe_stage: Stage
) -> None:
    found = unsafe_stage(*WAIVE, expires, by=by)
    assert (found.code, found.out) == (4, "")
    assert why in found.err
    last = unsafe_stage.last()
    assert (last["kind"], last["body"]["act"]) == ("act.refused", "waive")
    assert outcome(unsafe_stage) == "unmet"


def test_nobody_waives_what_he_asked_for(unsafe_stage: Stage) -> None:
    unsafe_stage.done(
        *("key", "trust", "dora", "--person=dora", "--role=security", "--role=releaser"), by=BOTH
    )
    assert unsafe_stage.promote(FIRST, "staging").code == 1
    found = unsafe_stage(*WAIVE, SOON, by="dora")
    assert found.code == 4
    assert "dora asked for it" in found.err


def test_what_is_known_to_do_harm_is_waived_for_nobody(unsafe_stage: Stage) -> None:
    reported(unsafe_stage, unsafe("posix.system", "malicious"))
    found = unsafe_stage(*WAIVE, SOON, "--global=posix.system", by="cat")
    assert found.code == 2
    assert "no such finding of SEC001" in found.err
    assert unsafe_stage(*WAIVE, SOON, by="cat").code == 0
    assert outcome(unsafe_stage) == "unmet"


@pytest.mark.parametrize(
    "words",
    [
        (SOON, "--global=mylab.models.Other"),
        (SOON, "--file=other.pkl"),
        ("--expires=tomorrow",),
        ("--expires=2026-02-30",),
    ],
)
def test_what_is_not_there_is_not_waived(words: tuple[str, ...], unsafe_stage: Stage) -> None:
    before = unsafe_stage.last()["index"]
    assert unsafe_stage(*WAIVE, *words, by="cat").code == 2
    assert unsafe_stage.last()["index"] == before


def test_without_a_finding_there_is_nothing_to_waive(stage: Stage) -> None:
    stage.rule(SPEC)
    found = stage(*WAIVE, SOON, by="carl")
    assert found.code == 2
    assert "nothing that was found can be waived under SEC001" in found.err


def test_a_waiver_needs_a_reason(unsafe_stage: Stage) -> None:
    words = [*WAIVE[:-1], "--reason= ", SOON]
    assert unsafe_stage(*words, by="cat").code == 2


def vulnerable(*names: str, version: str = "1.13.0") -> list[dict[str, Any]]:
    """Have the rule find these advisories in a lock, as a report says it."""
    release = sample.release()
    pin = Pin(name="torch", version=version, hashed=True)
    locked = replace(release, locks=sample.lock(pin))
    about = tuple(advisory(record(name, "torch", ("introduced", "0"))) for name in names)
    known = AdvisoryFacts(data=data(), about={"torch": about})
    found = ask("DEP005", replace(locked, advisories=known, now=NOW))
    named = ReleaseName(name="demo", version="1.0.0")
    report = Report(release=named, rule_set=RuleSet(version="0", digest=""), findings=found)
    text = RENDERERS["json"](Presentation()).render(report)
    return list(json.loads(text)["findings"])


def test_one_advisory_is_waived_and_another_of_the_same_package_is_not(stage: Stage) -> None:
    stage.rule(SPEC.replace("SEC001", "DEP005"))
    assert stage.trust("cat", "security").code == 0
    reported(stage, *vulnerable("PYSEC-1", "PYSEC-2"))
    waive = ("waive", "DEP005", FIRST, "--to=staging", "--reason=it is never called", SOON)
    assert outcome(stage) == "unmet"
    assert stage(*waive, "--file=torch PYSEC-1", by="cat").code == 0
    assert outcome(stage) == "unmet"
    assert stage(*waive, "--file=torch PYSEC-2", by="cat").code == 0
    assert outcome(stage) == "waived"
    assert stage.promote(FIRST, "staging").code == 0


def test_an_advisory_is_waived_in_the_version_it_was_found_in_alone(stage: Stage) -> None:
    stage.rule(SPEC.replace("SEC001", "DEP005"))
    assert stage.trust("cat", "security").code == 0
    reported(stage, *vulnerable("PYSEC-1"))
    waive = ("waive", "DEP005", FIRST, "--to=staging", "--reason=it is never called", SOON)
    assert stage(*waive, "--file=torch PYSEC-1", by="cat").code == 0
    assert outcome(stage) == "waived"
    reported(stage, *vulnerable("PYSEC-1", version="1.12.0"))
    assert outcome(stage) == "unmet"
