"""One environment that asks for everything a policy can: each of its rooms beside all others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.rule_packs import published
from tests.usecases.stage import BOTH, FIRST, SECOND, unmet

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

RULES = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {{name: whole, version: "1", owner: {{team: platform}}}}
spec:
  include: [baseline]
  evidence:
    - {{type: report, maxAge: 24h, signedBy: {{role: checker}}, noneAbove: warning, grace: 7d}}
    - {{type: sarif, when: "false", effectiveOn: "2030-01-01T00:00:00Z"}}
  riskWhen:
    - {{risk: high, when: size(release.artifacts) > 1000}}
  approvals:
    - {{min: 1, roles: [ml-lead], validFor: 30d}}
    - {{min: 1, roles: [sre], risk: low}}
  waivers:
    - {{rules: [QUA001, GOV001], roles: [sre], longest: 30d, warnBefore: 3d}}
  vex: {{roles: [security]}}
  dependencies: {{unexpectedTransitives: warn}}
  signature: {{breaking: block}}
  manifest: {{baseline: expected, offBaseline: block}}
  unusual: {{change: warn}}
  rulePacks:
    - {{name: acme, version: "1", digest: "{digest}"}}
  exceptions:
    - rules: [CFG003]
      environments: [production]
      expiresOn: "2027-01-01T00:00:00Z"
      severity: warn
      reason: known here
  conditions:
    - id: few-artifacts
      title: The release is small
      expr: size(release.artifacts) < 100
      message: "'too many artifacts'"
      effectiveOn: "2030-01-01T00:00:00Z"
      tests:
        pass: [{{release: {{artifacts: []}}}}]
        fail: [{{release: {{artifacts: [{many}]}}}}]
  onDeny: {{action: request-change}}
  onChange: {{action: hold}}
  rollbackPolicy: {{allow: previously-promoted, hold: true}}
"""
ENVIRONMENT = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {name: production}
spec:
  policy: whole@1
  promotesFrom: staging
  roles: {approvers: [ml-lead, sre], deployers: [releaser], breakGlass: [sre]}
  windows:
    - {rrule: "FREQ=DAILY", duration: 24h, timezone: Europe/Berlin}
"""


@pytest.fixture
def whole(stage: Stage) -> Stage:
    """Have production follow the policy, and the first release in staging and reported on."""
    named = published(stage)
    folder = stage.folder / "whole"
    (folder / "data").mkdir(parents=True)
    (folder / "data/expected.json").write_text(json.dumps({"/metadata/name": "demo"}))
    text = RULES.format(digest=named.partition("#")[2], many=", ".join(["{}"] * 101))
    (folder / "policy.yaml").write_text(text)
    stage.done("policy", "publish", "whole", by=BOTH)
    stage.apply(ENVIRONMENT)
    for release in (FIRST, SECOND):
        reported = stage("check", release, "--sign", "--for-env=production", by="carl")
        assert reported.code == 0, reported.err
    stage.arrive(FIRST, SECOND)
    return stage


def papers(stage: Stage, release: str) -> dict[str, Any]:
    """Export what a promotion rests on, and have it decided again from the papers alone."""
    pack = stage.folder / "pack.tar"
    pack.unlink(missing_ok=True)
    stage.done("evidence", "export", release, "--to=production", "--output=pack.tar")
    key = f"--key={stage.store / 'log.pub'}"
    found = stage.done("evidence", "verify", "pack.tar", key, "--output-format=json").json
    assert (found["ok"], found["undone"]) == (True, [])
    promotion: dict[str, Any] = found["promotion"]
    return promotion


@pytest.fixture
def standing(whole: Stage) -> Stage:
    """Have the first release in production: cat approved for mia, who is away, and max himself."""
    assert unmet(whole.ask(FIRST, "production")) == ["approvals:0", "approvals:1"]
    whole.trust("cat", "auditor", "--role=checker")
    whole.done(
        *("approve", "--delegate-to=cat", "--to=production"),
        *("--until=2026-03-01", "--reason=on leave"),
        by="mia",
    )
    for name in ("cat", "max"):
        assert whole.say("approve", by=name).code == 0
    assert whole.promote(FIRST, "production").code == 0
    return whole


def test_past_a_freeze_goes_only_what_breaks_the_glass(standing: Stage) -> None:
    assert papers(standing, FIRST)["verdict"] == "allowed"
    standing.done("freeze", "production", "--reason=holidays", "--until=2026-02-05", by=BOTH)
    denied = standing.ask(SECOND, "production")
    assert unmet(denied) == ["not-frozen", "approvals:0", "approvals:1"]
    assert standing.say("break-glass", "--reason=a leak", by="max", release=SECOND).code == 0
    assert standing.ask(SECOND, "production")["mode"] == "break-glass"
    assert papers(standing, SECOND)["verdict"] == "needs"
    looked = standing.say("break-glass", "--review", "--reason=seen", by="mia", release=SECOND)
    assert looked.code == 0
    assert standing.pointer("production")["unreviewed"] is None
    standing.done("log", "verify", "--deep")
    decided = [entry for entry in standing.entries() if "decision" in entry["body"]]
    assert len(decided) == 6
    for entry in decided:
        standing.done("promote", f"--replay={entry['body']['decision']}")


def test_what_rests_on_a_stolen_key_is_held_and_another_policy_foreseen(standing: Stage) -> None:
    asked = ("policy", "what-if", "staging@1", "--in=production", "--output-format=json")
    assert standing(*asked).json["releases"][0]["effect"] == "stays"
    assert standing.revoke("carl", "--at", "2026-01-01T00:00:01Z").code == 0
    found = standing("watch", "production", "--once", "--output-format=json", by="cat")
    assert found.code == 1
    (said,) = found.json["releases"]
    assert (said["before"], said["action"]) == ("allowed", "hold")
    assert standing.pointer("production")["held"]
    standing.done("log", "verify", "--deep")
    assert papers(standing, FIRST)["verdict"] == "allowed"  # as it was when it was promoted
