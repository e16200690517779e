"""A registry in which much has happened: what every page of a dashboard has something to show of.

Three models before staging, production and edge. Of `spam-filter` a release was rolled back and the
next waits for an approval; of `fraud-score` one stands on a waiver that ends soon and the next is
stopped by what was found; of `sprach-erkennung` one is held and the next was rejected. Names and
texts have letters of many scripts, pictures and markup in them.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.predicates import EXAMPLES
from tests.usecases.cast import OWNERS, PASSPHRASES, Clock
from tests.usecases.promoted import Promoted
from tests.usecases.workshop import LOCK, safetensors, sha256
from weighbridge.adapters.keys import KeyFolder
from weighbridge.bootstrap import rule_set
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.gate.case import Act
from weighbridge.model.ports import NoProgress
from weighbridge.model.predicates import PROVENANCE, SARIF, SBOM, VULNERABILITIES
from weighbridge.model.settings import EVIDENCE
from weighbridge.report.json import JsonRenderer
from weighbridge.seal.control import Wish, trust_key
from weighbridge.usecases.approve import Intent, say
from weighbridge.usecases.check import check
from weighbridge.usecases.control import change_control
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.evidence import log_size
from weighbridge.usecases.initialise import initialise
from weighbridge.usecases.policies import load_policy
from weighbridge.usecases.published import publication
from weighbridge.usecases.references import find_authored, sealed_release
from weighbridge.usecases.rollback import roll_back
from weighbridge.usecases.seal import seal
from weighbridge.usecases.statements import attestation, report_statement
from weighbridge.usecases.stopping import blocking, freezing
from weighbridge.usecases.waive import Wish as WaiverWish
from weighbridge.usecases.waive import waive

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.ports import Signer

BEGAN: Final = "2026-02-01T08:00:00Z"
NOW: Final = "2026-03-01T12:00:00Z"
PEOPLE: Final = {
    "bea": ("bea", ["builder"]),
    "carl": ("carl", ["checker"]),
    "cat": ("Zoë Müller-Ångström", ["ml-lead"]),
    "dora": ("dora", ["ml-lead"]),
    "max": ("max", ["releaser"]),
    "mia": ("דנה 🦊", ["security"]),
}
"""Persons and their roles, by the name of their key."""
BACK, LEFT, WAITING, BARE = (
    f"spam-filter@{one}" for one in ("1.0.0", "1.1.0", "1.2.0", "2.0.0-rc.1")
)
"""In production again; rolled back from, and blocked; waits for an approval; only sealed."""
WAIVED, STOPPED = "fraud-score@3.0.0", "fraud-score@3.1.0"
"""In production by a waiver that ends soon; denied for staging, a waiver is asked for."""
HELD, REJECTED = "sprach-erkennung@0.9.0", "sprach-erkennung@0.10.0"
"""In production, which is held; in staging, and rejected for production."""
MARKUP: Final = '<script>alert("ä")</script> & <b>שלום</b>'
POLICY: Final = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: house, version: "1", owner: {team: "Plattform 🚀"}}
spec:
  include: [baseline]
  evidence:
    - {type: report, signedBy: {role: checker}, noneAbove: warning, inconclusive: allow}
  approvals:
    - {when: 'environment.metadata.name == "production"', min: 2, roles: [ml-lead]}
  waivers:
    - {rules: [SEC001], roles: [security], longest: 30d}
"""
ENVIRONMENT: Final = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {{name: {name}}}
spec: {{policy: house@1{more}}}
"""
ENVIRONMENTS: Final = {
    "staging": "",
    "production": ", promotesFrom: staging",
    "edge": ", promotesFrom: staging",
}
MANIFEST: Final = """\
apiVersion: weighbridge.dev/v1
kind: ModelRelease
metadata:
  name: {name}
  version: "{version}"
  owner: {{team: {team}, contact: ml@example.com}}
  labels: {{note: {note}}}
spec:
  source: {{repo: "https://git.example.com/ml/{name}", commit: "{commit}", dirty: false}}
  model: {{name: {name}, task: {task}, license: MIT}}
  environment:
    runtime: {{implementation: cpython, version: "3.11.7"}}
  dependencies:
    runtime: {{lock: requirements.lock, format: requirements, digest: "{lock}"}}
  artifacts:
"""
ARTIFACT: Final = """\
    - name: {name}
      role: {role}
      path: {path}
      size: {size}
      digest: "{digest}"
"""
UNKNOWN_CLASS: Final = b"cmylab.models\nNet\n."
"""A pickle that somebody must look at."""
EVIL: Final = b"cos\nsystem\n(S'echo'\ntR."


class Still(Clock):
    """A clock that stands."""

    def __call__(self) -> str:
        now = super().__call__()
        self.set(now)
        return now


@dataclass
class Story(Promoted):
    """What was told, and how to tell on."""

    _unlocked: dict[str, Signer] = field(default_factory=dict)

    def key(self, name: str) -> Signer:
        """Return somebody's key; to unlock it takes long."""
        if name not in self._unlocked:
            self._unlocked[name] = self.keys.locked(name).unlock(PASSPHRASES[name])
        return self._unlocked[name]

    def set_up(self) -> None:
        """Name owners, trust people, publish the policy and apply the environments."""
        owners = [(name, self.keys.public(name).spki_der) for name in OWNERS]
        initialise(owners, threshold=2, origin="example.com/log", registry=self.registry)
        for name, (person, roles) in PEOPLE.items():
            spki = self.keys.public(name).spki_der
            self.owners(trust_key(spki, person=person, roles=roles))
        bundle = load_policy(self.write("policy.yaml", POLICY), rule_set=rule_set()).bundle
        self.registry.blobs.put(bundle_bytes(bundle))
        self.owners(publication(bundle))
        for name, more in ENVIRONMENTS.items():
            path = self.write("environment.yaml", ENVIRONMENT.format(name=name, more=more))
            applied = application(*load_environment(path), self.registry)
            self.registry.blobs.put(applied.record)
            self.owners(applied.change)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def seal(self, release: str, files: Mapping[str, bytes], **texts: str) -> None:
        """Seal a release of some files; its author signs it."""
        name, _, version = release.partition("@")
        shutil.rmtree(self.folder / "files", ignore_errors=True)
        self.write("requirements.lock", LOCK)
        told = {"team": "Modelle", "task": "classification", "note": "–"} | texts
        manifest = MANIFEST.format(
            name=name,
            version=version,
            commit=sha256(release.encode())[7:47],
            lock=sha256(LOCK.encode()),
            **{key: json.dumps(text, ensure_ascii=False) for key, text in told.items()},
        )
        for path, data in files.items():
            self.write(f"files/{path}", data)
            manifest += ARTIFACT.format(
                name=path.partition(".")[0],
                role="weights" if path.startswith("model") else "schema",
                path=f"files/{path}",
                size=len(data),
                digest=sha256(data),
            )
        authored = self.write("release.yaml", manifest)
        named, _ = find_authored(str(authored), start=self.folder, catalogues=lambda _: [])
        seal(named, registry=self.registry, environ={}, progress=NoProgress())

    def weigh(self, name: str) -> None:
        """Weigh a release, and sign what was found; at the time of the story."""
        named = sealed_release(self.digest(name), self.registry)
        report = check(
            named,
            registry=self.registry,
            settings=EVIDENCE,
            rule_set=rule_set(),
            environ={},
            clock=self.clock,
        )
        document = json.loads(JsonRenderer().render(report))
        payload = report_statement(named, report, document, after=log_size(self.registry))
        self.attest(name, payload, by="carl")

    def bring(self, release: str, files: Mapping[str, bytes], **texts: str) -> None:
        """Seal a release, and have it signed and checked."""
        self.seal(release, files, **texts)
        self.sign(release)
        self.weigh(release)

    def document(self, release: str, kind: str, by: str = "carl") -> None:
        """Have somebody sign a document of a kind others know."""
        named = sealed_release(self.digest(release), self.registry)
        data = json.dumps(EXAMPLES[kind]).encode()
        self.attest(release, attestation(named, data, predicate_type=kind), by=by)

    def say(self, release: str, act: Act, reason: str, *, by: str, to: str = "production") -> None:
        intent = Intent(act=act, release=self.digest(release), environment=to, reason=reason)
        say(intent, signer=self.key(by), registry=self.registry)

    def waiver(self, release: str, to: str, *, by: str, **more: Any) -> None:  # noqa: ANN401 - of several types
        wish = WaiverWish(rule="SEC001", release=self.digest(release), environment=to, **more)
        waive(wish, signer=self.key(by), registry=self.registry)

    def tell(self) -> None:
        """Tell it all."""
        self.set_up()
        self._spam_filter()
        self._fraud_score()
        self._sprach_erkennung()
        self._owners_act()

    def _spam_filter(self) -> None:
        for place, release in enumerate((BACK, LEFT, WAITING)):
            self.clock.set(f"2026-02-0{2 + place}T09:00:00Z")
            self.bring(release, {"model.safetensors": safetensors(1.0, place)})
            assert self.promote(release, "staging")
            if release != WAITING:
                self.approve(release, "cat", "dora")
                assert self.promote(release, "production")
        for kind in (SBOM, VULNERABILITIES, SARIF, PROVENANCE):
            self.document(WAITING, kind, by="bea" if kind == PROVENANCE else "carl")
        self.clock.set("2026-02-05T16:20:00Z")
        done = roll_back(
            "spam-filter",
            "production",
            release=self.digest(BACK),
            expected=2,
            signer=self.key("max"),
            registry=self.registry,
            progress=NoProgress(),
        )
        assert done.moved
        self.say(BACK, Act.LIFT, "the cause is known", by="max")
        self.approve(WAITING, "cat")
        assert not self.promote(WAITING, "production")
        self.seal(BARE, {"model.safetensors": safetensors(9.0)}, team="דנה & Søn", note=MARKUP)

    def _fraud_score(self) -> None:
        self.clock.set("2026-02-09T10:00:00Z")
        files = {"model.pkl": UNKNOWN_CLASS} | {
            f"part-{place:02}.json": f"[{place}]\n".encode() for place in range(12)
        }
        self.bring(WAIVED, files, team="Betrug 🕵️", task="fraud scoring")
        for to in ("staging", "production"):
            reason = "our own class, we read its code: siehe Prüfbericht №7 ✔"
            self.waiver(WAIVED, to, by="mia", reason=reason, expires="2026-03-04T00:00:00Z")
        assert self.promote(WAIVED, "staging")
        self.approve(WAIVED, "cat", "dora")
        assert self.promote(WAIVED, "production")
        self.clock.set("2026-02-20T10:00:00Z")
        self.bring(
            STOPPED, {"model.pkl": UNKNOWN_CLASS, "model-old.pkl": EVIL, "labels.json": b"{"}
        )
        assert not self.promote(STOPPED, "staging")
        self.waiver(
            STOPPED,
            "staging",
            by="max",
            act=Act.REQUEST_WAIVER,
            reason="the same class as in 3.0.0",
            expires="2026-03-15T00:00:00Z",
        )

    def _sprach_erkennung(self) -> None:
        self.clock.set("2026-02-23T07:30:00Z")
        for release in (HELD, REJECTED):
            self.bring(
                release,
                {"model.safetensors": safetensors(len(release))},
                team="Größe zählt – 音声",
                task="Spracherkennung (زمان واقعی)",
                note="🎙️ übt noch",
            )
            assert self.promote(release, "staging")
        self.approve(HELD, "cat", "dora")
        assert self.promote(HELD, "production")
        self.say(HELD, Act.HOLD, "die Konferenz läuft bis Freitag", by="max")
        self.say(REJECTED, Act.REJECT, MARKUP, by="cat")
        assert not self.promote(REJECTED, "production")

    def _owners_act(self) -> None:
        self.clock.set("2026-02-26T18:00:00Z")
        wish = Wish(reason="Jahresabschluss: nichts Neues", until="2026-03-08T00:00:00Z")
        self.owners(freezing("edge", wish, lift=False, registry=self.registry))
        named = LEFT, self.digest(LEFT)
        wish = Wish(reason="it leaks names", environment="production")
        self.owners(blocking(named, wish, lift=False, registry=self.registry))
        # One owner asks for what another has not signed yet.
        person, roles = PEOPLE["mia"]
        spki = self.keys.public("mia").spki_der
        change = trust_key(spki, person=person, roles=[*roles, "ml-lead"])
        asked = change_control(change, signers=[self.key("ann")], registry=self.registry)
        assert asked.missing == 1


def tell(folder: Path, keys: Path) -> Path:
    """Tell the story into a folder; return that."""
    folder.mkdir(parents=True)
    story = Story(folder, KeyFolder(keys), Clock(BEGAN))
    story.tell()
    story.registry.close()
    return folder


def reopened(folder: Path, keys: Path) -> Story:
    """Open what was told, at a time that stands."""
    return Story(folder, KeyFolder(keys), Still(NOW))
