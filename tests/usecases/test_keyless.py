"""Identities that sign without a lasting key: trusted, signing, judged, packed, revoked."""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.sigstore_server import CERTIFICATES, ENTRIES, IDENTITY, JOB, serving, token
from tests.sigstore_stand_in import ISSUER, SUBJECT, StandIn
from tests.usecases.cast import RELEASE, STORE
from weighbridge.cli.keyless import CONFIG, TOKEN
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.trust import identity_digest
from weighbridge.seal.bundle import read_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sigstore_server import Services
    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Ran

BOTH = "ann ben"
CI = (
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "BUILDKITE",
    "CIRCLECI",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "GOOGLE_SERVICE_ACCOUNT_NAME",
)
"""Variables by which a job is known to be one."""
NAMED = (f"--identity={SUBJECT}", f"--issuer={ISSUER}")
DIGEST = identity_digest(ISSUER, SUBJECT)
SIGN = ("sign", RELEASE, "--key=sigstore")


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    with serving(StandIn()) as served:
        yield served


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Name where a registry is put once an identity is trusted there."""
    return tmp_path_factory.mktemp("keyless") / STORE


@pytest.fixture
def trusting(cast: Cast, services: Services, begun: Path, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Run commands where an identity is trusted as a builder, by the root of the stand-in."""
    services.refused.clear()
    if begun.exists():
        shutil.rmtree(cast.store)
        shutil.copytree(begun, cast.store)
        cast.clock.set("2026-02-02T00:00:00Z")
    else:
        publish(cast, services.stand_in)
        cast.done("key", "trust", *NAMED, "--person=job", "--role=builder", by=BOTH)
        shutil.copytree(cast.store, begun)
    for name in CI:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(CONFIG, str(services.write_config(cast.folder.parent)))
    return cast


def publish(cast: Cast, stand_in: StandIn) -> None:
    path = cast.folder.parent / "trusted_root.json"
    path.write_bytes(canonical_bytes(dict(stand_in.root().data)))
    cast.done("advisories", "update", f"--from={path}", by=BOTH)


@contextmanager
def token_fd(text: str) -> Iterator[None]:
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(TOKEN, str(reading))
            yield
    finally:
        os.close(reading)


def sign(cast: Cast, *words: str, text: str = "") -> Ran:
    with token_fd(text or token()):
        return cast(*(words or SIGN))


def without_sigstore(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.partition(".")[0] == "sigstore":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sigstore", None)


def identity_of(cast: Cast) -> dict[str, Any]:
    found: list[dict[str, Any]] = cast.done("registry", "status", "--output-format=json").json[
        "identities"
    ]
    (identity,) = found
    return identity


def test_an_identity_signs_and_its_signature_is_verified(trusting: Cast) -> None:
    signed = sign(trusting)
    assert signed.code == 0, signed.err
    assert "signed by job (builder)" in signed.out
    entry = trusting.last()
    assert (entry["body"]["person"], entry["body"]["signer"]) == ("job", DIGEST)
    (signer,) = trusting.verify("--role=builder").json["signers"]
    assert (signer["person"], signer["keyDigest"]) == ("job", DIGEST)
    stored = trusting.registry.blobs.read(entry["body"]["bundle"])
    assert json.loads(stored)["verificationMaterial"]["tlogEntries"]
    assert trusting.done("log", "verify", "--deep").code == 0


def test_the_statement_that_is_signed_is_ours_to_the_byte(trusting: Cast) -> None:
    payload = trusting.done("sign", RELEASE, "--dry-run").out.encode().removesuffix(b"\n")
    sign(trusting)
    stored = trusting.registry.blobs.read(trusting.last()["body"]["bundle"])
    assert read_bundle(stored).payload == payload


def test_an_identity_and_a_key_of_two_people_reach_two(trusting: Cast) -> None:
    sign(trusting)
    sign(trusting)
    assert trusting.verify("--role=builder", "--threshold=2").code == 1
    trusting.done("sign", RELEASE, by="bea")
    assert trusting.verify("--role=builder", "--threshold=2").code == 0


def test_a_key_and_an_identity_sign_in_one_go(trusting: Cast) -> None:
    with token_fd(token()):
        done = trusting("sign", RELEASE, "--key=sigstore", by="bea")
    assert done.code == 0, done.err
    assert {line.split()[3] for line in done.out.splitlines()} == {"bea", "job"}
    assert trusting.verify("--role=builder", "--threshold=2").code == 0
    twice = sign(trusting, *SIGN, "--key=sigstore")
    assert twice.code == 2
    assert "named twice" in twice.err


def test_the_status_shows_identities(trusting: Cast) -> None:
    shown = trusting.done("registry", "status").out
    assert f"identities\n  {DIGEST}  {SUBJECT}, says {ISSUER}: job (builder)\n" in shown
    assert identity_of(trusting) == {
        "from": None,
        "issuer": ISSUER,
        "keyDigest": DIGEST,
        "person": "job",
        "reason": None,
        "revokedAt": None,
        "roles": ["builder"],
        "subject": SUBJECT,
        "until": None,
    }
    assert "sigstore-root@" in trusting.done("advisories", "status").out


def test_what_was_signed_before_a_revocation_still_counts(trusting: Cast) -> None:
    sign(trusting)
    trusting.done("key", "revoke", *NAMED, "--reason=the runner was broken into", by=BOTH)
    assert identity_of(trusting)["reason"] == "the runner was broken into"
    assert trusting.verify().code == 0
    after = sign(trusting)
    assert (after.code, trusting.last()["body"]["reason"]) == (4, "revoked")
    again = trusting("key", "trust", *NAMED, "--person=job", "--role=builder", by=BOTH)
    assert (again.code, trusting.last()["body"]["reason"]) == (4, "revoked")


def test_what_was_signed_after_a_revocation_does_not(trusting: Cast) -> None:
    sign(trusting)
    long_ago = "--at=2026-01-01T00:00:00Z"
    trusting.done("key", "revoke", DIGEST, "--reason=lost", long_ago, by=BOTH)
    found = trusting.verify()
    assert found.code == 1
    assert any("revoked" in one["message"] for one in found.json["problems"])


def test_another_workflow_is_nobody(trusting: Cast) -> None:
    signed = sign(trusting, text=token(SUBJECT.replace("main", "mine")))
    assert signed.code == 4
    assert "unknown identity" in signed.err
    assert trusting.last()["body"]["reason"] == "unknown-identity"


def test_only_a_key_is_an_owner_or_a_witness(cast: Cast) -> None:
    for role in ("owner", "witness"):
        refused = cast("key", "trust", *NAMED, "--person=job", f"--role={role}", by=BOTH)
        assert refused.code == 2
        assert f"only a key can have the role {role}" in refused.err


def test_an_identity_has_one_holder(trusting: Cast) -> None:
    refused = trusting("key", "trust", *NAMED, "--person=max", "--role=builder", by=BOTH)
    assert (refused.code, trusting.last()["body"]["reason"]) == (4, "held-by-another")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("bea", *NAMED),
        (NAMED[0],),
        ("bea", NAMED[1]),
    ],
)
def test_a_key_or_an_identity_is_named(cast: Cast, words: tuple[str, ...]) -> None:
    assert cast("key", "trust", *words, "--person=job", "--role=builder", by=BOTH).code == 2
    assert cast("key", "revoke", *words, "--reason=lost", by=BOTH).code == 2


def test_no_key_is_called_as_identities_are(cast: Cast) -> None:
    made = cast("key", "new", "sigstore")
    assert made.code == 2
    assert "stands for an identity" in made.err


def test_an_owner_is_no_identity(trusting: Cast) -> None:
    refused = sign(trusting, "key", "revoke", "bea", "--reason=lost", "--key=sigstore")
    assert (refused.code, trusting.last()["body"]["reason"]) == (4, "wrong-role")


def test_offline_an_identity_does_not_sign(trusting: Cast) -> None:
    refused = sign(trusting, *SIGN, "--offline")
    assert refused.code == 2
    assert "--offline" in refused.err


def test_without_a_root_an_identity_does_not_sign(cast: Cast) -> None:
    refused = sign(cast)
    assert refused.code == 2
    assert "published no sigstore-root" in refused.err


@pytest.mark.parametrize(
    ("number", "said"),
    [("eyJ", "holds no number"), ("912", "could not be read")],
)
def test_a_token_comes_by_an_open_descriptor(
    trusting: Cast, monkeypatch: pytest.MonkeyPatch, number: str, said: str
) -> None:
    monkeypatch.setenv(TOKEN, number)
    refused = trusting(*SIGN)
    assert refused.code == 4
    assert said in refused.err
    assert "eyJ" not in refused.err


@pytest.mark.parametrize("text", ["\n", "no token", token(secret=b"of somebody else")])
def test_who_is_not_believed_does_not_sign(trusting: Cast, text: str) -> None:
    before = len(trusting.entries())
    refused = sign(trusting, text=text)
    assert refused.code == 4
    assert text.strip() not in refused.err or not text.strip()
    assert len(trusting.entries()) == before


def test_a_job_signs_as_who_its_runner_says(
    trusting: Cast, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", services.address + IDENTITY)
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "another job's")
    assert trusting(*SIGN).code == 4
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", JOB)
    signed = trusting(*SIGN)
    assert signed.code == 0, signed.err
    assert trusting.last()["body"]["person"] == "job"


def test_a_job_that_may_not_say_who_it_is_is_told_so(
    trusting: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    refused = trusting(*SIGN)
    assert refused.code == 4
    assert "nobody could be named as the signer" in refused.err


def test_where_nobody_says_who_signs_nobody_does(trusting: Cast) -> None:
    refused = trusting(*SIGN)
    assert refused.code == 4
    assert "nobody says who signs" in refused.err


@pytest.mark.parametrize("path", [CERTIFICATES, ENTRIES])
def test_a_service_that_is_away_leaves_nothing(
    trusting: Cast, services: Services, path: str
) -> None:
    before = len(trusting.entries())
    services.refused.add(path)
    refused = sign(trusting)
    assert refused.code in {3, 4}
    assert len(trusting.entries()) == before


def test_a_configuration_that_is_none_is_named(
    trusting: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONFIG, "release.yaml")
    refused = sign(trusting)
    assert refused.code == 2
    assert "release.yaml cannot be read" in refused.err


def test_a_root_that_is_published_later_is_what_counts(trusting: Cast, services: Services) -> None:
    sign(trusting)
    assert trusting.verify().code == 0
    publish(trusting, StandIn())
    found = trusting.verify()
    assert found.code == 1
    assert any("not proven" in one["message"] for one in found.json["problems"])
    assert services.refused == set()


def test_without_the_extra_a_signature_is_inconclusive(
    trusting: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign(trusting)
    without_sigstore(monkeypatch)
    found = trusting.verify()
    assert found.code == 3
    assert any("weighbridge[sigstore]" in one["remediation"][0] for one in found.json["problems"])
    refused = sign(trusting)
    assert refused.code == 3
    assert "weighbridge[sigstore]" in refused.err


def test_enough_others_make_up_for_one_nobody_can_judge(
    trusting: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign(trusting)
    trusting.done("sign", RELEASE, by="bea")
    without_sigstore(monkeypatch)
    found = trusting.verify()
    assert found.code == 0
    assert len(found.json["ignored"]) == 1


def test_nobody_says_a_root_that_is_none(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "root.json"
    good = dict(StandIn().root().data)
    wrong: list[dict[str, Any]] = [{"mediaType": "x"}, {"tlogs": []}]
    for changes in wrong:
        path.write_bytes(canonical_bytes(good | changes))
        refused = cast("advisories", "update", f"--from={path}", by=BOTH)
        assert refused.code == 2, refused.err
