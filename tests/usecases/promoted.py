"""A registry in which two releases were promoted, so that there is something to pack."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.cast import PASSPHRASES, STORE, Clock
from weighbridge.adapters.keys import KeyFolder
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.bootstrap import rule_set
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.gate.case import Act
from weighbridge.model.ports import NoProgress
from weighbridge.model.settings import EVIDENCE
from weighbridge.report.json import JsonRenderer
from weighbridge.seal.control import trust_key
from weighbridge.usecases.approve import Intent, say
from weighbridge.usecases.check import check
from weighbridge.usecases.control import change_control
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.evidence import add_evidence, log_size
from weighbridge.usecases.policies import load_policy
from weighbridge.usecases.promote import promote
from weighbridge.usecases.published import publication
from weighbridge.usecases.references import find_authored, sealed_release
from weighbridge.usecases.rollback import roll_back
from weighbridge.usecases.rule_packs.named import demanded_packs, load_packs
from weighbridge.usecases.seal import seal
from weighbridge.usecases.statements import attestation, release_statement, report_statement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.ports import Signer
    from weighbridge.seal.control import Change

ROLES = {"cat": "ml-lead", "dora": "ml-lead", "max": "releaser"}
FIRST, SECOND = "demo@1.0.0", "demo@1.1.0"
POLICY = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: house, version: "1", owner: {team: platform}}
spec:
  include: [baseline]
  evidence:
    - {type: report, signedBy: {role: checker}, noneAbove: error, inconclusive: allow}
  approvals:
    - {when: 'environment.metadata.name == "production"', min: 2, roles: [ml-lead]}
"""
ENVIRONMENT = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {{name: {name}}}
spec: {{policy: house@1{more}}}
"""


@dataclass
class Promoted:
    """The project, its registry and everybody's keys."""

    folder: Path
    keys: KeyFolder
    clock: Clock

    def __post_init__(self) -> None:
        self.registry = EmbeddedRegistry(self.folder / STORE, clock=self.clock)

    def key(self, name: str) -> Signer:
        return self.keys.locked(name).unlock(PASSPHRASES[name])

    def owners(self, change: Change) -> None:
        signers = [self.key(name) for name in ("ann", "ben")]
        assert change_control(change, signers=signers, registry=self.registry).applied

    def digest(self, name: str) -> str:
        bound = {f"{known}@{version}": found for known, version, found in self.registry.releases()}
        return bound[name]

    def set_up(self) -> None:
        """Trust people, publish the policy, apply the environments."""
        for name, role in ROLES.items():
            spki = self.keys.public(name).spki_der
            self.owners(trust_key(spki, person=name, roles=[role]))
        (self.folder / "policy.yaml").write_text(POLICY)
        bundle = load_policy(self.folder / "policy.yaml", rule_set=rule_set()).bundle
        self.registry.blobs.put(bundle_bytes(bundle))
        self.owners(publication(bundle))
        for name, more in (("staging", ""), ("production", ", promotesFrom: staging")):
            path = self.folder / f"{name}.yaml"
            path.write_text(ENVIRONMENT.format(name=name, more=more))
            applied = application(*load_environment(path), self.registry)
            self.registry.blobs.put(applied.record)
            self.owners(applied.change)

    def seal_next(self) -> None:
        """Seal a release that differs from the first in its version alone."""
        first = json.loads(self.registry.blobs.read(self.digest(FIRST)))
        source = json.dumps(first["spec"]["source"])
        manifest = self.folder / "release.yaml"
        text = manifest.read_text().replace("source: {}", f"source: {source}")
        manifest.write_text(text.replace('"1.0.0"', '"1.1.0"'))
        named, _ = find_authored(None, start=self.folder, catalogues=lambda _: [])
        seal(named, registry=self.registry, environ={}, progress=NoProgress())

    def sign(self, name: str) -> None:
        named = sealed_release(self.digest(name), self.registry)
        self.attest(name, release_statement(named), by="bea")

    def check(self, name: str, *environments: str) -> None:
        named = sealed_release(self.digest(name), self.registry)
        report = check(
            named,
            registry=self.registry,
            settings=EVIDENCE,
            rule_set=rule_set(),
            environ={},
            packs=load_packs(demanded_packs(environments, self.registry), self.registry),
        )
        document = json.loads(JsonRenderer().render(report))
        payload = report_statement(named, report, document, after=log_size(self.registry))
        self.attest(name, payload, by="carl")

    def say_of(self, name: str, predicate: dict[str, Any], *, by: str) -> None:
        named = sealed_release(self.digest(name), self.registry)
        data = json.dumps(predicate).encode()
        self.attest(name, attestation(named, data, predicate_type="https://example.com/x"), by=by)

    def attest(self, name: str, payload: bytes, *, by: str) -> None:
        add_evidence(
            payload, release=self.digest(name), signers=[self.key(by)], registry=self.registry
        )

    def promote(self, name: str, environment: str) -> bool:
        release, registry = self.digest(name), self.registry
        done = promote(release, environment, signer=self.key("max"), registry=registry)
        return done.moved

    def approve(self, name: str, *people: str, act: Act = Act.APPROVE) -> None:
        for person in people:
            reason = "" if act is Act.APPROVE else f"{person} <says> so"
            release = self.digest(name)
            intent = Intent(act=act, release=release, environment="production", reason=reason)
            say(intent, signer=self.key(person), registry=self.registry)

    def roll_back(self) -> None:
        done = roll_back(
            "demo",
            "production",
            release=self.digest(FIRST),
            expected=2,
            signer=self.key("max"),
            registry=self.registry,
            progress=NoProgress(),
        )
        assert done.moved

    def tell(self) -> None:
        """Promote two releases, the second of them on evidence about the first, too."""
        self.set_up()
        self.sign(FIRST)
        self.check(FIRST)
        assert self.promote(FIRST, "staging")
        assert not self.promote(FIRST, "production")
        self.approve(FIRST, "cat", "dora")
        assert self.promote(FIRST, "production")
        self.seal_next()
        self.sign(SECOND)
        assert self.promote(SECOND, "staging")
        self.approve(SECOND, "cat", "dora")
        assert self.promote(SECOND, "production")


@pytest.fixture(scope="session")
def promoted_folder(tmp_path_factory: pytest.TempPathFactory, staged: Path, all_keys: Path) -> Path:
    """Promote two releases."""
    folder = tmp_path_factory.mktemp("promoted") / "project"
    shutil.copytree(staged, folder)
    story = Promoted(folder, KeyFolder(all_keys), Clock("2026-02-01T00:00:00Z"))
    story.tell()
    story.registry.close()
    return folder


@pytest.fixture
def promoted(tmp_path: Path, promoted_folder: Path, all_keys: Path) -> Iterator[Promoted]:
    """Give a copy of that registry, a month later."""
    folder = tmp_path / "promoted"
    shutil.copytree(promoted_folder, folder)
    story = Promoted(folder, KeyFolder(all_keys), Clock("2026-03-01T00:00:00Z"))
    yield story
    story.registry.close()
