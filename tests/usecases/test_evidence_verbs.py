from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.usecases.promoted import FIRST, promoted, promoted_folder
from tests.usecases.workshop import clean_environ, command

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted
    from tests.usecases.workshop import Bench, Ran

__all__ = ["promoted", "promoted_folder"]

PACK = "demo-1.0.0-production.tar"


def export(run: Bench, promoted: Promoted, *words: str) -> Ran:
    where = ("--registry", str(promoted.folder / ".weighbridge"))
    return run(*where, "evidence", "export", FIRST, "--to", "production", *words)


@pytest.fixture
def packed(run: Bench, promoted: Promoted) -> Bench:
    """Stand in a folder with a pack and the log's public key, and nothing else."""
    assert export(run, promoted).code == 0
    (run.folder / "log.pub").write_text(promoted.registry.log_key + "\n")
    return run


def test_a_promotion_is_exported_under_its_name(run: Bench, promoted: Promoted) -> None:
    found = export(run, promoted)
    assert (found.code, found.out) == (0, f"{PACK}\n")
    assert found.err == f"check it anywhere: weighbridge evidence verify {PACK} --key log.pub\n"
    assert run.files().keys() == {PACK}


def test_a_pack_is_written_where_one_wants_it(run: Bench, promoted: Promoted) -> None:
    assert export(run, promoted, "--output", "pack.tar").out == "pack.tar\n"
    assert run.files().keys() == {"pack.tar"}


def test_an_unknown_entry_is_not_exported(run: Bench, promoted: Promoted) -> None:
    found = export(run, promoted, "--entry", "0")
    assert (found.code, found.out) == (2, "")
    assert "error[WB130]: demo was never promoted to production by entry 0\n" in found.err
    assert run.files() == {}


def test_a_pack_is_verified_with_nothing_but_the_key(packed: Bench) -> None:
    found = packed("evidence", "verify", PACK, "--key", "log.pub")
    assert (found.code, found.err) == (0, "")
    assert "  approve by cat (ml-lead) at 2026-02-01" in found.out
    assert "\nverified: demo@1.0.0 to production  sha256:" in found.out
    assert packed.files().keys() == {PACK, "log.pub"}


def test_a_pack_is_verified_without_network_or_registry(packed: Bench) -> None:
    done = subprocess.run(
        ["unshare", "-n", *command("evidence", "verify", PACK, "--key", "log.pub")],
        cwd=packed.folder,
        env=clean_environ() | {"WEIGHBRIDGE_HOME": str(packed.folder / "nowhere")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert packed.files().keys() == {PACK, "log.pub"}


def test_programs_read_what_a_pack_tells(packed: Bench) -> None:
    found = packed("evidence", "verify", PACK, "--key", "log.pub", "--output-format=json").json
    assert (found["schemaVersion"], found["ok"], found["problems"]) == (1, True, [])
    promotion = found["promotion"]
    assert (promotion["environment"], promotion["verdict"]) == ("production", "allowed")
    assert [act["person"] for act in promotion["acts"]] == ["cat", "dora"]
    assert promotion["generation"] == 1
    assert promotion["previous"] is None


def test_a_changed_pack_fails_and_says_where(packed: Bench) -> None:
    path = packed.folder / PACK
    path.write_bytes(path.read_bytes().replace(b"dora", b"mona"))
    found = packed("evidence", "verify", PACK, "--key", "log.pub")
    assert (found.code, found.err) == (1, "")
    assert found.out.startswith("error[WB137]: pack: its index is not that of its files: report.")
    assert found.out.endswith("\nnot verified: 1 problem\n")
    document = packed("evidence", "verify", PACK, "--key", "log.pub", "--output-format=json")
    assert document.code == 1
    assert json.loads(document.out)["promotion"] is None


@pytest.mark.parametrize("data", [b"", b"x" * 2000, b"\0" * 1024, b"PK\x03\x04"])
def test_another_file_is_no_pack(data: bytes, packed: Bench) -> None:
    (packed.folder / "other").write_bytes(data)
    found = packed("evidence", "verify", "other", "--key", "log.pub")
    assert (found.code, found.err) == (1, "")
    assert found.out.startswith("error[WB137]: pack: ")


def test_a_pack_that_is_not_there_is_a_usage_error(packed: Bench) -> None:
    found = packed("evidence", "verify", "nowhere", "--key", "log.pub")
    assert (found.code, found.out) == (2, "")
    assert "error[WB102]: nowhere cannot be read: no such file" in found.err


def test_a_key_that_is_none_is_a_usage_error(packed: Bench) -> None:
    found = packed("evidence", "verify", PACK, "--key", PACK)
    assert (found.code, found.out) == (2, "")
    assert f"error[WB102]: {PACK} holds no log key" in found.err
