from __future__ import annotations

import json
import shutil
from functools import partial
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.adapters.memory import MemoryRegistry
from tests.usecases.workshop import LOCK, WEIGHTS, blob, lay_out, manifest_text, sha256
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.errors import NotFoundError, UnreadableError
from weighbridge.usecases.references import find_release
from weighbridge.usecases.seal import seal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench
    from weighbridge.model.ports import Transaction


def test_a_sealed_release_needs_nothing_but_its_blobs(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = str(bench.folder.parent / "registry")
    digest = bench("seal", "--registry", registry).out.split()[0]
    monkeypatch.chdir(bench.folder.parent)
    shutil.rmtree(bench.folder)
    for reference in ("demo@1.0.0", digest, digest[:19]):
        found = bench("check", reference, "--registry", registry)
        assert found.code == 0
        assert "\n\npass: " in found.out
    found = bench("check", digest, "--registry", registry, "--output-format", "json")
    assert found.json["release"] == {"name": "demo", "version": "1.0.0", "digest": digest}


@pytest.mark.parametrize("content", [WEIGHTS[:-1] + b"\x07", WEIGHTS[:-1], b""])
def test_a_damaged_blob_is_found(content: bytes, bench: Bench) -> None:
    bench("seal")
    path = blob(bench.folder / ".weighbridge", sha256(WEIGHTS))
    path.chmod(0o644)
    path.write_bytes(content)
    found = bench("check", "demo@1.0.0")
    assert found.code == 1
    assert "error[INT001]" in found.out
    path.unlink()
    assert bench("check", "demo@1.0.0").code in {1, 3}


def test_a_damaged_manifest_is_refused(bench: Bench) -> None:
    digest = bench("seal").out.split()[0]
    path = blob(bench.folder / ".weighbridge", digest)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"house", b"mouse"))
    found = bench("check", "demo@1.0.0")
    assert (found.code, found.out) == (2, "")
    assert "error[WB132]" in found.err


def test_a_sealed_release_cannot_be_sealed(bench: Bench) -> None:
    bench("seal")
    found = bench("seal", "demo@1.0.0")
    assert found.code == 2
    assert "names a sealed release" in found.err


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("demo@2.0.0", "did you mean demo@1.0.0?"),
        ("zzz@9", "seal it: `weighbridge seal`"),
        ("sha256:" + "0" * 64, "the registry holds no release sha256:000"),
        ("sha256:0000", "give at least 12 digits"),
    ],
)
def test_a_release_that_is_not_there_is_said(reference: str, said: str, bench: Bench) -> None:
    bench("seal")
    found = bench("check", reference)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert bench("show", reference).code == bench("diff", reference, ".").code == 2


def test_a_file_of_that_name_comes_before_the_registry(bench: Bench) -> None:
    bench("seal")
    lay_out(bench.folder / "demo@1.0.0", manifest_text().replace("name: demo", "name: file"))
    assert bench("show", "demo@1.0.0").out.startswith("file@1.0.0\n(not sealed)\n")


@pytest.mark.parametrize("content", [None, b"# other\n"])
def test_a_lock_that_is_lost_or_damaged_is_not_passed(content: bytes | None, bench: Bench) -> None:
    bench("seal")
    path = blob(bench.folder / ".weighbridge", sha256(LOCK.encode()))
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert bench("check", "demo@1.0.0").code in {1, 3}


def test_a_sealed_lock_without_a_digest_is_missing(bench: Bench) -> None:
    registry = EmbeddedRegistry(bench.folder / "r")
    text = manifest_text().replace(f', digest: "{sha256(LOCK.encode())}"', "")
    digest = registry.blobs.put(json.dumps(yaml.safe_load(text)).encode())
    registry.change(lambda transaction: transaction.bind("demo", "1.0.0", digest))
    registry.close()
    assert bench("check", "demo@1.0.0", "--registry", "r").code in {1, 3}


def bind(transaction: Transaction, *, version: str, digest: str) -> bool:
    return transaction.bind("demo", version, digest)


def test_the_beginning_of_two_digests_names_none(tmp_path: Path) -> None:
    registry = MemoryRegistry()
    for number in "01":
        digest = "sha256:" + "0" * 63 + number
        registry.change(partial(bind, version=number, digest=digest))
    with pytest.raises(NotFoundError, match="is the beginning of 2 digests"):
        find_release(
            "sha256:" + "0" * 20, registry=registry, start=tmp_path, catalogues=lambda _: []
        )


def test_a_sealed_release_is_not_resolved_again(bench: Bench) -> None:
    bench("seal")
    registry = EmbeddedRegistry(bench.folder / ".weighbridge")
    named = find_release(
        "demo@1.0.0", registry=registry, start=bench.folder, catalogues=lambda _: []
    )
    with pytest.raises(UnreadableError, match="is sealed already"):
        seal(named, registry=registry, environ={})
