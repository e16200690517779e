"""A registry's owners, and proposals signed by some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.seal.signing import ALICE, BOB, CAROL, MALLORY, signed_bundle, spki
from weighbridge.seal.control import (
    Action,
    Authorisation,
    Change,
    Proposal,
    authorise,
    initial_trust,
    trust_key,
    write_proposal,
)

if TYPE_CHECKING:
    from tests.seal.signing import PrivateKey
    from weighbridge.model.trust import TrustSnapshot

LOG = "example.org/registry"
LOG_KEY = f"{LOG}+9abe4127+AdzBNxaw0ZnOdTvvYk4dAPjdLMkbkmUTo5z5UGvkXlxr"
NOW = "2026-11-22T05:00:00Z"
BEFORE = "2026-11-22T04:59:59Z"
LATER = "2026-11-22T05:00:01Z"
PUBLISHING = [
    Action.DATA_PUBLISH,
    Action.ENVIRONMENT_APPLY,
    Action.POLICY_PUBLISH,
    Action.RULES_PUBLISH,
]

ALICE2 = ed25519.Ed25519PrivateKey.from_private_bytes(b"alice 2 " * 4)
DAVE = ed25519.Ed25519PrivateKey.from_private_bytes(b"dave    " * 4)
KEYS: dict[str, PrivateKey] = {
    "alice": ALICE,
    "alice2": ALICE2,
    "bob": BOB,
    "carol": CAROL,
    "dave": DAVE,
    "mallory": MALLORY,
}
OWNERS = [
    ("alice", spki(ALICE)),
    ("alice", spki(ALICE2)),
    ("bob", spki(BOB)),
    ("carol", spki(CAROL)),
]


def registry(threshold: int = 2) -> TrustSnapshot:
    return initial_trust(OWNERS, threshold=threshold, log_key=LOG_KEY)


def trusting(name: str, *roles: str, person: str = "", since: str = "", until: str = "") -> Change:
    key = spki(KEYS[name])
    return trust_key(key, person=person or name, roles=roles, since=since, until=until)


def proposed(change: Change, *, log: str = LOG, after: int = 7) -> bytes:
    return write_proposal(Proposal(change, log=log, after=after))


def signed_by(*names: str, payload: bytes, snapshot: TrustSnapshot, at: str = NOW) -> Authorisation:
    bundles = [signed_bundle(KEYS[name], payload) for name in names]
    return authorise(bundles, payload=payload, snapshot=snapshot, at=at)
