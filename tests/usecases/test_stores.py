"""The whole way of a release whose blobs lie elsewhere, or encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.age_files import IDENTITY_TEXT, RECIPIENT_TEXT
from tests.object_stores import Conduct, real_store, storing
from tests.probes.s3_server import BUCKET, Store
from tests.usecases.workshop import LABELS, sha256

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.cast import Cast

ADDRESS = f"s3://{BUCKET}/team/demo"


@pytest.fixture(scope="module")
def bucket() -> Iterator[tuple[Store, Conduct]]:
    with storing() as (store, conduct), pytest.MonkeyPatch.context() as patch:
        for name, value in store.environ.items():
            patch.setenv(name, value)
        yield store, conduct


@pytest.fixture
def store(bucket: tuple[Store, Conduct]) -> Store:
    bucket[0].objects.clear()
    return bucket[0]


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    path = tmp_path / "identity"
    path.write_text(f"# mine\n{IDENTITY_TEXT}\n")
    path.chmod(0o600)
    return path


def set_store(cast: Cast, *lines: str) -> None:
    (cast.folder / "weighbridge.toml").write_text("".join(f"{line}\n" for line in lines))


def whole_way(cast: Cast) -> None:
    """Seal, own, trust, check, sign, verify and clear away."""
    cast.done("seal")
    cast.begin("ann", "ben", threshold=2)
    for name, role in (("bea", "builder"), ("carl", "checker")):
        assert cast.trust(name, role).code == 0
    cast("check", "demo@1.0.0", "--sign", by="carl")
    cast.done("sign", "demo@1.0.0", by="bea")
    for words in (
        ("verify", "demo@1.0.0"),
        ("log", "verify", "--deep"),
        ("registry", "fsck"),
        ("registry", "gc", "--grace=0s"),
        ("verify", "demo@1.0.0"),
        ("registry", "fsck"),
    ):
        cast.done(*words)


def test_the_whole_way_in_an_object_store(ownerless: Cast, store: Store) -> None:
    set_store(ownerless, f'store = "{ADDRESS}"')
    whole_way(ownerless)
    assert not (ownerless.store / "blobs").exists()
    assert {key.split("/")[2] for key in store.objects} == {"sha256", "weighbridge-store"}
    (ownerless.folder / "weighbridge.toml").unlink()
    ownerless.done("verify", "demo@1.0.0")
    status = ownerless.done("registry", "status")
    assert status.out.endswith(f"blobs\n  {ADDRESS}\n")
    found = ownerless.done("registry", "status", "--output-format=json").json
    assert found["store"] == {"address": ADDRESS, "encrypted": False}
    set_store(ownerless, 'store = "elsewhere"')
    refused = ownerless("seal")
    assert refused.code == 2
    assert "the blobs of this registry lie elsewhere" in refused.err


@pytest.mark.slow
def test_other_processes_read_what_lies_in_an_object_store(ownerless: Cast, store: Store) -> None:
    set_store(ownerless, f'store = "{ADDRESS}"')
    ownerless.done("seal")
    here = ownerless("check", "demo@1.0.0", "--output-format=json", "--engine=here")
    store.asked.clear()
    there = ownerless("check", "demo@1.0.0", "--output-format=json", "--engine=processes:2")
    assert (here.code, here.json) == (there.code, there.json)
    assert any(sha256(LABELS)[9:] in one.key for one in store.asked)


@pytest.mark.slow
def test_the_whole_way_in_a_real_object_store(
    ownerless: Cast, identity: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEIGHBRIDGE_AGE_IDENTITY", str(identity))
    (tmp_path / "weed").mkdir()
    with real_store(tmp_path / "weed") as environ:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        recipients = f'encrypt-to = ["{RECIPIENT_TEXT}"]'
        set_store(ownerless, 'store = "s3://releases/team"', recipients)
        whole_way(ownerless)
        status = ownerless.done("registry", "status")
        assert status.out.endswith("blobs\n  s3://releases/team, encrypted\n")


def test_what_is_wrong_in_an_object_store_is_found(ownerless: Cast, store: Store) -> None:
    set_store(ownerless, f'store = "{ADDRESS}"')
    ownerless.done("seal")
    key = next(key for key in store.objects if sha256(LABELS)[9:] in key)
    labels = store.objects.pop(key)
    store.objects["team/demo/README"] = b"foreign"
    found = ownerless("registry", "fsck", "--output-format=json")
    assert found.code == 1
    assert {(one["code"], one["subject"]) for one in found.json["problems"]} == {
        ("INT002", "demo@1.0.0"),
        ("WB132", "README"),
    }
    store.objects[key] = labels[:-1]
    (problem, *_) = ownerless("registry", "fsck", "--output-format=json").json["problems"]
    assert (problem["code"], problem["subject"]) == ("INT001", sha256(LABELS))
    assert ownerless.done("registry", "gc", "--grace=0s").out.startswith("removed: 0 blobs")
    assert {key, "team/demo/README"} <= store.objects.keys()


def test_a_store_without_conditions_says_so(
    ownerless: Cast, store: Store, bucket: tuple[Store, Conduct]
) -> None:
    bucket[1].ignores_conditions = True
    set_store(ownerless, f'store = "{ADDRESS}"')
    ownerless.done("seal")
    bucket[1].ignores_conditions = False
    ownerless.begin("ann", "ben", threshold=2)
    assert "ignores conditions" in ownerless.done("registry", "status").out
    assert store.objects


def test_the_whole_way_encrypted(
    ownerless: Cast, identity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_store(ownerless, f'encrypt-to = ["{RECIPIENT_TEXT}"]')
    monkeypatch.setenv("WEIGHBRIDGE_AGE_IDENTITY", str(identity))
    whole_way(ownerless)
    assert not (ownerless.store / "blobs/sha256").exists()
    assert ownerless.done("registry", "status").out.endswith(
        "blobs\n  in the registry, encrypted\n"
    )
    monkeypatch.delenv("WEIGHBRIDGE_AGE_IDENTITY")
    found = ownerless("registry", "fsck")
    assert (found.code, found.out) == (3, "inconclusive: 0 blobs read\n")
    assert "could not be read" in found.err
    unread = ownerless("registry", "fsck", "--output-format=json").json
    assert (unread["ok"], unread["problems"]) == (False, [])
    assert len(unread["unread"]) == unread["blobs"]
    for words in (("verify", "demo@1.0.0"), ("registry", "gc"), ("show", "demo@1.0.0")):
        refused = ownerless(*words)
        assert refused.code == 3
        assert "WEIGHBRIDGE_AGE_IDENTITY" in refused.err
    identity.chmod(0o644)
    monkeypatch.setenv("WEIGHBRIDGE_AGE_IDENTITY", str(identity))
    assert "may be read by others" in ownerless("verify", "demo@1.0.0").err
    set_store(ownerless)
    assert "encrypt-to names nobody" in ownerless("seal").err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('store = "ftp://x/y"', "store is one of"),
        ("store = 1", "store is one of"),
        ("age-identity = 1", "age-identity is a path"),
        ('encrypt-to = ["age1nobody"]', "no recipient"),
        ("encrypt-to = 1", "encrypt-to is a list of recipients of age"),
    ],
)
def test_what_is_no_setting(ownerless: Cast, line: str, message: str) -> None:
    set_store(ownerless, line)
    found = ownerless("seal")
    assert found.code == 2
    assert message in found.err


def test_paths_are_relative_to_where_they_were_named(
    ownerless: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_store(ownerless, 'store = "there"', 'age-identity = "key"')
    found = ownerless.done("config").out
    assert f"store = {ownerless.folder / 'there'} " in found
    assert f"age-identity = {ownerless.folder / 'key'} " in found
    monkeypatch.setenv("WEIGHBRIDGE_STORE", "gs://bucket/x")
    assert "store = gs://bucket/x " in ownerless.done("config").out
