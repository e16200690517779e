"""A registry whose production has all a policy can ask for, to be drilled; nobody writes to it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import Clock
from tests.usecases.promoted import FIRST, Promoted
from weighbridge.adapters.keys import KeyFolder
from weighbridge.bootstrap import rule_set
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.gate.case import Act
from weighbridge.seal.control import trust_key
from weighbridge.usecases.approve import Intent, say
from weighbridge.usecases.drill import drill
from weighbridge.usecases.drilling.script import Tools
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.policies import load_policy
from weighbridge.usecases.published import publication

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from weighbridge.model.drill import Drill

NOW = "2026-02-10T00:00:00Z"
ROLES = {"cat": "ml-lead", "dora": "ml-lead", "max": "releaser", "mia": "security"}
HEAD = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {{name: {name}, version: "1", owner: {{team: platform}}}}
spec:
"""
BASELINE = """\
  include: [baseline]
  evidence:
    - {type: report, maxAge: 24h, signedBy: {role: checker}, noneAbove: warning}
  approvals:
    - {min: 2, roles: [ml-lead]}
  waivers:
    - {rules: [SEC001], roles: [security], longest: 30d}
  risk: {lowered: block}
  rollbackPolicy: {allow: previously-promoted, hold: true}
"""
"""What a shipped baseline must say at least, for nothing to get through."""

LAX = """\
  evidence:
    - {type: report, noneAbove: error, inconclusive: allow}
"""
"""A policy that asks for a report and does not read it."""

STAGING = "{policy: lax@1, roles: {deployers: [releaser]}}"
PRODUCTION = (
    "{policy: strict@1, promotesFrom: staging, soak: 2h,"
    " roles: {approvers: [ml-lead], deployers: [releaser]}}"
)
ENVIRONMENT = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {{name: {name}}}
spec: {spec}
"""


class Drilled(Promoted):
    """The project, its registry and everybody's keys."""

    def publish(self, name: str, spec: str) -> None:
        path = self.folder / f"{name}-policy.yaml"
        path.write_text(HEAD.format(name=name) + spec)
        bundle = load_policy(path, rule_set=rule_set()).bundle
        self.registry.blobs.put(bundle_bytes(bundle))
        self.owners(publication(bundle))

    def apply(self, name: str, spec: str) -> None:
        path = self.folder / f"{name}.yaml"
        path.write_text(ENVIRONMENT.format(name=name, spec=spec))
        applied = application(*load_environment(path), self.registry)
        self.registry.blobs.put(applied.record)
        self.owners(applied.change)

    def begin(self) -> None:
        """Have a release be in production, by way of staging."""
        for name, role in ROLES.items():
            self.owners(trust_key(self.keys.public(name).spki_der, person=name, roles=[role]))
        self.publish("lax", LAX)
        self.publish("strict", BASELINE)
        self.apply("staging", STAGING)
        self.apply("production", PRODUCTION)
        self.sign(FIRST)
        self.check(FIRST)
        assert self.promote(FIRST, "staging")
        self.approve(FIRST, "cat", "dora")
        self.clock.set("2026-02-01T06:00:00Z")
        assert self.promote(FIRST, "production")

    def drill(
        self,
        *only: str,
        off: Sequence[str] = (),
        environment: str = "production",
        name: str | None = None,
    ) -> Drill:
        """Drill an environment of it."""
        tools = Tools(
            rule_set=rule_set(),
            ignore=(),
            reader=None,
            images=None,
            advisories=None,
            clock=lambda: NOW,
        )
        return drill(
            environment, registry=self.registry, tools=tools, name=name, off=off, only=only
        )

    def approve_for(self, environment: str, name: str, *people: str) -> None:
        """Have people approve a release for any environment."""
        for person in people:
            intent = Intent(act=Act.APPROVE, release=self.digest(name), environment=environment)
            say(intent, signer=self.key(person), registry=self.registry)


@pytest.fixture(scope="session")
def drilled_folder(tmp_path_factory: pytest.TempPathFactory, staged: Path, all_keys: Path) -> Path:
    """Promote a release."""
    folder = tmp_path_factory.mktemp("drilled") / "project"
    shutil.copytree(staged, folder)
    story = Drilled(folder, KeyFolder(all_keys), Clock("2026-02-01T00:00:00Z"))
    story.begin()
    story.registry.close()
    return folder


@pytest.fixture
def drilled(tmp_path: Path, drilled_folder: Path, all_keys: Path) -> Iterator[Drilled]:
    """Give a copy of that registry, some days later."""
    folder = tmp_path / "drilled"
    shutil.copytree(drilled_folder, folder)
    story = Drilled(folder, KeyFolder(all_keys), Clock(NOW))
    yield story
    story.registry.close()
