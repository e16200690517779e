from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import STORE
from tests.usecases.workshop import WEIGHTS, commit, safetensors, sha256
from weighbridge.probes import open_file
from weighbridge.probes.open_file import FileSource
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Bench, Ran

LARGE = safetensors(*map(float, range(20_000)))
BAD = LARGE[:-1] + b"\x01"
MODEL = "weights/model.safetensors"
FILE = f"{STORE}/cache/files.db"


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count files as settled, though they were written just now."""
    monkeypatch.setattr(open_file, "_SETTLED", -1_000_000_000)


def enlarge(bench: Bench) -> None:
    """Give the release weights that are worth remembering."""
    (bench.folder / MODEL).write_bytes(LARGE)
    bench.edit(sha256(WEIGHTS), sha256(LARGE))
    bench.edit(f"size: {len(WEIGHTS)}", f"size: {len(LARGE)}")
    bench.edit('version: "1.0.0"', 'version: "2.0.0"')
    commit(bench.folder)


@pytest.fixture
def large(bench: Bench) -> Bench:
    """Seal a release with large weights, so that there is a registry."""
    enlarge(bench)
    assert bench("seal").code == 0
    return bench


def check(bench: Bench, *words: str) -> Ran:
    return bench("check", "--output-format=json", *words)


def cached(found: Ran) -> set[str]:
    """Name the inputs whose digests came from the cache."""
    return {entry["name"] for entry in found.json["inputs"] if entry["cached"]}


def seen(found: Ran) -> str:
    """Say which digest the weights have."""
    (digest,) = (entry["digest"] for entry in found.json["inputs"] if entry["name"] == MODEL)
    return str(digest)


def test_a_large_file_that_did_not_change_is_not_read_again(large: Bench) -> None:
    first = check(large)
    assert (first.code, cached(first), seen(first)) == (0, set(), sha256(LARGE))
    again = check(large)
    # The labels are a small file, which is read each time.
    assert (again.code, cached(again), seen(again)) == (0, {MODEL}, sha256(LARGE))
    assert again.out.replace('"cached": true', '"cached": false') == first.out


def test_the_paranoid_read_everything(large: Bench) -> None:
    check(large)
    for _ in range(2):
        found = check(large, "--paranoid")
        assert (found.code, cached(found)) == (0, set())
    assert cached(check(large)) == {MODEL}


def test_the_paranoid_leave_nothing_behind(large: Bench) -> None:
    check(large, "--paranoid")
    assert not (large.folder / FILE).exists()
    assert cached(check(large)) == set()


def test_a_change_is_noticed(large: Bench) -> None:
    check(large)
    before = (large.folder / MODEL).stat()
    (large.folder / MODEL).write_bytes(BAD)
    os.utime(large.folder / MODEL, ns=(before.st_atime_ns, before.st_mtime_ns))
    for again in (False, True):
        found = check(large)
        codes = {finding["code"] for finding in found.json["findings"]}
        assert (found.code, seen(found)) == (1, sha256(BAD))
        assert "INT001" in codes
        assert cached(found) == ({MODEL} if again else set())


def test_where_there_is_no_registry_nothing_is_remembered(bench: Bench) -> None:
    enlarge(bench)
    for _ in range(2):
        assert cached(check(bench)) == set()
    assert not (bench.folder / STORE).exists()


def test_a_sealed_release_is_read_from_its_bytes_each_time(large: Bench) -> None:
    check(large)
    for _ in range(2):
        assert cached(check(large, "demo@2.0.0")) == set()


@pytest.mark.parametrize("data", [b"", b"garbage" * 100])
def test_a_damaged_cache_is_not_worth_a_word(large: Bench, data: bytes) -> None:
    first = check(large)
    (large.folder / FILE).write_bytes(data)
    again = check(large)
    assert (again.code, again.out, again.err) == (first.code, first.out, first.err)


@pytest.fixture
def poisoned(cast: Cast) -> Cast:
    """Have a cache say of changed weights that they are those that were sealed and signed."""
    enlarge(cast)
    cast.done("seal")
    cast.done("sign", "demo@2.0.0", by="bea")
    cast.done("check", ".")
    (cast.folder / MODEL).write_bytes(BAD)
    commit(cast.folder)
    source = WorkTree(cast.folder).open(MODEL)
    assert isinstance(source, FileSource)
    with source, closing(sqlite3.connect(cast.folder / FILE)) as database, database:
        row = (source.identity(), sha256(LARGE))
        database.execute("INSERT INTO files (identity, digest) VALUES (?, ?)", row)
    return cast


def test_a_poisoned_cache_fools_a_plain_check_which_says_so(poisoned: Cast) -> None:
    found = check(poisoned, ".")
    assert (found.code, cached(found), seen(found)) == (0, {MODEL}, sha256(LARGE))


def test_a_poisoned_cache_fools_no_paranoid(poisoned: Cast) -> None:
    found = check(poisoned, ".", "--paranoid")
    assert (found.code, cached(found), seen(found)) == (1, set(), sha256(BAD))
    assert "INT001" in {finding["code"] for finding in found.json["findings"]}


def test_a_poisoned_cache_fools_nobody_who_only_reads(poisoned: Cast) -> None:
    for verb in ("digest", "scan"):
        (file,) = poisoned(verb, MODEL, "--output-format=json").json["files"]
        assert file["digest"] == sha256(BAD)
    assert sha256(BAD) in poisoned("capture").out


def test_a_poisoned_cache_fools_no_verification(poisoned: Cast) -> None:
    found = poisoned("verify", ".", "--output-format=json")
    (problem,) = found.json["problems"]
    assert (found.code, problem["code"], problem["subject"]) == (1, "INT001", MODEL)
    assert problem["seen"] == sha256(BAD)


@pytest.mark.parametrize("words", [("seal",), ("seal", "--dry-run")])
def test_a_poisoned_cache_is_not_sealed(poisoned: Cast, words: tuple[str, ...]) -> None:
    found = poisoned(*words)
    assert found.code not in {0, 70}
    assert sha256(BAD) in found.err


def test_a_poisoned_cache_is_not_signed(poisoned: Cast) -> None:
    for words in (("check", ".", "--sign"), ("sign", ".")):
        found = poisoned(*words, by="carl" if "check" in words else "bea")
        assert found.code not in {0, 70}, words
    # What was sealed is signed by its bytes, and those the cache knows nothing of.
    found = poisoned.done("check", "demo@2.0.0", "--sign", "--output-format=json", by="carl")
    assert (cached(found), seen(found)) == (set(), sha256(LARGE))
