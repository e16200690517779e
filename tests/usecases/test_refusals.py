"""Who or what is refused, each with its name: none of it leaves a trace but the refusal."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.children import NOBODY, public_folder, tell_as_nobody
from tests.identities import passphrase_fd
from tests.usecases.cast import PASSPHRASES, RELEASE, assert_no_secret
from weighbridge.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.cast import Cast

WRITING = [
    ("sign", RELEASE),
    ("check", RELEASE, "--sign"),
    ("key", "trust", "mia", "--person=mia", "--role=sre"),
    ("key", "revoke", "bea", "--reason=lost"),
]


def test_an_unknown_key(cast: Cast) -> None:
    found = cast("sign", RELEASE, by="dora")
    assert (found.code, found.out) == (4, "")
    assert "error[WB170]: the signature does not count: unknown key" in found.err
    assert f"seen    {cast.spki('dora')}" in found.err
    assert "help:  if the key is right, an owner trusts it: `weighbridge key trust" in found.err
    assert cast.kinds()[4:] == ["evidence.refused"]
    assert cast.last()["body"] == {
        "predicateType": "https://weighbridge.dev/release/v1",
        "reason": "unknown-key",
        "release": cast.digest,
        "signer": cast.spki("dora"),
        "subjects": [cast.digest],
    }
    assert cast.verify().json["signers"] == []


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_a_wrong_passphrase(words: tuple[str, ...], cast: Cast) -> None:
    before = cast.everything()
    with passphrase_fd("not it"):
        code = main([*words, "--key=ann"])
    assert code == 4
    assert cast.everything() == before


@pytest.mark.usefixtures("cast")
def test_a_wrong_passphrase_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    with passphrase_fd("hunter2"):
        main(["sign", RELEASE, "--key=bea"])
    said = capsys.readouterr()
    assert "error[WB161]: that is not the passphrase of" in said.err
    assert "hunter2" not in said.out + said.err


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_a_key_others_may_read(words: tuple[str, ...], cast: Cast) -> None:
    (cast.keys / "ann.key").chmod(0o640)
    before = cast.everything()
    found = cast(*words, by="ann")
    assert (found.code, found.out) == (2, "")
    assert "ann.key may be read by others" in found.err
    assert cast.everything() == before


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_a_log_key_others_may_read(words: tuple[str, ...], cast: Cast) -> None:
    (cast.store / "log.key").chmod(0o644)
    before = cast.entries()
    found = cast(*words, by="ann")
    assert (found.code, found.out) == (2, "")
    assert "log.key may be read by others" in found.err
    assert cast.entries() == before


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_a_log_key_that_is_gone(words: tuple[str, ...], cast: Cast) -> None:
    (cast.store / "log.key").unlink()
    before = cast.entries()
    found = cast(*words, by="ann")
    assert (found.code, found.out) == (2, "")
    assert "log.key is not there" in found.err
    assert cast.entries() == before


@pytest.fixture
def closed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Copy keys and registry to where another user may read the registry, and only read it."""
    with public_folder() as folder:
        shutil.copytree(cast.keys, folder / "keys")
        shutil.copytree(cast.store, folder / "registry")
        for path in [folder / "registry", *(folder / "registry").rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        if os.geteuid() == 0:
            for path in [folder / "keys", *(folder / "keys").iterdir()]:
                os.chown(path, NOBODY, NOBODY)
        monkeypatch.setenv("WEIGHBRIDGE_KEYS", str(folder / "keys"))
        monkeypatch.chdir(folder)
        yield folder


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_a_registry_that_may_not_be_written_to(
    words: tuple[str, ...], closed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def act() -> str:
        with passphrase_fd(PASSPHRASES["ann"]):
            code = main([*words, "--key=ann", "--registry=registry"])
        return json.dumps([code, *capsys.readouterr()])

    before = contents(closed)
    code, out, err = json.loads(tell_as_nobody(act))
    assert (code, out) == (3, "")
    assert f"error[WB133]: {closed}/registry/blobs" in err
    assert "permission denied" in err
    assert contents(closed) == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("verify", RELEASE), 1, "not verified: demo@1.0.0"),
        (("log", "verify", "--deep"), 0, "intact: 4 entries"),
        (("log", "prove", "3"), 0, "c2sp.org/tlog-proof@v1"),
        (("registry", "status"), 0, "ann, ben; 2 of 2 must sign a change"),
        (("registry", "fsck"), 0, "sound: "),
    ],
)
def test_what_only_reads_needs_no_permission_to_write(
    words: tuple[str, ...],
    code: int,
    said: str,
    closed: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def act() -> str:
        code = main([*words, "--registry=registry"])
        return json.dumps([code, *capsys.readouterr()])

    before = contents(closed)
    found, out, err = json.loads(tell_as_nobody(act))
    assert (found, err) == (code, "")
    assert said in out
    assert contents(closed) == before


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "words",
    [*WRITING, ("verify", RELEASE), ("log", "verify"), ("registry", "status")],
    ids=" ".join,
)
def test_a_registry_of_a_newer_version(words: tuple[str, ...], cast: Cast) -> None:
    cast.execute("PRAGMA user_version = 99")
    before = cast.everything()
    found = cast(*words, by="ann" if words in WRITING else "")
    assert (found.code, found.out) == (2, "")
    assert "was written by a newer weighbridge" in found.err
    assert "help:  upgrade weighbridge" in found.err
    assert cast.everything() == before


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_a_clock_that_went_back(words: tuple[str, ...], cast: Cast) -> None:
    before = cast.entries()
    cast.clock.set("2025-12-31T00:00:00Z")
    found = cast(*words, by="ann")
    assert (found.code, found.out) == (3, "")
    assert "error[WB136]: the clock is behind the newest entry of the ledger" in found.err
    assert "wanted  2026-01-01T00:03:00Z or later" in found.err
    assert cast.entries() == before


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_a_ledger_that_is_damaged(words: tuple[str, ...], cast: Cast) -> None:
    cast.execute("UPDATE entry SET body = CAST(replace(body, 'ann', 'eve') AS BLOB) WHERE idx = 0")
    found = cast(*words, by="ann")
    assert (found.code, found.out) == (1, "")
    assert "error[WB135]: entry 0 is not what was logged" in found.err


def test_no_secret_is_left_anywhere(cast: Cast) -> None:
    """The cast looks at all that commands say and leave behind; here, that it would find one."""
    with pytest.raises(AssertionError):
        assert_no_secret(f"x {PASSPHRASES['ann']} y".encode())
    cast.trust("mia", "sre", "-v")
    cast("sign", RELEASE, "-v", by="dora")
    held = [path.read_bytes() for path in cast.store.rglob("*") if path.is_file()]
    assert len(held) > 10
    assert b"PRIVATE KEY" not in b"".join(
        path.read_bytes()
        for path in cast.store.rglob("*")
        if path.is_file() and path.name != "log.key"
    )
