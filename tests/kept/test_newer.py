"""What a later version wrote is refused by this one, by name, and never guessed at."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import tarfile
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.kept.sets import unpack
from weighbridge.packing.evidence_pack import INDEX
from weighbridge.packing.tar import read_tar, write_tar

if TYPE_CHECKING:
    from tests.kept.reader import Reader
    from tests.usecases.workshop import Ran


def refused(ran: Ran, code: str, exit_code: int) -> None:
    assert ran.code == exit_code, ran.out + ran.err
    assert f"error[{code}]" in ran.out + ran.err
    assert "upgrade weighbridge" in ran.out + ran.err


def test_a_registry(kept: Reader) -> None:
    with closing(sqlite3.connect(kept.registry / "registry.db")) as database:
        database.execute("PRAGMA user_version = 99")
    refused(kept("status", f"--registry={kept.registry}"), "WB132", 2)


def test_a_pack(kept: Reader) -> None:
    pack = unpack(kept.version, "production", kept.folder / "pack.tar")
    files = dict(read_tar(pack.read_bytes()))
    files[INDEX] = json.dumps(json.loads(files[INDEX]) | {"schemaVersion": 99}).encode()
    pack.write_bytes(write_tar(files))
    refused(kept("evidence", "verify", str(pack), f"--key={kept.set / 'log.pub'}"), "WB137", 1)


def test_a_backup(kept: Reader) -> None:
    backup = unpack(kept.version, "backup", kept.folder / "backup.tar")
    data, stream = backup.read_bytes(), io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(data)) as old,
        tarfile.open(fileobj=stream, mode="w") as new,
    ):
        for member in old:
            file = old.extractfile(member)
            assert file is not None
            content = file.read()
            if b'"RegistryBackup"' in content:
                content = json.dumps(json.loads(content) | {"version": 99}).encode()
                member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    backup.write_bytes(stream.getvalue())
    ran = kept("registry", "restore", str(backup), f"--registry={kept.folder / 'restored'}")
    refused(ran, "WB137", 1)
    assert not (kept.folder / "restored/registry.db").exists()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("release.yaml", ("check",)),
        ("catalogue/kept@1.yaml", ("check",)),
        ("policies/production/policy.yaml", ("policy", "test", "policies/production")),
        ("house/rules.yaml", ("policy", "test", "house")),
        ("environments/staging.yaml", ("env", "apply", "environments/staging.yaml", "--dry-run")),
    ],
)
def test_a_document(kept: Reader, path: str, words: tuple[str, ...]) -> None:
    shutil.copytree(kept.set / "authored", kept.folder, dirs_exist_ok=True)
    kept.edit("weighbridge.dev/v1", "weighbridge.dev/v2", path)
    ran = kept(*words, f"--registry={kept.registry}")
    assert ran.code == 2, ran.out + ran.err
    assert "this is written for a newer weighbridge: weighbridge.dev/v2" in ran.err
    assert "upgrade weighbridge" in ran.err
