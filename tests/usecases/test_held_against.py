"""Releases held against a baseline, against what is there now, and against their targets."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.codec.locks.samples import UV_OF_PANDAS as UV
from tests.usecases.cast import Clock
from tests.usecases.packs import complaints, edited, events
from tests.usecases.promoted import ENVIRONMENT, Promoted
from tests.usecases.workshop import LOCK, blob, manifest_text, sha256
from weighbridge.adapters.keys import KeyFolder
from weighbridge.bootstrap import rule_set
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.errors import NotAllowedError
from weighbridge.model.event import Kind
from weighbridge.model.ports import NoProgress
from weighbridge.model.predicates import OURS
from weighbridge.model.settings import EVIDENCE
from weighbridge.packing.evidence_pack import lock_name, proof_name, read_pack, serving_name
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
from weighbridge.usecases.references import find_authored, sealed_release
from weighbridge.usecases.seal import seal
from weighbridge.usecases.statements import report_statement
from weighbridge.usecases.waive import Wish, waive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.decision import Decision

POLICY = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: house, version: "1", owner: {team: platform}}
spec:
  evidence:
    - {type: report, signedBy: {role: checker}, noneAbove: error, inconclusive: allow}
  targets: {required: all-validated}
  dependencies: {baseline: approved, offBaseline: warn, unexpectedTransitives: block}
  signature: {breaking: block}
  unusual: {change: warn}
  riskWhen:
    - {risk: high, when: 'evidence.exists(one, has(one.predicate.hazard))'}
  risk: {lowered: block}
  waivers:
    - {rules: [GOV008], roles: [owner], longest: 30d}
"""
APPROVED = {"pandas": "2.2.3", "numpy": ["2.1.0", "2.1.1"]}
SIGNATURE = """\
  signature:
    inputs: [{name: pixels, dtype: float32, shape: [-1, 224]}]
  compatibility:
    targets:
      - {name: linux, os: linux, arch: x86_64}
"""
MAC = "      - {name: mac, os: macos, arch: aarch64}\n"
STAGING = "staging"


class Held(Promoted):
    """A registry with one environment whose policy compares."""

    def set_up(self) -> None:
        spki = self.keys.public("max").spki_der
        self.owners(trust_key(spki, person="max", roles=["releaser"]))
        folder = self.folder / "rules"
        (folder / "data").mkdir(parents=True)
        (folder / "policy.yaml").write_text(POLICY)
        (folder / "data/approved.json").write_text(json.dumps(APPROVED))
        bundle = load_policy(folder, rule_set=rule_set()).bundle
        self.registry.blobs.put(bundle_bytes(bundle))
        self.owners(publication(bundle))
        path = self.folder / "staging.yaml"
        path.write_text(ENVIRONMENT.format(name=STAGING, more=""))
        applied = application(*load_environment(path), self.registry)
        self.registry.blobs.put(applied.record)
        self.owners(applied.change)

    def seal(self, version: str, lock: str, more: str) -> str:
        """Seal, and sign, a release of a lock and whatever else its manifest says."""
        (self.folder / "uv.lock").write_text(lock)
        text = manifest_text().replace('"1.0.0"', f'"{version}"')
        text = text.replace(
            f'requirements.lock, format: requirements, digest: "{sha256(LOCK.encode())}"',
            "uv.lock, format: uv",
        )
        (self.folder / "release.yaml").write_text(text + more)
        named, _ = find_authored(None, start=self.folder, catalogues=lambda _: [])
        seal(named, registry=self.registry, environ={}, progress=NoProgress())
        self.sign(f"demo@{version}")
        return f"demo@{version}"

    def report(self, name: str, *targets: str) -> None:
        """Have a release reported for some targets."""
        named = sealed_release(self.digest(name), self.registry)
        report = check(
            named, registry=self.registry, settings=EVIDENCE, rule_set=rule_set(), environ={}
        )
        payload = report_statement(named, report, json.loads(JsonRenderer().render(report)))
        statement = json.loads(payload)
        statement["predicate"][OURS]["targets"] = list(targets)
        self.attest(name, canonical_bytes(statement), by="carl")

    def ask(self, name: str) -> Decision:
        return consider(self.digest(name), STAGING, registry=self.registry).decision

    def left(self, name: str) -> dict[str, str]:
        """Say what is not met."""
        found = self.ask(name).conditions
        return {one.id: one.outcome.value for one in found if one.outcome is not Outcome.MET}

    def pack(self, name: str) -> bytes:
        return export_pack(self.digest(name), STAGING, registry=self.registry)


@pytest.fixture(scope="module")
def held_folder(tmp_path_factory: pytest.TempPathFactory, staged: Path, all_keys: Path) -> Path:
    """Promote a first release."""
    folder = tmp_path_factory.mktemp("held") / "project"
    shutil.copytree(staged, folder)
    story = Held(folder, KeyFolder(all_keys), Clock("2026-02-01T00:00:00Z"))
    story.set_up()
    first = story.seal("2.0.0", UV, SIGNATURE)
    assert story.left(first) == {"evidence:report": "unmet", "targets": "inconclusive"}
    story.report(first, "linux")
    assert story.promote(first, STAGING)
    story.registry.close()
    return folder


@pytest.fixture
def held(tmp_path: Path, held_folder: Path, all_keys: Path) -> Iterator[Held]:
    """Give a copy of that registry, a month later."""
    folder = tmp_path / "held"
    shutil.copytree(held_folder, folder)
    story = Held(folder, KeyFolder(all_keys), Clock("2026-03-01T00:00:00Z"))
    yield story
    story.registry.close()


def test_a_first_promotion_is_decided_again_from_its_pack_alone(held: Held) -> None:
    pack = held.pack("demo@2.0.0")
    assert verify_pack(pack, log_key=held.registry.log_key).problems == ()
    papers = read_pack(pack)[0]
    assert papers[lock_name(sha256(UV.encode()))] == UV.encode()
    assert not [name for name in papers if name.startswith("serving/")]


def test_a_new_target_blocks_until_its_own_report_is_there(held: Held) -> None:
    name = held.seal("2.1.0", UV, SIGNATURE + MAC)
    held.report(name, "linux")
    found = next(one for one in held.ask(name).conditions if one.id == "targets")
    assert [(one["code"], one["subject"]) for one in found.findings] == [("CMP007", "mac")]
    assert not held.promote(name, STAGING)
    held.report(name, "mac")
    assert held.left(name) == {}
    assert held.promote(name, STAGING)


def test_a_later_promotion_is_decided_again_from_its_pack_alone(held: Held) -> None:
    lock = UV.replace('version = "2.2.3"', 'version = "2.2.4"')
    name = held.seal("2.1.0", lock, SIGNATURE)
    held.report(name, "linux")
    decision = held.ask(name)
    assert decision.verdict is GateVerdict.ALLOWED
    shown = render_decision(decision, generation=2, moved=False)
    assert "dependencies:baseline: 1 package off the baseline" in shown
    assert "seen    pandas==2.2.4" in shown
    assert held.promote(name, STAGING)
    pack = held.pack(name)
    assert verify_pack(pack, log_key=held.registry.log_key).problems == ()
    assert pack == held.pack(name)
    first = held.digest("demo@2.0.0")
    papers = read_pack(pack)[0]
    assert papers[serving_name(first)] == held.registry.blobs.read(first)
    assert {lock_name(sha256(one.encode())) for one in (UV, lock)} <= papers.keys()


def test_what_is_usual_is_decided_again_from_signatures_of_the_past(held: Held) -> None:
    name = held.seal("2.1.0", UV, SIGNATURE)
    held.report(name, "linux")
    found = {one.id: one for one in held.ask(name).conditions if one.id.startswith("unusual:")}
    assert found["unusual:signer"].why == "signed by what others were"
    assert found["unusual:signer"].inputs == (held.digest("demo@2.0.0"),)
    assert held.promote(name, STAGING)
    pack, key = held.pack(name), held.registry.log_key
    signed = [
        index
        for index, event in events(pack).items()
        if event.kind is Kind.EVIDENCE_ADDED and event.body["release"] == held.digest("demo@2.0.0")
    ]
    assert signed
    assert complaints(verify_pack(edited(pack, **{proof_name(signed[0]): None}), log_key=key))


def test_a_pack_without_what_was_compared_with_proves_nothing(held: Held) -> None:
    name = held.seal("2.1.0", UV, SIGNATURE)
    held.report(name, "linux")
    assert held.promote(name, STAGING)
    pack, key = held.pack(name), held.registry.log_key
    for paper in (lock_name(sha256(UV.encode())), serving_name(held.digest("demo@2.0.0"))):
        assert complaints(verify_pack(edited(pack, **{paper: None}), log_key=key))
        assert complaints(verify_pack(edited(pack, **{paper: b"version = 1\n"}), log_key=key))
    more = edited(pack, **{lock_name("sha256:" + "0" * 64): b""})
    assert complaints(verify_pack(more, log_key=key))


def test_what_nobody_asked_for_and_what_breaks_callers_goes_nowhere(held: Held) -> None:
    lock = UV.replace('version = "2.1.0"', 'version = "2.1.1"')
    name = held.seal("2.1.0", lock, SIGNATURE.replace("224", "256"))
    held.report(name, "linux")
    assert held.left(name) == {
        "dependencies:transitive": "unmet",
        "signature:compatible": "unmet",
    }
    assert not held.promote(name, STAGING)


def test_an_owner_answers_for_a_release_that_counts_for_less(held: Held) -> None:
    first = held.digest("demo@2.0.0")
    held.say_of("demo@2.0.0", {"hazard": "it decides about people"}, by="bea")
    name = held.seal("2.1.0", UV, SIGNATURE)
    held.report(name, "linux")
    assert held.left(name) == {"risk:kept": "unmet"}
    wish = Wish(
        rule="GOV008",
        release=held.digest(name),
        environment=STAGING,
        reason="it decides nothing any more",
        expires="2026-03-20T00:00:00Z",
    )
    with pytest.raises(NotAllowedError):
        waive(wish, signer=held.key("carl"), registry=held.registry)
    waive(wish, signer=held.key("ann"), registry=held.registry)
    assert held.left(name) == {"risk:kept": "waived"}
    assert held.promote(name, STAGING)
    assert held.ask(name).inputs.past == (first,)
    pack, key = held.pack(name), held.registry.log_key
    assert verify_pack(pack, log_key=key).problems == ()
    assert serving_name(first) in read_pack(pack)[0]
    hazard = next(
        index
        for index, event in events(pack).items()
        if event.body.get("predicateType") == "https://example.com/x"
    )
    assert complaints(verify_pack(edited(pack, **{proof_name(hazard): None}), log_key=key))
    assert held.left(held.seal("2.2.0", UV, SIGNATURE)) == {}  # nothing is lowered any more


def test_a_lock_that_is_gone_from_the_registry_leaves_it_open(held: Held) -> None:
    lock = UV.replace('version = "2.2.3"', 'version = "2.2.4"')
    name = held.seal("2.1.0", lock, SIGNATURE)
    held.report(name, "linux")
    path = blob(held.folder / ".weighbridge", sha256(lock.encode()))
    path.unlink()
    assert held.left(name) == {
        "dependencies:baseline": "inconclusive",
        "dependencies:transitive": "inconclusive",
        "unusual:dependencies": "inconclusive",
    }
    assert not held.promote(name, STAGING)
