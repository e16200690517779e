from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import RELEASE

if TYPE_CHECKING:
    from tests.usecases.cast import Cast


def test_what_was_signed_before_still_counts(cast: Cast) -> None:
    cast.done("sign", RELEASE, by="bea")
    assert cast.revoke("bea").code == 0
    assert cast.verify("--role=builder").code == 0


def test_what_is_signed_after_is_refused_and_logged(cast: Cast) -> None:
    cast.revoke("bea")
    found = cast("sign", RELEASE, by="bea")
    assert (found.code, found.out) == (4, "")
    assert "the signature does not count: revoked" in found.err
    assert "bea's, revoked at 2026-02-01T00:00:00Z, lost" in found.err
    assert cast.last()["kind"] == "evidence.refused"
    assert cast.last()["body"]["reason"] == "revoked"
    assert cast.verify().code == 1


def test_a_revocation_from_earlier_on_voids_what_was_signed_since(cast: Cast) -> None:
    cast.done("sign", RELEASE, by="bea")
    signed_at = cast.last()["time"]
    assert cast.revoke("bea", f"--at={signed_at}").code == 0
    found = cast.verify()
    assert (found.code, found.json["ok"], found.json["signers"]) == (1, False, [])
    problems = found.json["problems"]
    assert [problem["code"] for problem in problems] == ["INT005", "INT006"]
    assert problems[1]["message"] == "a signature does not count: revoked"
    assert signed_at in problems[1]["seen"]


def test_a_revocation_a_moment_later_voids_nothing(cast: Cast) -> None:
    cast.done("sign", RELEASE, by="bea")
    assert cast.revoke("bea", "--at=2026-02-01T00:00:01Z").code == 0
    assert cast.verify().code == 0


def test_a_voided_signature_is_named_where_enough_others_count(cast: Cast) -> None:
    cast.trust("mia", "builder")
    cast.done("sign", RELEASE, by="bea mia")
    cast.revoke("bea", "--at=2026-01-01T00:00:00Z")
    found = cast.verify("--role=builder")
    assert (found.code, found.json["problems"]) == (0, [])
    assert [problem["code"] for problem in found.json["ignored"]] == ["INT006"]
    assert "a signature does not count: revoked" in cast.done("verify", RELEASE).err


def test_without_a_time_it_counts_from_the_moment_enough_have_signed(cast: Cast) -> None:
    cast.revoke("bea", by="ann")
    cast.done("sign", RELEASE, by="bea")
    cast.revoke("bea", by="ben")
    assert cast.verify().code == 0
    status = cast.done("registry", "status", "--output-format=json").json
    revoked = {key["person"]: key["revokedAt"] for key in status["keys"]}
    assert revoked["bea"] == status["log"]["time"]


def test_a_key_is_named_by_its_digest(cast: Cast) -> None:
    digest = cast.spki("bea")
    (cast.keys / "bea.pub").unlink()
    (cast.keys / "bea.key").unlink()
    assert cast("key", "revoke", digest, "--reason=gone", by="ann ben").code == 0
    assert "revoked 2026-02-01T00:00:00Z: gone\n" in cast.done("registry", "status").out


def test_a_revoked_key_is_never_trusted_again(cast: Cast) -> None:
    cast.revoke("bea")
    found = cast.trust("bea", "builder")
    assert (found.code, found.out) == (4, "")
    assert "the key of bea is revoked, for ever: lost" in found.err
    assert cast.last()["body"]["reason"] == "revoked"


def test_a_key_is_revoked_once(cast: Cast) -> None:
    cast.revoke("bea")
    assert cast.revoke("bea", "--at=2026-01-01T00:00:00Z").code == 4
    cast.done("log", "verify", "--deep")


def test_a_key_is_not_revoked_in_advance(cast: Cast) -> None:
    found = cast.revoke("bea", "--at=2030-01-01T00:00:00Z")
    assert (found.code, found.out) == (4, "")
    assert "not from 2030-01-01T00:00:00Z" in found.err
    assert cast.last()["body"]["reason"] == "in-the-future"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dora", "--reason=lost"), "nobody trusts the key sha256:"),
        (("sha256:00", "--reason=lost"), "nobody trusts the key sha256:00"),
        (("bea", "--reason= "), "a key is revoked for a reason"),
        (("bea", "--reason=a\nb"), "is not a name"),
        (("bea", "--reason=lost", "--at=noon"), "'noon' is not of the form"),
        (("bea",), "missing option '--reason'"),
    ],
)
def test_what_cannot_be_revoked_is_said_before_anybody_signs(
    words: tuple[str, ...], said: str, cast: Cast
) -> None:
    before = cast.everything()
    found = cast("key", "revoke", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert cast.everything() == before


def test_a_dry_run_revokes_nothing(cast: Cast) -> None:
    before = cast.everything()
    shown = cast("key", "revoke", "bea", "--reason=lost", "--dry-run")
    assert (shown.code, shown.json["predicate"]["action"]) == (0, "key.revoke")
    assert cast.everything() == before
