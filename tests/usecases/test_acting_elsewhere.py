"""A person whose key lies elsewhere signs, approves, promotes and owns like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.adapters.elsewhere.services import Kms, Service, serving
from tests.tokens import PIN, softhsm, using
from tests.usecases.stage import FIRST, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.stage import Stage

UUID = "1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def on_token(stage: Stage, tmp_path: Path) -> Iterator[Stage]:
    """Have Tess hold a key on a token, whose PIN lies in a file."""
    pin = tmp_path / "pin"
    pin.write_text(f"{PIN}\n")
    pin.chmod(0o400)
    with using(softhsm()) as token:
        stage.done("key", "new", "tess", "--at", token.uri("key-1", f"&pin-source={pin}"))
        yield stage


@pytest.fixture
def kms(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Have Kim deploy with a key in AWS KMS."""
    with serving(Kms({UUID: ec.generate_private_key(ec.SECP256R1())})) as service:
        for name, value in service.environ.items():
            monkeypatch.setenv(name, value)
        stage.done("key", "new", "kim", "--at", f"awskms:{UUID}")
        assert stage.trust("kim", "releaser").code == 0
        yield service


def test_a_key_on_a_token_does_what_keys_do(on_token: Stage, tmp_path: Path) -> None:
    stage = on_token
    roles = ("--role=builder", "--role=releaser", "--role=owner")
    assert stage.trust("tess", "ml-lead", *roles).code == 0
    stage.done("sign", FIRST, by="tess")
    (tmp_path / "said.json").write_text("{}")
    said = (f"--predicate={tmp_path / 'said.json'}", "--type=https://example.com/x")
    stage.done("attest", FIRST, *said, by="tess")
    assert stage.promote(FIRST, "staging", by="tess").code == 0
    stage.arrive(SECOND)
    assert stage.say("approve", by="tess", release=SECOND).code == 0
    changed = stage("key", "trust", "max", "--person=max", "--role=x", by="ben tess")
    assert (changed.code, "signed by ben, tess; in force" in changed.out) == (0, True)
    persons = [entry["body"].get("person") for entry in stage.entries()]
    assert persons.count("tess") >= 4
    assert stage.done("log", "verify", "--deep").code == 0


def test_a_key_in_kms_does_so_too(stage: Stage, kms: Service) -> None:
    assert stage.promote(FIRST, "staging", by="kim").code == 0
    assert stage.last()["body"]["person"] == "kim"
    assert stage.trust("kim", "owner").code == 0
    assert stage("key", "trust", "max", "--person=max", "--role=x", by="ben kim").code == 0
    assert {what for what, _ in kms.asked} == {"TrentService.GetPublicKey", "TrentService.Sign"}


@pytest.mark.parametrize(
    ("misconduct", "code"), [("swapped", 4), ("refusal", 4), ("throttled", 3), ("gone", 2)]
)
def test_a_key_that_does_not_sign_changes_nothing(
    stage: Stage, kms: Service, misconduct: str, code: int
) -> None:
    before = stage.entries()
    if misconduct == "swapped":
        kms.swapped = True
    elif misconduct == "gone":
        kms.keys.clear()
    else:
        word = "Throttling" if misconduct == "throttled" else "AccessDenied"
        kms.refusal = (400, f"{word}Exception")
    found = stage.promote(FIRST, "staging", by="kim")
    assert (found.code, found.out) == (code, "")
    assert stage.entries() == before
    assert stage.done("status", "demo", "--output-format=json").json["pointers"] == []
