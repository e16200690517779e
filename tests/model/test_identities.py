from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest

from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.trust import (
    Trusted,
    TrustedIdentity,
    TrustedKey,
    TrustError,
    TrustSnapshot,
    identity_digest,
    owners_of,
    read_snapshot,
    write_snapshot,
)

ISSUER, SUBJECT = "https://ci.example.org", "ann@example.org"
JOB = TrustedIdentity(issuer=ISSUER, subject=SUBJECT, person="job", roles=("builder",))
KEY = TrustedKey(key=b"one", person="ann", roles=("checker", "owner"))
PLAIN = TrustSnapshot(as_of=3, owners=("ann",), threshold=1, keys=(KEY,))
SNAPSHOT = dataclasses.replace(PLAIN, identities=(JOB,))


def test_an_identity_is_issuer_and_subject_together() -> None:
    said = b'{"issuer":"https://ci.example.org","subject":"ann@example.org"}'
    assert JOB.spki == f"sha256:{hashlib.sha256(said).hexdigest()}"
    assert identity_digest(ISSUER, SUBJECT) != identity_digest(SUBJECT, ISSUER)


def test_a_snapshot_with_identities_is_read_as_it_was_written() -> None:
    assert read_snapshot(write_snapshot(SNAPSHOT)) == SNAPSHOT


def test_a_snapshot_without_any_has_the_bytes_of_before() -> None:
    assert set(json.loads(write_snapshot(PLAIN))) == {
        "asOf",
        "keys",
        "logKey",
        "owners",
        "threshold",
    }
    empty = json.loads(write_snapshot(PLAIN)) | {"identities": []}
    with pytest.raises(TrustError, match="canonical form"):
        read_snapshot(canonical_bytes(empty))


def test_keys_and_identities_are_found_alike() -> None:
    assert SNAPSHOT.holdings == (KEY, JOB)
    assert SNAPSHOT.roles == {"builder", "checker", "owner"}
    assert (SNAPSHOT.find(JOB.spki), SNAPSHOT.find(KEY.spki)) == (JOB, KEY)
    assert SNAPSHOT.find(identity_digest(ISSUER, "ben@example.org")) is None


def test_owners_are_whoever_holds_a_key() -> None:
    assert owners_of(SNAPSHOT.keys) == ("ann",)


@pytest.mark.parametrize(("issuer", "subject"), [("", SUBJECT), (ISSUER, " x"), (ISSUER, "x\n")])
def test_an_identity_could_not_pass_for_another(issuer: str, subject: str) -> None:
    with pytest.raises(TrustError, match="is not a name"):
        TrustedIdentity(issuer=issuer, subject=subject, person="job", roles=())


def test_identities_stand_in_order_and_each_once() -> None:
    with pytest.raises(TrustError, match="identities are not sorted"):
        dataclasses.replace(PLAIN, identities=(JOB, JOB))


def test_what_is_held_has_a_kind() -> None:
    with pytest.raises(NotImplementedError):
        _ = Trusted(person="ann", roles=()).spki


@pytest.mark.parametrize("change", [{"subject": 1}, {"more": ""}, {"person": ""}])
def test_an_identity_has_one_form(change: dict[str, object]) -> None:
    tree = json.loads(write_snapshot(SNAPSHOT))
    tree["identities"][0] |= change
    with pytest.raises(TrustError):
        read_snapshot(canonical_bytes(tree))
