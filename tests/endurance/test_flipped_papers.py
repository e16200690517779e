"""No flipped bit of a paper that leaves the registry goes unseen: checkpoint, bundle, proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.endurance.flips import all_flips
from tests.usecases.cast import RELEASE
from weighbridge.model.errors import LedgerError
from weighbridge.model.predicates import RELEASE as RELEASE_TYPE
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.judging import Signer, judge
from weighbridge.usecases.audit import audit
from weighbridge.usecases.believed import believe, trust_in
from weighbridge.usecases.prove import prove, verify_entry

if TYPE_CHECKING:
    from tests.usecases.cast import Cast

THOROUGH = [False, pytest.param(True, marks=pytest.mark.slow)]


@pytest.fixture
def signed(cast: Cast) -> Cast:
    cast.done("sign", RELEASE, by="bea carl")
    return cast


@pytest.mark.parametrize("thorough", THOROUGH)
def test_a_flipped_checkpoint_is_refused(signed: Cast, *, thorough: bool) -> None:
    registry = signed.registry
    with registry.reading() as view:
        kept = view.checkpoint
    signed.done("sign", RELEASE, by="bea")

    def problems(since: bytes) -> int:
        return len(audit(registry, log_key=registry.log_key, since=since).problems)

    assert problems(kept) == 0
    assert [bad for bad in all_flips(kept, thorough=thorough) if not problems(bad)] == []


@pytest.mark.parametrize("thorough", THOROUGH)
@pytest.mark.parametrize("index", [0, 3, 5])
def test_a_flipped_proof_is_refused(signed: Cast, index: int, *, thorough: bool) -> None:
    registry = signed.registry
    proof = prove(index, ledger=registry, log_key=registry.log_key)

    def holds(data: bytes) -> bool:
        try:
            return verify_entry(data, log_key=registry.log_key).index == index
        except LedgerError:
            return False

    assert holds(proof)
    assert [bad for bad in all_flips(proof, thorough=thorough) if holds(bad)] == []


@pytest.mark.parametrize("thorough", THOROUGH)
@pytest.mark.parametrize("place", [-2, -1], ids=["p256", "ed25519"])
def test_a_flipped_bundle_is_refused(signed: Cast, place: int, *, thorough: bool) -> None:
    registry = signed.registry
    with registry.reading() as view:
        log = believe(view, log_key=registry.log_key)
        trust = trust_in(log, registry.blobs)
        added = log.event(log.size + place)
    bundle = registry.blobs.read(added.body["bundle"])

    def counts(data: bytes) -> bool:
        try:
            read = read_bundle(data)
        except EnvelopeError:
            return False
        verdict = judge(
            read,
            snapshot=trust,
            at=added.time,
            roles=["builder", "checker"],
            subject_digests=[signed.digest],
            predicate_type=RELEASE_TYPE,
        )
        return isinstance(verdict, Signer)

    assert counts(bundle)
    assert [bad for bad in all_flips(bundle, thorough=thorough) if counts(bad)] == []


def test_a_flipped_bundle_in_the_registry_is_told_of(signed: Cast) -> None:
    digest = signed.last()["body"]["bundle"]
    bundle = signed.blob(digest).read_bytes()
    registry = signed.registry
    for bad in list(all_flips(bundle, thorough=False))[::10]:
        signed.overwrite(digest, bad)
        found = audit(registry, log_key=registry.log_key, deep=True).problems
        assert [problem.subject for problem in found] == [f"entry {registry_size(signed) - 1}"]
    assert signed.verify("--threshold", "2").code == 1


def registry_size(cast: Cast) -> int:
    with cast.registry.reading() as view:
        return view.size
