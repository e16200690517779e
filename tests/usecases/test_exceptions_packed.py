"""Exceptions, dates and times of grace, from the ledger into a pack and out of it again."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import Clock
from tests.usecases.packs import complaints, edited, events
from tests.usecases.promoted import ENVIRONMENT, FIRST, Promoted
from weighbridge.adapters.keys import KeyFolder
from weighbridge.bootstrap import rule_set
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.decision import Outcome
from weighbridge.model.event import Kind
from weighbridge.model.predicates import OURS
from weighbridge.model.settings import EVIDENCE
from weighbridge.packing.evidence_pack import proof_name
from weighbridge.report.decision import render_decision
from weighbridge.report.json import JsonRenderer
from weighbridge.seal.control import trust_key
from weighbridge.usecases.check import check
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack
from weighbridge.usecases.policies import load_policy
from weighbridge.usecases.promote import consider
from weighbridge.usecases.published import publication
from weighbridge.usecases.references import sealed_release
from weighbridge.usecases.statements import report_statement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.decision import Decision

STAGING = "staging"
POLICY = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: house, version: "1", owner: {team: platform}}
spec:
  include: [baseline]
  evidence:
    - type: report
      signedBy: {role: checker}
      noneAbove: warning
      inconclusive: allow
      grace: 14d
    - {type: provenance, effectiveOn: "2026-12-01T00:00:00Z"}
  conditions:
    - id: never
      title: It never holds
      expr: "false"
      message: '"it never holds"'
      tests: &tests {pass: [{release: {}}], fail: [{release: {}}]}
    - id: later
      title: It does not hold yet
      expr: "false"
      message: '"it does not hold yet"'
      effectiveOn: "2026-12-01T00:00:00Z"
      tests: *tests
  exceptions:
    - conditions: [never]
      environments: [staging]
      severity: off
      reason: nobody can meet it
      expiresOn: "2026-06-01T00:00:00Z"
"""
FLAW = {"code": "DEP005", "subject": "torch 2.0.0", "severity": "error", "verdict": "fail"}


class Lenient(Promoted):
    """A registry with one environment whose policy gives time."""

    def set_up(self) -> None:
        spki = self.keys.public("max").spki_der
        self.owners(trust_key(spki, person="max", roles=["releaser"]))
        (self.folder / "policy.yaml").write_text(POLICY)
        bundle = load_policy(self.folder / "policy.yaml", rule_set=rule_set()).bundle
        self.registry.blobs.put(bundle_bytes(bundle))
        self.owners(publication(bundle))
        path = self.folder / "staging.yaml"
        path.write_text(ENVIRONMENT.format(name=STAGING, more=""))
        applied = application(*load_environment(path), self.registry)
        self.registry.blobs.put(applied.record)
        self.owners(applied.change)

    def report(self, **changes: str) -> None:
        """Have the release reported, with a flaw that became known."""
        named = sealed_release(self.digest(FIRST), self.registry)
        report = check(
            named, registry=self.registry, settings=EVIDENCE, rule_set=rule_set(), environ={}
        )
        payload = report_statement(named, report, json.loads(JsonRenderer().render(report)))
        statement = json.loads(payload)
        said = statement["predicate"][OURS]["report"]
        said["findings"].append({**FLAW, **changes})
        said["summary"]["errors"] += 1
        statement["predicate"]["result"] = "FAILED"
        self.attest(FIRST, canonical_bytes(statement), by="carl")

    def wait(self, days: int) -> None:
        self.clock.next += timedelta(days=days)

    def ask(self) -> Decision:
        return consider(self.digest(FIRST), STAGING, registry=self.registry).decision

    def pack(self) -> bytes:
        return export_pack(self.digest(FIRST), STAGING, registry=self.registry)


@pytest.fixture(scope="module")
def lenient_folder(tmp_path_factory: pytest.TempPathFactory, staged: Path, all_keys: Path) -> Path:
    folder = tmp_path_factory.mktemp("lenient") / "project"
    shutil.copytree(staged, folder)
    story = Lenient(folder, KeyFolder(all_keys), Clock("2026-02-01T00:00:00Z"))
    story.set_up()
    story.sign(FIRST)
    story.report()
    story.registry.close()
    return folder


@pytest.fixture
def lenient(tmp_path: Path, lenient_folder: Path, all_keys: Path) -> Iterator[Lenient]:
    folder = tmp_path / "project"
    shutil.copytree(lenient_folder, folder)
    story = Lenient(folder, KeyFolder(all_keys), Clock("2026-02-05T00:00:00Z"))
    yield story
    story.registry.close()


def open_in(decision: Decision) -> dict[str, str]:
    found = {one.id: one for one in decision.conditions}
    return {name: one.outcome for name, one in found.items() if one.outcome is not Outcome.MET}


def test_a_pack_of_a_lenient_decision_is_decided_again(lenient: Lenient) -> None:
    lenient.report()
    text = render_decision(lenient.ask(), generation=0, moved=False)
    assert "left out by exceptions:0 until 2026-06-01T00:00:00Z (nobody can meet it)" in text
    assert "it warns of DEP005 torch 2.0.0 (blocks from 2026-02-15T" in text
    assert "it does not hold yet; blocks from 2026-12-01T00:00:00Z" in text
    assert "there is no such evidence; blocks from 2026-12-01T00:00:00Z" in text
    assert open_in(lenient.ask()) == {"never": "waived"}
    assert lenient.promote(FIRST, STAGING)
    pack = lenient.pack()
    found = verify_pack(pack, log_key=lenient.registry.log_key)
    assert found.ok, found.problems
    assert found.told is not None
    (never,) = [one for one in found.told.decision.conditions if one.id == "never"]
    assert never.excluded == ("exceptions:0 until 2026-06-01T00:00:00Z (nobody can meet it)",)


def test_the_first_report_cannot_be_left_out_of_the_pack(lenient: Lenient) -> None:
    lenient.report()
    assert lenient.promote(FIRST, STAGING)
    pack = lenient.pack()
    reports = [
        index
        for index, event in events(pack).items()
        if event.kind is Kind.EVIDENCE_ADDED and "test-result" in event.body["predicateType"]
    ]
    assert len(reports) == 2
    taken = edited(pack, **{proof_name(reports[0]): None})
    assert complaints(verify_pack(taken, log_key=lenient.registry.log_key))


def test_time_is_up_whoever_reports_it_anew(lenient: Lenient) -> None:
    lenient.wait(12)
    lenient.report()
    assert open_in(lenient.ask()) == {"evidence:report": "unmet", "never": "waived"}
    assert not lenient.promote(FIRST, STAGING)


def test_exceptions_and_mildness_end(lenient: Lenient) -> None:
    lenient.wait(300)
    lenient.report(code="DEP007", severity="note")
    assert open_in(lenient.ask()) == {
        "evidence:provenance": "unmet",
        "later": "unmet",
        "never": "unmet",
    }
