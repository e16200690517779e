"""What every version wrote, read by the code of today; always a copy, as reading may migrate."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from scripts.sample_release import safetensors, write_release
from tests.kept.reader import RELEASE
from tests.kept.sets import unpack
from tests.usecases.workshop import commit
from weighbridge.codec.build_record import read_build_record
from weighbridge.codec.canonical import section_digests
from weighbridge.codec.manifest import read_release
from weighbridge.codec.resolved import sealed_bytes

if TYPE_CHECKING:
    from tests.kept.reader import Reader


def missing(then: Any, now: Any, at: str = "") -> list[str]:  # noqa: ANN401 - any JSON
    """List what was said then and is not now: keys may come, and none may go."""
    if isinstance(then, dict) and isinstance(now, dict):
        return [
            said
            for key, value in then.items()
            for said in (missing(value, now[key], f"{at}/{key}") if key in now else [f"{at}/{key}"])
        ]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [
            said
            for index, (one, other) in enumerate(zip(then, now, strict=True))
            for said in missing(one, other, f"{at}/{index}")
        ]
    return [] if then == now else [at]


def pointers(status: dict[str, Any]) -> list[Any]:
    """List what pointers hold, and since when; what is judged of it depends on the day."""
    keys = ("environment", "name", "version", "release", "generation", "since", "by", "held")
    return [{key: one[key] for key in keys} for one in status["pointers"]]


def test_what_is_missing_is_seen() -> None:
    assert missing({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2, "c": 3}], "d": 4}) == []
    assert missing({"a": [1, {"b": 2}], "e": 1}, {"a": [1, {}]}) == ["/a/1/b", "/e"]
    assert missing([1], [1, 2]) == [""]


def test_the_registry_is_sound_and_says_what_it_said(kept: Reader) -> None:
    key = f"--log-key={kept.set / 'log.pub'}"
    since = f"--since={kept.set / 'checkpoint'}"
    assert kept.asked("log", "verify", "--deep", key, since)["ok"]
    kept.asked("registry", "fsck")
    assert pointers(kept.asked("status")) == pointers(kept.then("status"))
    assert missing(kept.then("verify"), kept.asked("verify", RELEASE, key)) == []
    assert missing(kept.then("log"), kept.asked("log", "show")) == []


def test_sealed_bytes_are_sealed_to_the_same_bytes(kept: Reader) -> None:
    for release in ("kept@1.0.0", RELEASE):
        digest = kept.asked("show", release)["digest"]
        name = digest.removeprefix("sha256:")
        stored = (kept.registry / "blobs/sha256" / name[:2] / name[2:]).read_bytes()
        read, _ = read_release(stored, "manifest.json")
        assert sealed_bytes(read) == stored


def test_the_registry_goes_on(kept: Reader) -> None:
    write_release(kept.folder / "next", "model.safetensors", safetensors())
    kept.asked("seal", "next")
    key, since = f"--log-key={kept.set / 'log.pub'}", f"--since={kept.set / 'checkpoint'}"
    found = kept.asked("log", "verify", "--deep", key, since)
    assert found["ok"]
    assert len(kept.asked("log", "show")["entries"]) == len(kept.then("log")["entries"]) + 1


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_packs_verify_by_the_log_key_alone(kept: Reader, environment: str) -> None:
    pack = unpack(kept.version, environment, kept.folder / "pack.tar")
    found = kept("evidence", "verify", str(pack), f"--key={kept.set / 'log.pub'}")
    assert (found.code, found.err) == (0, "")
    changed = bytearray(pack.read_bytes())
    changed[len(changed) // 2] ^= 1
    pack.write_bytes(changed)
    assert kept("evidence", "verify", str(pack), f"--key={kept.set / 'log.pub'}").code == 1


def test_exported_tiles_and_proofs_verify(kept: Reader) -> None:
    key = f"--log-key={kept.set / 'log.pub'}"
    tiles = unpack(kept.version, "tiles", kept.folder / "tiles")
    assert kept("log", "verify", str(tiles), key).code == 0
    assert kept("log", "verify", str(kept.set / "entry-0.proof"), key).code == 0


def test_a_backup_is_restored(kept: Reader) -> None:
    backup = unpack(kept.version, "backup", kept.folder / "backup.tar")
    place = kept.folder / "restored"
    kept.asked("registry", "restore", str(backup), registry=place)
    assert pointers(kept.asked("status", registry=place)) == pointers(kept.then("status"))
    kept.asked("registry", "fsck", registry=place)


def test_a_packed_release_is_pulled_and_its_authored_form_seals_to_the_same_sections(
    kept: Reader,
) -> None:
    layout = unpack(kept.version, "layout", kept.folder / "layout")
    files, place = kept.folder / "files", kept.folder / "new"
    kept.asked("pull", f"oci:{layout}", f"--output={files}", registry=place)
    pulled = kept.asked("show", RELEASE, registry=place)
    assert pulled["digest"] == kept.asked("show", RELEASE)["digest"]
    shutil.copytree(kept.set / "authored", files, dirs_exist_ok=True)
    commit(files)
    sealed = kept.asked("seal", str(files), registry=kept.folder / "other")["sections"]
    then = section_digests(pulled["manifest"])
    assert {name for name in then if then[name] != sealed[name]} <= {"source"}


def test_authored_documents_are_read(kept: Reader) -> None:
    shutil.copytree(kept.set / "authored", kept.folder, dirs_exist_ok=True)
    for path in ("policies/production", "house"):
        ran = kept("policy", "test", path)
        assert ran.code == 0, ran.err
    assert "kept@1" in kept("template", "list").out
    settings = kept("config", "--output-format=json").json
    assert "catalogue" in json.dumps(settings)
    ran = kept("policy", "test", "policies/staging", f"--registry={kept.registry}")
    assert ran.code == 0, ran.err


def test_a_record_of_a_build_and_a_bill_are_read(kept: Reader) -> None:
    record = read_build_record((kept.set / "build.json").read_bytes())
    assert [one.path for one in record.outputs] == ["built.txt"]
    assert kept("sbom", str(kept.set / "sbom.json")).code == 0
