"""A registry with a long past: `python bench/long_past.py FOLDER COUNT`.

COUNT releases, ten of a name, over the last four hundred days: sealed and signed for, all promoted
to staging, one in four to production after it was blocked and approved; some are held, denied or
asked for still. Their entries are appended by the registry itself, in large transactions; nothing
stands behind the digests they name. On top of them lie releases that are there whole, and are asked
for and waived: what the gate is asked about on a page.
"""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from bench.promoted import House
from scripts.sample_release import LOCK, safetensors, write_release
from weighbridge.bootstrap import rule_set
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.codec.resolved import resolved
from weighbridge.model.event import Kind
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.policies import load_policy
from weighbridge.usecases.published import publication
from weighbridge.usecases.references import find_authored
from weighbridge.usecases.waive import Wish, waive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.ports import Transaction

DAYS = 400
VERSIONS = 10
BATCH = 4_000
"""Releases of one transaction."""
WHOLE = 30
"""Releases that are there whole."""
_POLICY = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: long, version: "1", owner: {team: platform}}
spec:
  include: [baseline]
  evidence:
    - {type: report, signedBy: {role: checker}, noneAbove: error, inconclusive: allow}
  approvals:
    - {min: 2, roles: [ml-lead]}
  waivers:
    - {rules: [GOV007], roles: [ml-lead], longest: 400d}
"""
_ENVIRONMENT = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {{name: {name}}}
spec: {{policy: long@1{more}}}
"""
Body = dict[str, Any]


class Calendar:
    """A clock that is set."""

    def __init__(self, now: datetime) -> None:
        """Begin at a time."""
        self.now = now

    def __call__(self) -> str:
        """Tell the time."""
        return f"{self.now:%Y-%m-%dT%H:%M:%SZ}"


def digest(*words: object) -> str:
    """Make up a digest."""
    return f"sha256:{hashlib.sha256(repr(words).encode()).hexdigest()}"


def entries(at: int, names: int) -> Iterator[tuple[Kind, Body]]:
    """Make up what became of the release that is sealed as number `at`."""
    name, version = f"bulk-{at % names:06}", f"1.{at // names}.0"
    release = digest("release", at)
    about = {"name": name, "release": release, "version": version}
    yield Kind.RELEASE_SEALED, {"digest": release, "name": name, "version": version}
    yield (
        Kind.EVIDENCE_ADDED,
        {
            "bundle": digest("bundle", at),
            "person": "bea",
            "predicateType": "https://weighbridge.dev/release/v1",
            "release": release,
            "signer": digest("bea"),
            "subjects": [release],
        },
    )
    yield Kind.PROMOTION_DONE, _decided(about, "staging", at // names + 1)
    if at % 4:
        return
    there = {**_decided(about, "production", at // names // 4 + 1)}
    blocked = {name: one for name, one in there.items() if name not in {"generation", "previous"}}
    yield Kind.PROMOTION_BLOCKED, {**blocked, "verdict": "denied" if at % 3 else "needs"}
    if at % 400 == 0:
        return
    said = {
        **about,
        "act": "approve",
        "bundle": digest("approval", at),
        "environment": "production",
        "person": "cat",
        "predicateType": "https://weighbridge.dev/approval/v1",
    }
    yield Kind.ACT_SAID, said
    yield Kind.PROMOTION_DONE, there
    if at % 1_000 == 0:
        more = {"action": "none", "before": "allowed", "verdict": "denied", "why": "too old"}
        yield Kind.VERDICT_CHANGED, {**blocked, **more}
    if at % 1_500 == 0:
        yield Kind.ACT_SAID, {**said, "act": "hold"}


def _decided(about: Body, environment: str, generation: int) -> Body:
    release = about["release"]
    return {
        **about,
        "decision": digest("decision", environment, release),
        "environment": environment,
        "environmentDigest": digest(environment),
        "generation": generation,
        "mode": "enforce",
        "outcome": digest("outcome", environment, release),
        "person": "max",
        "policy": digest("policy"),
        "previous": None,
        "trust": digest("trust"),
        "verdict": "allowed",
    }


def fill(house: House, calendar: Calendar, count: int) -> None:
    """Append the past of releases nothing is there of."""
    names = max(count // VERSIONS, 1)
    begun, now = calendar.now, datetime.now(UTC)
    for first in range(0, count, BATCH):
        calendar.now = begun + (now - timedelta(days=1) - begun) * (first / count)

        def change(transaction: Transaction, first: int = first) -> None:
            for at in range(first, min(first + BATCH, count)):
                for kind, body in entries(at, names):
                    if kind is Kind.RELEASE_SEALED:
                        transaction.bind(body["name"], body["version"], body["digest"])
                    transaction.append(kind, body)

        house.registry.change(change)
    calendar.now = now - timedelta(hours=1)


def make(folder: Path, count: int) -> None:
    """Make the registry."""
    folder.mkdir(parents=True, exist_ok=True)
    source = write_release(folder / "source", "model.safetensors", safetensors())
    calendar = Calendar(datetime.now(UTC) - timedelta(days=DAYS))
    house = House(folder, clock=calendar)
    (folder / "long.yaml").write_text(_POLICY)
    bundle = load_policy(folder / "long.yaml", rule_set=rule_set()).bundle
    house.registry.blobs.put(bundle_bytes(bundle))
    house.change(publication(bundle))
    for name, more in (("staging", ""), ("production", ", promotesFrom: staging")):
        path = folder / f"{name}.yaml"
        path.write_text(_ENVIRONMENT.format(name=name, more=more))
        applied = application(*load_environment(path), house.registry)
        house.registry.blobs.put(applied.record)
        house.change(applied.change)
    fill(house, calendar, count)
    blobs = house.registry.blobs
    blobs.put(safetensors())
    blobs.put(LOCK.encode())
    named, _ = find_authored(str(source), start=folder, catalogues=lambda _: [])
    tree = resolved(named.release)
    now = datetime.now(UTC)
    for at in range(WHOLE):
        release = house.release(tree, at)
        house.attest(release)
        house.approve(release, "staging")
        house.promote(release, "staging")
        house.promote(release, "production")
        _waive(house, release, f"{now + timedelta(days=at + 1):%Y-%m-%dT%H:%M:%SZ}")
    house.registry.close()


def _waive(house: House, release: str, expires: str) -> None:
    """Have somebody answer for a finding of a release in production."""
    wish = Wish(
        rule="GOV007",
        release=release,
        environment="production",
        reason="looked into, and harmless",
        expires=expires,
    )
    waive(wish, signer=house.keys["cat"], registry=house.registry)


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
