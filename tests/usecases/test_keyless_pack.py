"""A promotion on keyless evidence, decided and packed; its pack proves itself, root and all."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.sigstore_stand_in import ISSUER, SUBJECT, StandIn
from tests.usecases.cast import Clock
from tests.usecases.packs import complaints, edited, exported, judged
from tests.usecases.promoted import FIRST, Promoted
from tests.usecases.test_keyless import without_sigstore
from weighbridge.adapters.keys import KeyFolder
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.errors import UnavailableError
from weighbridge.model.trust import identity_digest
from weighbridge.packing.evidence_pack import read_pack, root_name
from weighbridge.seal.control import trust_identity
from weighbridge.usecases.attached import Outcome, keep
from weighbridge.usecases.data_sets import ROOT, DataSet, publication
from weighbridge.usecases.evidence import add_evidence
from weighbridge.usecases.promote import promote
from weighbridge.usecases.references import sealed_release
from weighbridge.usecases.statements import release_statement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STAGING = "staging"
BUILDS = f"{SUBJECT}-builds"
DEPLOYS = f"{SUBJECT}-deploys"


class Identity:
    """Signs as an identity, with the services of a stand-in."""

    def __init__(self, stand_in: StandIn, subject: str) -> None:
        self._stand_in = stand_in
        self._subject = subject

    @property
    def digest(self) -> str:
        return identity_digest(ISSUER, self._subject)

    def bundle(self, payload: bytes) -> bytes:
        return canonical_bytes(self._stand_in.bundle(payload, subject=self._subject))


class Story(Promoted):
    """Promotes a release that an identity signed."""

    stand_in: StandIn

    def publish(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        change, paper = publication(DataSet(kind=ROOT, value=stand_in.root(), published=True))
        self.registry.blobs.put(paper)
        self.owners(change)

    def begin(self) -> None:
        self.set_up()
        self.publish(StandIn())
        for subject, role in ((BUILDS, "builder"), (DEPLOYS, "releaser")):
            name = f"{role} job"
            self.owners(trust_identity(ISSUER, subject, person=name, roles=[role]))

    @property
    def payload(self) -> bytes:
        return release_statement(sealed_release(self.digest(FIRST), self.registry))

    def sign_as(self, subject: str) -> None:
        add_evidence(
            self.payload,
            release=self.digest(FIRST),
            signers=[Identity(self.stand_in, subject)],
            registry=self.registry,
        )


@pytest.fixture
def story(tmp_path: Path, staged: Path, all_keys: Path) -> Iterator[Story]:
    folder = tmp_path / "project"
    shutil.copytree(staged, folder)
    told = Story(folder, KeyFolder(all_keys), Clock("2026-02-01T00:00:00Z"))
    told.begin()
    yield told
    told.registry.close()


def roots(pack: bytes) -> dict[str, bytes]:
    return {name: data for name, data in read_pack(pack)[0].items() if name.startswith("roots/")}


def test_a_pack_with_keyless_evidence_proves_itself(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.sign_as(BUILDS)
    story.check(FIRST)
    assert story.promote(FIRST, STAGING)
    pack = exported(story, environment=STAGING)
    assert judged(story, pack).problems == ()
    root = story.stand_in.root()
    assert list(roots(pack)) == [root_name(root.digest)]
    (name,) = roots(pack)
    assert complaints(judged(story, edited(pack, **{name: None})))
    other = canonical_bytes(dict(StandIn().root().data))
    assert complaints(judged(story, edited(pack, **{name: other})))
    extra = edited(pack, **{root_name(f"sha256:{'a' * 64}"): other})
    assert any("no paper of this decision" in one for one in complaints(judged(story, extra)))

    story.publish(StandIn())  # what counts later says nothing of what was decided before
    assert judged(story, pack).problems == ()
    assert roots(exported(story, environment=STAGING)) == roots(pack)

    without_sigstore(monkeypatch)
    with pytest.raises(UnavailableError, match="cannot be judged here"):
        judged(story, pack)


def test_a_pack_without_keyless_evidence_holds_no_root(story: Story) -> None:
    story.sign(FIRST)
    story.check(FIRST)
    assert story.promote(FIRST, STAGING)
    pack = exported(story, environment=STAGING)
    assert judged(story, pack).problems == ()
    assert roots(pack) == {}


def test_an_identity_may_deploy(story: Story) -> None:
    story.sign(FIRST)
    story.check(FIRST)
    deployer = Identity(story.stand_in, DEPLOYS)
    release, registry = story.digest(FIRST), story.registry
    assert promote(release, STAGING, signer=deployer, registry=registry).moved
    pack = exported(story, environment=STAGING)
    assert judged(story, pack).problems == ()
    assert json.loads(read_pack(pack)[0]["trust.json"])["identities"]
    assert len(roots(pack)) == 1


def test_evidence_nobody_can_judge_stops_the_gate(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.sign_as(BUILDS)
    story.sign(FIRST)
    story.check(FIRST)
    without_sigstore(monkeypatch)
    with pytest.raises(UnavailableError, match="the evidence of entry"):
        story.promote(FIRST, STAGING)


def kept(story: Story, tree: dict[str, Any]) -> Outcome:
    (found,) = keep([canonical_bytes(tree)], story.digest(FIRST), story.registry, dry_run=False)
    return found.outcome


def test_a_bundle_that_travelled_is_kept_if_it_counts(story: Story) -> None:
    mine = story.stand_in.bundle(story.payload, subject=BUILDS)
    assert kept(story, story.stand_in.bundle(story.payload, subject=SUBJECT)) is Outcome.NOT_TRUSTED
    assert kept(story, StandIn().bundle(story.payload, subject=BUILDS)) is Outcome.NOT_TRUSTED
    assert kept(story, mine) is Outcome.ADDED
    again = story.stand_in.bundle(story.payload, subject=BUILDS)
    assert kept(story, again) is Outcome.KNOWN
