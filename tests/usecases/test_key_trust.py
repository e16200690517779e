from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.cast import RELEASE

if TYPE_CHECKING:
    from tests.usecases.cast import Cast


def key_of(cast: Cast, person: str) -> dict[str, Any]:
    keys: list[dict[str, Any]] = cast.done("registry", "status", "--output-format=json").json[
        "keys"
    ]
    return next(key for key in keys if key["person"] == person)


def test_a_key_is_named_by_its_file(cast: Cast) -> None:
    file = str(cast.keys / "mia.pub")
    assert cast("key", "trust", file, "--person=mia", "--role=ml-lead", by="ann ben").code == 0
    assert key_of(cast, "mia")["keyDigest"] == cast.spki("mia")


def test_repeating_replaces_roles_and_times(cast: Cast) -> None:
    cast.trust("mia", "ml-lead", "--role=builder", "--from=2026-01-01T00:00:00Z")
    assert key_of(cast, "mia")["roles"] == ["builder", "ml-lead"]
    assert key_of(cast, "mia")["from"] == "2026-01-01T00:00:00Z"
    cast.trust("mia", "role:sre", "--until=2027-01-01T00:00:00Z")
    changed = key_of(cast, "mia")
    assert (changed["roles"], changed["from"]) == (["sre"], None)
    assert changed["until"] == "2027-01-01T00:00:00Z"
    assert "mia (sre), until 2027-01-01T00:00:00Z\n" in cast.done("registry", "status").out


def test_a_role_that_was_taken_away_is_gone(cast: Cast) -> None:
    cast.trust("bea", "sre")
    assert cast("check", RELEASE, "--sign", by="bea").code == 4
    assert cast("sign", RELEASE, by="bea").code == 0
    assert cast.verify("--role=builder").code == 1


SERVER = "https://wb.example:8443"


def test_a_key_that_a_server_holds_is_shown_as_such_wherever_it_signed(cast: Cast) -> None:
    assert cast.trust("mia", "builder", f"--held-by={SERVER}").code == 0
    assert key_of(cast, "mia")["heldBy"] == SERVER
    assert "heldBy" not in key_of(cast, "bea")
    standing = cast.done("registry", "status").out
    assert f"mia (builder), held by the server {SERVER}\n" in standing
    cast.done("sign", RELEASE, by="mia")
    signers = cast.verify().json["signers"]
    assert [one.get("heldBy") for one in signers if one["person"] == "mia"] == [SERVER]
    told = cast.done("verify", RELEASE).out
    assert f"signed by mia (builder; by the server {SERVER} in this name) at " in told
    assert cast("log", "verify", "--deep").code == 0


def test_that_a_server_had_a_key_is_not_taken_back(cast: Cast) -> None:
    cast.trust("mia", "builder", f"--held-by={SERVER}")
    found = cast.trust("mia", "sre")
    assert (found.code, found.out) == (4, "")
    assert f"the key is held by the server {SERVER}: say so again" in found.err
    assert cast.last()["body"]["reason"] == "held-by-server"
    assert cast.trust("mia", "sre", "--held-by=https://elsewhere.example").code == 0
    assert key_of(cast, "mia")["heldBy"] == "https://elsewhere.example"


def test_one_key_under_two_names_is_refused(cast: Cast) -> None:
    found = cast("key", "trust", "bea", "--person=max", "--role=builder", by="ann ben")
    assert (found.code, found.out) == (4, "")
    assert "the key is held by bea, not by max" in found.err
    assert cast.last()["body"]["reason"] == "held-by-another"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mia", "--person=mia", "--role=log"), "the log has a key of its own"),
        (("mia", "--person= mia", "--role=sre"), "' mia' is not a name"),
        (("mia", "--person=mia", "--role= "), "' ' is not a name"),
        (("mia", "--person=mia", "--role=role:role:sre"), "is not the name of a role"),
        (("mia", "--person=mia", "--role=sre", "--from=tomorrow"), "'tomorrow' is not of the form"),
        (("mia", "--person=mia", "--role=sre", "--until=2026-02-30T00:00:00Z"), "there is no 2026"),
        (
            (
                "mia",
                "--person=mia",
                "--role=sre",
                "--from=2026-02-01T00:00:00Z",
                "--until=2026-02-01T00:00:00Z",
            ),
            "before it begins",
        ),
        (("nobody", "--person=mia", "--role=sre"), "nobody names no public key"),
        (("mia", "--person=mia", "--role=witness", "--held-by=https://w"), "a witness watches"),
        (("mia", "--person=mia", "--role=sre", "--held-by=wb.example/x"), "is not of the form"),
        (("--role=log", "--held-by=https://w"), "the log's key has no PEM"),
        (
            ("--identity=a", "--issuer=b", "--person=mia", "--role=sre", "--held-by=https://w"),
            "an identity is held by its provider",
        ),
        (("mia", "--role=sre"), "missing option '--person'"),
        (("mia", "--person=mia"), "missing option '--role'"),
    ],
)
def test_what_cannot_be_trusted_is_said_before_anybody_signs(
    words: tuple[str, ...], said: str, cast: Cast
) -> None:
    before = cast.everything()
    found = cast("key", "trust", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert cast.everything() == before


def test_a_key_counts_from_its_time_on(cast: Cast) -> None:
    cast.trust("mia", "builder", "--from=2026-03-01T00:00:00Z")
    early = cast("sign", RELEASE, by="mia")
    assert early.code == 4
    assert "the signature does not count: not yet valid" in early.err
    assert cast.last()["body"]["reason"] == "not-yet-valid"
    cast.clock.set("2026-03-01T00:00:00Z")
    assert cast("sign", RELEASE, by="mia").code == 0
    assert cast.verify("--role=builder").code == 0


def test_a_key_counts_until_its_time(cast: Cast) -> None:
    cast.trust("mia", "builder", "--until=2026-03-01T00:00:00Z")
    cast.clock.set("2026-02-28T23:59:59Z")
    assert cast("sign", RELEASE, by="mia").code == 0
    late = cast("sign", RELEASE, by="mia")
    assert late.code == 4
    assert "the signature does not count: expired" in late.err
    assert cast.last()["body"]["reason"] == "expired"
    assert cast.verify("--role=builder").code == 0
