"""What PyPI's publishers signed of packages (PEP 740), as evidence about who locked them."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.recorded import recorded, root_of
from tests.usecases.cast import STORE, Cast, Clock
from tests.usecases.packs import complaints, edited, exported, judged
from tests.usecases.promoted import FIRST, Promoted
from tests.usecases.test_foreign_pack import open_lab, seal_locked
from tests.usecases.workshop import sha256
from weighbridge.adapters.keys import KeyFolder
from weighbridge.model.predicates import PUBLISH
from weighbridge.packing.evidence_pack import read_pack, subjects_name
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.control import trust_identity, trust_key
from weighbridge.seal.pep740 import read_attestations
from weighbridge.usecases.data_sets import ROOT, DataSet, publication

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.workshop import Ran
    from weighbridge.seal.material import Keyless

WHEEL = "circleci_sign_publish_example-0.0.1.dev137-py3-none-any.whl"
SDIST = "pypi_attestations-0.0.19.tar.gz"
OTHER = "gitlab_oidc_project-0.0.3.tar.gz"
LOCK = "\n".join(f"{name} --hash={sha256(recorded(name))}" for name in (WHEEL, SDIST)).encode()
LOCKED = "demo@1.2.0"
DEMAND = "    - {type: publish, signedBy: {role: publisher}}\n"


def published(name: str) -> bytes:
    return recorded(f"{name}.publish.attestation")


def publisher(name: str) -> Keyless:
    found = read_bundle(read_attestations(published(name))[0]).keyless
    assert found is not None
    return found


def provenance(*names: str) -> bytes:
    group = {"publisher": {"kind": "?"}, "attestations": [json.loads(published(n)) for n in names]}
    return json.dumps({"version": 1, "attestation_bundles": [group]}).encode()


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory, staged: Path, all_keys: Path) -> Path:
    """Lock two packages, trust those who published them and a third, and demand their word."""
    folder = tmp_path_factory.mktemp("pep740") / "project"
    shutil.copytree(staged, folder)
    story = Promoted(folder, KeyFolder(all_keys), Clock("2026-02-01T00:00:00Z"))
    story.owners(trust_key(story.keys.public("max").spki_der, person="max", roles=["releaser"]))
    change, paper = publication(DataSet(kind=ROOT, value=root_of(), published=True))
    story.registry.blobs.put(paper)
    story.owners(change)
    for name in (WHEEL, OTHER):
        who = publisher(name)
        story.owners(trust_identity(who.issuer, who.subject, person=name, roles=["publisher"]))
    open_lab(story, DEMAND)
    source = json.dumps(
        json.loads(story.registry.blobs.read(story.digest(FIRST)))["spec"]["source"]
    )
    manifest = folder / "release.yaml"
    text = manifest.read_text().replace("source: {}", f"source: {source}")
    manifest.write_text(text.replace('"1.0.0"', '"1.1.0"'))
    seal_locked(story, LOCK)
    story.registry.close()
    return folder


@pytest.fixture
def cast(cast: Cast, locked: Path) -> Cast:
    shutil.rmtree(cast.store)
    shutil.copytree(locked / STORE, cast.store)
    cast.clock.set("2026-03-01T00:00:00Z")
    return cast


@pytest.fixture
def story(cast: Cast) -> Iterator[Promoted]:
    told = Promoted(cast.folder, KeyFolder(cast.keys), cast.clock)
    yield told
    told.registry.close()


def trust(story: Promoted, name: str) -> None:
    who = publisher(name)
    story.owners(trust_identity(who.issuer, who.subject, person=name, roles=["publisher"]))


def attest(cast: Cast, data: bytes, *words: str) -> Ran:
    path = cast.folder.parent / "attestation"
    path.write_bytes(data)
    return cast("attest", LOCKED, f"--bundle={path}", *words)


def test_a_promotion_on_a_publishers_word_verifies_elsewhere(cast: Cast, story: Promoted) -> None:
    assert not story.promote(LOCKED, "lab")
    ran = attest(cast, published(WHEEL))
    assert (ran.code, ran.err) == (0, "")
    assert f"signed by {WHEEL} (publisher), entry " in ran.out
    entry = cast.last()
    assert entry["body"]["predicateType"] == PUBLISH
    assert entry["body"]["subjects"] == [sha256(recorded(WHEEL))]
    assert story.promote(LOCKED, "lab")
    pack = exported(story, LOCKED, "lab")
    found = judged(story, pack)
    assert found.problems == ()
    assert found.told is not None
    assert entry["index"] in {one.entry for one in found.told.evidence}
    paper = subjects_name(sha256(LOCK))
    assert read_pack(pack)[0][paper] == LOCK
    assert complaints(judged(story, edited(pack, **{paper: LOCK + b"#"})))
    assert cast("log", "verify", "--deep").code == 0


def test_each_attestation_of_a_provenance_object_is_evidence(cast: Cast, story: Promoted) -> None:
    trust(story, SDIST)
    before = len(cast.entries())
    ran = attest(cast, provenance(WHEEL, SDIST, WHEEL), "--output-format=json")
    assert ran.code == 0, ran.err
    assert [one["person"] for one in ran.json["evidence"]] == [WHEEL, SDIST]
    assert {one["predicateType"] for one in ran.json["evidence"]} == {PUBLISH}
    assert [one["kind"] for one in cast.entries()[before:]] == ["evidence.added"] * 2
    # As PyPI hands it out, it says what one of the two has said.
    again = attest(cast, recorded(f"{WHEEL}.provenance"))
    assert (again.code, len(cast.entries())) == (0, before + 2)
    assert "it was evidence about this release before" in again.err


def test_one_that_is_new_is_added_beside_one_that_is_known(cast: Cast, story: Promoted) -> None:
    trust(story, SDIST)
    first = attest(cast, published(WHEEL))
    ran = attest(cast, provenance(WHEEL, SDIST))
    assert (ran.code, ran.out.splitlines()[0]) == (0, first.out.strip())
    assert cast.last()["body"]["person"] == SDIST
    assert len(ran.err.splitlines()) == 1
    assert "was evidence about this release before" in ran.err


@pytest.mark.parametrize(
    ("name", "reason"), [(OTHER, "other-subject"), (SDIST, "unknown-identity")]
)
def test_if_one_is_refused_none_is_kept(cast: Cast, name: str, reason: str) -> None:
    """One is of a file no lock has, the other by somebody nobody trusts."""
    before = len(cast.entries())
    for data in (published(name), provenance(WHEEL, name)):
        ran = attest(cast, data)
        assert (ran.code, ran.out) == (4, "")
    added = cast.entries()[before:]
    assert [one["kind"] for one in added] == ["evidence.refused"] * 2
    assert {one["body"]["reason"] for one in added} == {reason}


def test_a_proof_of_other_bytes_is_refused(cast: Cast) -> None:
    tree = json.loads(published(WHEEL))
    tree["envelope"]["signature"] = json.loads(published(SDIST))["envelope"]["signature"]
    ran = attest(cast, json.dumps(tree).encode())
    assert (ran.code, cast.last()["body"]["reason"]) == (4, "not-proven")


def test_a_dry_run_shows_all_that_was_signed(cast: Cast) -> None:
    before = len(cast.entries())
    ran = attest(cast, provenance(WHEEL, SDIST), "--dry-run")
    said = [json.loads(line)["subject"][0]["name"] for line in ran.out.splitlines()]
    assert (ran.code, said) == (0, [WHEEL, SDIST])
    assert len(cast.entries()) == before


@pytest.mark.parametrize("data", [b'{"attestation_bundles": []}', b'{"verification_material": 1}'])
def test_what_is_no_attestation_is_not_kept(cast: Cast, data: bytes) -> None:
    ran = attest(cast, data)
    assert (ran.code, ran.out) == (2, "")
    assert "this cannot be attested: the " in ran.err
