"""A stage: three signed and checked releases before a staging and a production environment.

Dora deploys; mia (ml-lead) and max (sre) approve for production; the rest are as in the cast. All
of it is done once a session, by the command line, and copied for each test.
"""

from __future__ import annotations

import functools
import io
import json
import os
import shutil
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.usecases.cast import Cast, Clock
from tests.usecases.workshop import LABELS, commit, manifest_text, sha256
from weighbridge.adapters import clock as system_clock
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.canonical import canonical_bytes
from weighbridge.seal.bundle import read_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Ran

BOTH = "ann ben"
FIRST, SECOND, THIRD = "demo@1.0.0", "demo@1.1.0", "demo@1.2.0"
ROLES = (("mia", "ml-lead"), ("max", "sre"), ("dora", "releaser"))
BUILT_AT = "2026-01-31T20:00:00Z"
REPORT = "https://in-toto.io/attestation/test-result/v0.1"
OURS = "https://weighbridge.dev/v1"

STAGING_RULES = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: staging, version: "1", owner: {team: platform}}
spec:
  include: [baseline]
  evidence:
    - {type: report, maxAge: 24h, signedBy: {role: checker}, noneAbove: warning}
"""
RULES = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: production, version: "1", owner: {team: platform}}
spec:
  include: [baseline]
  evidence:
    - {type: report, maxAge: 24h, signedBy: {role: checker}, noneAbove: warning}
  approvals:
    - {min: 1, roles: [ml-lead]}
    - {min: 1, roles: [sre]}
"""
STAGING = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {name: staging}
spec:
  policy: staging@1
"""
PRODUCTION = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {name: production}
spec:
  policy: production@1
  promotesFrom: staging
  roles: {approvers: [ml-lead, sre], deployers: [releaser]}
"""


class Stage(Cast):
    """Runs commands where there is somewhere to promote to."""

    def promote(self, release: str, to: str, *words: str, by: str = "dora") -> Ran:
        return self("promote", release, f"--to={to}", *words, by=by)

    def ask(self, release: str, to: str, *words: str, by: str = "dora") -> dict[str, Any]:
        """Ask for a promotion and return the decision."""
        return self.promote(release, to, "--output-format=json", *words, by=by).json

    def roll_back(self, *words: str, to: str = "staging", by: str = "dora") -> Ran:
        return self("rollback", "demo", f"--in={to}", *words, by=by)

    def say(self, act: str, *words: str, by: str, release: str = FIRST) -> Ran:
        """Say something of a release's way to production."""
        return self(act, release, "--to=production", *words, by=by)

    def arrive(self, *releases: str, to: str = "staging") -> None:
        """Promote releases one after the other."""
        for release in releases:
            assert self.promote(release, to).code == 0

    def approved(self, release: str = FIRST) -> None:
        """Have a release in staging, and approved for production by all who must."""
        self.arrive(release)
        for name in ("mia", "max"):
            assert self.say("approve", by=name, release=release).code == 0

    def publish(self, text: str) -> None:
        (self.folder / "policy.yaml").write_text(text)
        self.done("policy", "publish", "policy.yaml", by=BOTH)

    def apply(self, text: str) -> None:
        (self.folder / "env.yaml").write_text(text)
        self.done("env", "apply", "env.yaml", by=BOTH)

    def rule(self, spec: str, *, environment: str = STAGING) -> None:
        """Have an environment follow a policy of its own."""
        self.publish(
            "apiVersion: weighbridge.dev/v1\nkind: PromotionPolicy\n"
            'metadata: {name: own, version: "1", owner: {team: platform}}\n'
            f"spec:\n{spec}"
        )
        self.apply(environment.replace("staging@1", "own@1").replace("production@1", "own@1"))

    def pointer(self, environment: str = "staging") -> dict[str, Any]:
        """Read where the release points in an environment."""
        (found,) = self.done("status", "demo", f"--in={environment}", "--output-format=json").json[
            "pointers"
        ]
        return dict(found)

    def release(self, reference: str) -> str:
        """Return a release digest."""
        name, version = reference.split("@")
        found = [(n, v, digest) for n, v, digest in self.registry.releases()]
        return next(digest for n, v, digest in found if (n, v) == (name, version))

    def payload(self, bundle: str) -> bytes:
        """Read what was signed."""
        return read_bundle(self.blob(bundle).read_bytes()).payload

    def predicate(self, bundle: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.payload(bundle))["predicate"]
        return found

    def report(self, release: str = FIRST) -> dict[str, Any]:
        """Read the newest report about a release that stands in the ledger."""
        found = [
            entry["body"]
            for entry in self.entries()
            if entry["kind"] == "evidence.added"
            and entry["body"]["predicateType"] == REPORT
            and entry["body"]["release"] == self.release(release)
        ]
        return self.predicate(found[-1]["bundle"])

    def attest(
        self, predicate: dict[str, Any], *, by: str, kind: str = REPORT, release: str = FIRST
    ) -> None:
        """Have somebody sign a predicate of any content."""
        path = self.folder.parent / "said.json"
        path.write_bytes(canonical_bytes(predicate))
        self.done("attest", release, f"--predicate={path}", f"--type={kind}", by=by)

    def worsen(self, by: str = "carl") -> None:
        """Have the first release reported while bytes of it are damaged."""
        self.overwrite(sha256(LABELS), b"[]")
        assert self.check(by=by).code == 1
        self.overwrite(sha256(LABELS), LABELS)

    def check(self, release: str = FIRST, by: str = "carl") -> Ran:
        return self("check", release, "--sign", by=by)


class Condition(NamedTuple):
    """One condition of a decision, as programs read it."""

    outcome: str
    why: str
    seen: str
    wanted: str
    pointer: str
    remedy: list[str]
    skipped: list[str]
    statements: list[str]
    excluded: list[str]
    warns: bool


def condition(decision: dict[str, Any], name: str) -> Condition:
    """Return the one condition of a name."""
    (found,) = [one for one in decision["conditions"] if one["id"] == name]
    return Condition(**{key: value for key, value in found.items() if key != "id"})


def unmet(decision: dict[str, Any]) -> list[str]:
    """Name the conditions that are not met."""
    return [one["id"] for one in decision["conditions"] if one["outcome"] != "met"]


class _Mute:
    """Takes what commands print outside of a test."""

    def __init__(self, out: io.StringIO, err: io.StringIO) -> None:
        self._streams = (out, err)

    def readouterr(self) -> Any:  # noqa: ANN401 - pytest's own type cannot be made
        said = [stream.getvalue() for stream in self._streams]
        for stream in self._streams:
            stream.seek(0)
            stream.truncate()
        return _Said(*said)


class _Said(NamedTuple):
    out: str
    err: str


def write_release(folder: Path, version: str, labels: bytes) -> None:
    """Write a release of its own version and labels, and commit it."""
    (folder / "labels.json").write_bytes(labels)
    text = manifest_text().replace(sha256(LABELS), sha256(labels))
    (folder / "release.yaml").write_text(text.replace('"1.0.0"', f'"{version}"'))
    commit(folder)


@pytest.fixture(scope="session")
def set_up(tmp_path_factory: pytest.TempPathFactory, staged: Path, all_keys: Path) -> Path:
    """Publish, apply, seal, sign and check whatever promotions need."""
    folder = tmp_path_factory.mktemp("stage") / "project"
    shutil.copytree(staged, folder)
    clock = Clock(BUILT_AT)
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(io.StringIO()) as out,
        redirect_stderr(io.StringIO()) as err,
    ):
        for name in os.environ:
            if name.startswith("WEIGHBRIDGE"):
                patch.delenv(name)
        patch.setenv("WEIGHBRIDGE_KEYS", str(all_keys))
        patch.chdir(folder)
        patch.setattr(
            "weighbridge.adapters.registry.EmbeddedRegistry",
            functools.partial(EmbeddedRegistry, clock=clock),
        )
        stage = Stage(folder, _Mute(out, err), clock)  # type: ignore[arg-type]
        stage.keys = all_keys
        for name, role in ROLES:
            assert stage.trust(name, role).code == 0
        for rules in (STAGING_RULES, RULES):
            stage.publish(rules)
        for environment in (STAGING, PRODUCTION):
            stage.apply(environment)
        for place, reference in enumerate((FIRST, SECOND, THIRD)):
            if place:
                write_release(folder, reference.split("@")[1], f'["cat {place}"]\n'.encode())
                stage.done("seal")
            stage.done("sign", reference, by="bea")
            assert stage.check(reference).code == 0
    return folder


@pytest.fixture
def stage(
    ownerless: Cast,
    set_up: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Stage:
    """Run commands where there is somewhere to promote to; the system's clock is the registry's."""
    shutil.copytree(set_up, ownerless.folder, dirs_exist_ok=True)
    monkeypatch.setattr(system_clock, "utc_now", ownerless.clock)
    return Stage(ownerless.folder, capsys, ownerless.clock)
