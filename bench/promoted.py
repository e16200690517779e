"""A registry of many promoted releases: `python bench/promoted.py FOLDER COUNT`.

COUNT names, each with one release in `production`: sealed, signed by its builder, checked and
signed by a checker, approved by two people and promoted under `house@1`, all in the ledger of a
real embedded registry. Beside it lies `stricter.yaml`, a policy that one in ten does not meet.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scripts.sample_release import LOCK, safetensors, write_release
from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.bootstrap import rule_set
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.codec.resolved import resolved
from weighbridge.gate.case import Act
from weighbridge.model.settings import EVIDENCE
from weighbridge.report.json import JsonRenderer
from weighbridge.seal.control import trust_key
from weighbridge.usecases.approve import Intent, say
from weighbridge.usecases.check import check
from weighbridge.usecases.control import change_control
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.evidence import add_evidence
from weighbridge.usecases.initialise import initialise
from weighbridge.usecases.policies import load_policy
from weighbridge.usecases.promote import promote
from weighbridge.usecases.published import publication
from weighbridge.usecases.references import find_authored, sealed_release
from weighbridge.usecases.seal import bind_release
from weighbridge.usecases.statements import release_statement, report_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weighbridge.adapters.postgres.registry import PostgresRegistry
    from weighbridge.seal.control import Change
    from weighbridge.usecases.deciding import Promotion

ROLES = {
    "ann": "owner",
    "bea": "builder",
    "carl": "checker",
    "cat": "ml-lead",
    "dora": "ml-lead",
    "max": "releaser",
}
POLICY = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {{name: house, version: "{version}", owner: {{team: platform}}}}
spec:
  include: [baseline]
  evidence:
    - {{type: report, maxAge: 24h, signedBy: {{role: checker}}, noneAbove: error,
       inconclusive: allow}}
  approvals:
    - {{min: 2, roles: [ml-lead]}}
"""
STRICTER = """\
  conditions:
    - id: not-of-the-old-family
      title: The model is not of the old family
      expr: release.spec.model.family != "old"
      message: '"nobody looks after " + release.spec.model.family + " models any more"'
      tests:
        pass: [{release: {spec: {model: {family: new}}}}]
        fail: [{release: {spec: {model: {family: old}}}}]
"""
ENVIRONMENT = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {name: production}
spec: {policy: house@1}
"""


class Key:
    """A key in memory."""

    def __init__(self, private: bytes | None = None) -> None:
        """Make one, or take one that was made."""
        made = Ed25519PrivateKey
        self._key = made.generate() if private is None else made.from_private_bytes(private)
        public = self._key.public_key()
        self.spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def private(self) -> bytes:
        """Return what it can be made of again."""
        return self._key.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Sign."""
        return self._key.sign(message)


class House:
    """A registry, and everybody's keys."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], str] = utc_now,
        registry: EmbeddedRegistry | PostgresRegistry | None = None,
    ) -> None:
        """Name owners, trust the others, publish the policy and apply the environment.

        Args:
            folder: Where documents are written, and the registry unless it is given.
            clock: Tells the time.
            registry: An empty registry; one in the folder if there is none.
        """
        self.folder = folder
        self.registry: EmbeddedRegistry | PostgresRegistry = registry or EmbeddedRegistry(
            folder / "registry", clock=clock
        )
        self.keys = {name: Key() for name in ROLES}
        owners = [("ann", self.keys["ann"].spki)]
        initialise(owners, threshold=1, origin="example.com/bench", registry=self.registry)
        for name, role in ROLES.items():
            if role != "owner":
                self.change(trust_key(self.keys[name].spki, person=name, roles=[role]))
        for version, more in (("1", ""), ("2", STRICTER)):
            path = folder / ("house.yaml" if version == "1" else "stricter.yaml")
            path.write_text(POLICY.format(version=version) + more)
        bundle = load_policy(folder / "house.yaml", rule_set=rule_set()).bundle
        self.registry.blobs.put(bundle_bytes(bundle))
        self.change(publication(bundle))
        (folder / "production.yaml").write_text(ENVIRONMENT)
        applied = application(*load_environment(folder / "production.yaml"), self.registry)
        self.registry.blobs.put(applied.record)
        self.change(applied.change)

    def change(self, change: Change) -> None:
        """Have the owner change something."""
        done = change_control(change, signers=[self.keys["ann"]], registry=self.registry)
        if not done.applied:
            raise SystemExit(f"{change.action.value} was not applied")

    def release(self, tree: dict[str, Any], at: int) -> str:
        """Seal a release under a name of its own."""
        tree["metadata"]["name"] = name = f"model-{at:05}"
        tree["spec"]["model"] |= {"family": "new" if at % 10 else "old", "license": "MIT"}
        digest = self.registry.blobs.put(canonical_bytes(tree))
        bind_release(name, tree["metadata"]["version"], digest, self.registry)
        return digest

    def bring(self, digest: str) -> None:
        """Sign, check, approve and promote a release."""
        self.attest(digest)
        self.approve(digest, "production")
        done = self.promote(digest, "production")
        if not done.moved:
            raise SystemExit(f"not promoted: {done.decision.passes_if}")

    def attest(self, digest: str) -> None:
        """Sign a release, and a report of it."""
        registry, named = self.registry, sealed_release(digest, self.registry)
        self._attest(digest, release_statement(named), "bea")
        report = check(named, registry=registry, settings=EVIDENCE, rule_set=rule_set(), environ={})
        document = json.loads(JsonRenderer().render(report))
        self._attest(digest, report_statement(named, report, document), "carl")

    def approve(self, digest: str, environment: str) -> None:
        """Approve a release, as enough people do."""
        for person in ("cat", "dora"):
            intent = Intent(act=Act.APPROVE, release=digest, environment=environment)
            say(intent, signer=self.keys[person], registry=self.registry)

    def promote(self, digest: str, environment: str) -> Promotion:
        """Ask for a release to be promoted."""
        return promote(digest, environment, signer=self.keys["max"], registry=self.registry)

    def _attest(self, digest: str, payload: bytes, by: str) -> None:
        add_evidence(payload, release=digest, signers=[self.keys[by]], registry=self.registry)


def releases(house: House, count: int) -> Iterator[str]:
    """Seal releases, each under a name of its own."""
    folder, blobs = house.folder, house.registry.blobs
    source = write_release(folder / "source", "model.safetensors", safetensors())
    blobs.put(safetensors())
    blobs.put(LOCK.encode())
    named, _ = find_authored(str(source), start=folder, catalogues=lambda _: [])
    tree = resolved(named.release)
    for at in range(count):
        yield house.release(tree, at)


def make(folder: Path, count: int) -> None:
    """Make the registry; a processor each brings its share, since a thousand take minutes."""
    house = House(folder)
    made, shares = list(releases(house, count)), os.cpu_count() or 1
    house.registry.close()
    context = multiprocessing.get_context("fork")
    running = [
        context.Process(target=_bring, args=(house, made[at::shares])) for at in range(shares)
    ]
    for one in running:
        one.start()
    for one in running:
        one.join()
    if any(one.exitcode for one in running):
        raise SystemExit("not all releases were promoted")


def _bring(house: House, share: Iterable[str]) -> None:
    for release in share:
        house.bring(release)
    house.registry.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
