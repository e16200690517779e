from __future__ import annotations

import base64
import stat
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import RELEASE
from weighbridge.adapters.keys import KeyFolder

if TYPE_CHECKING:
    from tests.usecases.cast import Cast


def test_owners_are_named_in_entry_0(ownerless: Cast) -> None:
    begun = ownerless.begin("ann", "ben", threshold=2)
    assert "ann, ben; 2 of 2 must sign a change" in begun.out
    (entry,) = ownerless.entries()
    keys = KeyFolder(ownerless.keys)
    owners = [
        {"key": base64.b64encode(keys.public(name).spki_der).decode(), "person": name}
        for name in ("ann", "ben")
    ]
    assert sorted(entry["body"].pop("owners"), key=lambda owner: owner["person"]) == owners
    log_key = (ownerless.store / "log.pub").read_text().removesuffix("\n")
    assert entry == {
        "index": 0,
        "time": "2026-02-01T00:00:00Z",
        "kind": "registry.initialised",
        "control": None,
        "body": {"logKey": log_key, "threshold": 2},
    }


def test_the_log_key_is_made_for_its_owner_alone(ownerless: Cast) -> None:
    ownerless.begin("ann", "ben", threshold=2)
    assert stat.S_IMODE((ownerless.store / "log.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("owners", "threshold"),
    [("ann", 1), ("ann ben", 2), ("ann ben cat", 2), ("ann ben cat max", 3)],
)
def test_more_than_half_must_sign_if_nothing_is_said(
    owners: str, threshold: int, ownerless: Cast
) -> None:
    words = [f"--owner={name}={name}" for name in owners.split()]
    begun = ownerless.done("registry", "init", *words, "--output-format=json").json
    assert (begun["owners"], begun["threshold"]) == (owners.split(), threshold)


def test_an_owner_is_named_by_a_file_too(ownerless: Cast) -> None:
    file = ownerless.keys / "ann.pub"
    begun = ownerless.done(
        "registry", "init", f"--owner=ann={file}", "--owner=ben=ben", "--output-format=json"
    )
    assert ownerless.spki("ann") in {key["keyDigest"] for key in begun.json["keys"]}


def test_the_log_is_called_as_it_is_told(ownerless: Cast) -> None:
    ownerless.done("registry", "init", "--owner=ann=ann", "--origin=example.com/models")
    assert ownerless.done("log", "show", "--checkpoint").out.startswith("example.com/models\n1\n")


def test_releases_that_were_sealed_before_are_adopted(ownerless: Cast) -> None:
    ownerless.done("seal")
    begun = ownerless.begin("ann", "ben", threshold=2)
    assert begun.err == "releases that were sealed before and are in the ledger now: 1\n"
    adopted = ownerless.last()
    assert (adopted["kind"], adopted["body"]) == (
        "release.adopted",
        {"name": "demo", "version": "1.0.0", "digest": ownerless.digest},
    )
    assert ownerless.done("log", "verify", "--deep").out.startswith("intact: 2 entries")


def test_without_owners_sealing_writes_no_ledger(ownerless: Cast) -> None:
    ownerless.done("seal")
    assert not (ownerless.store / "log.key").exists()
    ownerless.edit('"1.0.0"', '"1.0.1"')
    ownerless.done("seal")
    ownerless.edit("task: classification", "task: regression")
    assert ownerless("seal").code == 1
    with ownerless.registry.reading() as view:
        assert view.size == 0


def test_sealing_is_logged(cast: Cast) -> None:
    cast.edit('"1.0.0"', '"1.0.1"')
    digest = cast.done("seal").out.split()[0]
    sealed = cast.last()
    assert (sealed["kind"], sealed["body"]) == (
        "release.sealed",
        {"name": "demo", "version": "1.0.1", "digest": digest},
    )
    before = cast.kinds()
    assert "sealed before" in cast.done("seal").err
    assert cast.kinds() == before
    cast.done("log", "verify", "--deep")


def test_a_refused_seal_is_logged(cast: Cast) -> None:
    cast.edit("task: classification", "task: regression")
    assert cast("seal", "--dry-run").code == 1
    assert "release.refused" not in cast.kinds()
    refused = cast("seal")
    assert refused.code == 1
    assert "error[WB131]: demo@1.0.0 is sealed already" in refused.err
    entry = cast.last()
    assert entry["kind"] == "release.refused"
    assert entry["body"]["digest"] != cast.digest
    assert cast.done("log", "verify", "--deep").out.startswith("intact")


def test_owners_are_named_once_for_ever(cast: Cast) -> None:
    before = cast.everything()
    again = cast("registry", "init", "--owner=dora=dora")
    assert again.code == 2
    assert "error[WB132]: the registry has owners already" in again.err
    assert "key trust" in again.err
    assert cast.everything() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--owner=ann",), "'ann' names no owner"),
        (("--owner=ann=",), "'ann=' names no owner"),
        (("--owner==ann",), "'=ann' names no owner"),
        (("--owner=ann=nobody",), "nobody names no public key"),
        (("--owner=ann=ann", "--owner=ben=ann"), "one key is named twice"),
        (("--owner=ann=ann", "--threshold=2"), "2 of 1 owners can never sign"),
        (("--owner=ann=ann", "--owner=ann=ben", "--threshold=2"), "2 of 1 owners"),
        (("--owner= ann=ann",), "' ann' is not a name"),
        (("--owner=ann=ann", "--origin=a+b"), "is no name for a log"),
        ((), "missing option '--owner'"),
    ],
)
def test_owners_that_do_not_fit_together(
    words: tuple[str, ...], said: str, ownerless: Cast
) -> None:
    found = ownerless("registry", "init", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert not (ownerless.store / "registry.db").exists()


def test_a_private_key_is_not_handed_around(ownerless: Cast) -> None:
    found = ownerless("registry", "init", f"--owner=ann={ownerless.keys / 'ann.key'}")
    assert found.code == 2
    assert "holds a private key" in found.err


def test_a_dry_run_begins_nothing(ownerless: Cast) -> None:
    before = ownerless.everything()
    found = ownerless.done("registry", "init", "--owner=ann=ann", "--dry-run")
    assert (found.out, found.err) == ("", "the registry would have 1 owners; nothing was written\n")
    assert ownerless.everything() == before


@pytest.mark.parametrize(
    "words",
    [
        ("sign", RELEASE, "--key=ann"),
        ("attest", RELEASE, "--key=ann", "--predicate=said.json", "--type=https://example.com/t"),
        ("check", RELEASE, "--sign", "--key=ann"),
        ("verify", RELEASE),
        ("verify", "."),
        ("key", "trust", "bea", "--person=bea", "--role=builder", "--key=ann"),
        ("key", "revoke", "ann", "--reason=lost", "--key=ann"),
        ("log", "show"),
        ("log", "prove", "0"),
        ("log", "verify"),
        ("registry", "status"),
    ],
    ids=" ".join,
)
def test_without_owners_it_says_how_to_name_them(words: tuple[str, ...], ownerless: Cast) -> None:
    (ownerless.folder.parent / "said.json").write_text("{}")
    said = [word.replace("said.json", "../said.json") for word in words]
    ownerless.done("seal")
    before = ownerless.everything()
    names = [word.removeprefix("--key=") for word in words if word.startswith("--key=")]
    found = ownerless(*(word for word in said if not word.startswith("--key=")), by=" ".join(names))
    assert (found.code, found.out) == (2, "")
    assert "error[WB134]: the registry has no owners yet" in found.err
    assert "weighbridge registry init --owner PERSON=KEY" in found.err
    assert ownerless.everything() == before


def test_the_standing_as_plain_values(cast: Cast) -> None:
    cast.trust("mia", "ml-lead", "--until=2027-01-01T00:00:00Z", by="ann")
    cast.revoke("carl")
    found = cast.done("registry", "status", "--output-format=json").json
    log = found.pop("log")
    keys = {key["person"]: key for key in found.pop("keys")}
    assert found == {
        "schemaVersion": 1,
        "owners": ["ann", "ben"],
        "threshold": 2,
        "waiting": [
            {
                "action": "key.trust",
                "subject": "key of mia",
                "subjectDigest": cast.spki("mia"),
                "signers": ["ann"],
                "missing": 1,
            }
        ],
        "identities": [],
        "releases": 1,
        "archived": 0,
        "erased": 0,
        "held": [],
        "store": {"address": None, "encrypted": False},
    }
    assert keys["carl"] == {
        "keyDigest": cast.spki("carl"),
        "person": "carl",
        "roles": ["checker"],
        "from": None,
        "until": None,
        "revokedAt": log["time"],
        "reason": "lost",
    }
    assert log.keys() == {"origin", "size", "root", "time", "key"}
    assert (log["origin"], log["size"]) == ("example.com/log", 6)
