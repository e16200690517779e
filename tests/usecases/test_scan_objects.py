from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.probes.s3_server import BUCKET, Store, serving
from tests.usecases.workshop import EVIL_PICKLE, WEIGHTS, run_apart, safetensors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.usecases.workshop import Bench, Ran

FILES = {
    "model.safetensors": WEIGHTS,
    "large.safetensors": safetensors(*map(float, range(30_000))),
    "deep/er/evil.pkl": EVIL_PICKLE,
    "deep/.hidden": b"what is this?\n",
    "promised.gguf": WEIGHTS,
    "empty": b"",
}


@pytest.fixture
def store(run: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Serve a bucket, and lay out what is in it below a folder of its name."""
    with serving() as store:
        for name, value in store.environ.items():
            monkeypatch.setenv(name, value)
        for key, data in FILES.items():
            store.objects[f"m/{key}"] = data
            place = run.folder / "m" / key
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        yield store


def same(there: Ran, here: Ran) -> bool:
    """Tell whether two runs said the same of objects and of files."""
    assert here.out
    said = there.out.replace(f"s3://{BUCKET}/", "")
    return (there.code, said, there.err) == (here.code, here.out, here.err)


@pytest.mark.parametrize("verb", ["scan", "digest"])
@pytest.mark.parametrize("output_format", ["text", "json"])
@pytest.mark.parametrize("path", ["m", "m/deep", "m/large.safetensors", "m/deep/er/evil.pkl"])
def test_objects_are_read_like_files(
    run: Bench, store: Store, verb: str, output_format: str, path: str
) -> None:
    words = ("--output-format", output_format)
    assert same(run(verb, f"s3://{BUCKET}/{path}", *words), run(verb, path, *words))
    assert {one.key for one in store.asked if one.method == "GET"} - {""} <= store.objects.keys()


@pytest.mark.parametrize("words", [("scan", "--output-format=json"), ("digest",)])
@pytest.mark.parametrize("engine", ["processes:1", "processes:2"])
def test_other_processes_read_objects_like_files(
    run: Bench, store: Store, words: tuple[str, ...], engine: str
) -> None:
    here = run_apart(run.folder, *words, "m", "--engine", "here")
    environ = {"WEIGHBRIDGE_ENGINE": engine}
    there = run_apart(run.folder, *words, f"s3://{BUCKET}/m", environ=environ)
    assert same(there, here)
    assert None not in {one.range for one in store.asked if one.method == "GET" and one.key}


def test_a_whole_bucket_is_scanned(run: Bench, store: Store) -> None:
    for address in (f"s3://{BUCKET}", f"s3://{BUCKET}/"):
        found = run("scan", address, "--output-format=json").json["files"]
        assert {entry["path"] for entry in found} == {
            f"s3://{BUCKET}/{key}" for key in store.objects
        }


def test_what_is_not_there_is_said(run: Bench, store: Store) -> None:
    found = run("scan", f"s3://{BUCKET}/nowhere")
    assert (found.code, found.out) == (2, "")
    assert "holds no file" in found.err
    store.refusals[""] = 403
    found = run("digest", f"s3://{BUCKET}/m")
    assert (found.code, found.out) == (2, "")
    assert "cannot be listed" in found.err


def test_no_digest_is_given_of_a_part(run: Bench, store: Store) -> None:
    store.refusals["m/large.safetensors"] = 403
    found = run("digest", f"s3://{BUCKET}/m")
    assert (found.code, found.out) == (2, "")
    assert "large.safetensors" in found.err
    found = run("scan", f"s3://{BUCKET}/m", "--output-format=json")
    assert found.code == 1  # the evil pickle was read all the same
    statuses = {entry["path"]: entry["status"] for entry in found.json["files"]}
    assert statuses[f"s3://{BUCKET}/m/large.safetensors"] == "error"


def test_folders_of_version_control_are_left_out(run: Bench, store: Store) -> None:
    store.objects["m/.git/config"] = b"[core]\n"
    (run.folder / "m/.git").mkdir()
    (run.folder / "m/.git/config").write_bytes(b"[core]\n")
    assert same(run("digest", f"s3://{BUCKET}/m"), run("digest", "m"))
    there, here = run("scan", f"s3://{BUCKET}/m"), run("scan", "m")
    assert "left out: s3://models/m/.git" in there.err
    assert there.out.replace(f"s3://{BUCKET}/", "") == here.out
