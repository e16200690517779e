"""`pull`, from image layouts that are good and from those that are not."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.repacked import (
    FILES,
    FORMS,
    nothing_visible,
    pack_of,
    tree,
)
from tests.usecases.workshop import LABELS, LOCK, WEIGHTS, Bench, blob, sha256
from weighbridge.model.oci import FILEPATH

if TYPE_CHECKING:
    from pathlib import Path


# What is good -----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_release_comes_back_as_it_was_sealed(
    form: str, layout: Path, run: Bench, packed_forms: tuple[Path, str]
) -> None:
    found = run("pull", f"oci:layout:{form}", "--output", "deep/out")
    assert (found.code, found.out) == (0, f"{packed_forms[1]}  demo@1.0.0\n")
    manifest = pack_of(layout, "raw").data("release.yaml")
    assert tree(run.folder / "deep/out") == {**FILES, "release.yaml": manifest}
    shutil.rmtree(layout)
    assert run("show", "demo@1.0.0", "--output-format=json").json["digest"] == packed_forms[1]
    assert run("check", "demo@1.0.0").code == 0
    again = run("push", "demo@1.0.0", f"oci:again:{form}", *FORMS[form])
    assert again.code == 0
    assert (run.folder / "again").exists()


def test_a_release_that_is_pushed_on_is_the_same_to_the_byte(layout: Path, run: Bench) -> None:
    for form, words in FORMS.items():
        assert run("pull", f"oci:layout:{form}").code == 0
        assert run("push", "demo@1.0.0", f"oci:again:{form}", *words).code == 0
    assert (layout / "index.json").read_bytes() == (run.folder / "again/index.json").read_bytes()
    assert tree(layout / "blobs") == tree(run.folder / "again/blobs")


def test_a_pull_as_plain_values(layout: Path, run: Bench, packed_forms: tuple[Path, str]) -> None:
    pack = pack_of(layout, "raw")
    found = run("pull", "oci:layout:raw", "--output-format=json").json
    papers = sum(
        one.size
        for one in pack.manifest.layers
        if one.annotations[FILEPATH].startswith(("release.", "tokenizer/deep"))
    )
    assert found == {
        "schemaVersion": 1,
        "name": "demo",
        "version": "1.0.0",
        "digest": packed_forms[1],
        "packedAs": pack.repository.resolve("raw").digest,
        "files": 7,
        "fetched": sum(one.size for one in pack.manifest.layers) - papers,
        "new": True,
        "output": None,
        "evidence": [],
        "unread": [],
    }
    again = run("pull", "oci:layout:tar", "--output-format=json").json
    assert (again["new"], again["fetched"]) == (False, 0)


def test_a_digest_names_what_a_tag_names(
    layout: Path, run: Bench, packed_forms: tuple[Path, str]
) -> None:
    digest = pack_of(layout, "tar").repository.resolve("tar").digest
    assert run("pull", f"oci:layout@{digest}").out == f"{packed_forms[1]}  demo@1.0.0\n"


@pytest.mark.usefixtures("layout")
def test_without_a_tag_there_must_be_only_one(run: Bench) -> None:
    found = run("pull", "oci:layout")
    assert (found.code, found.out) == (2, "")
    assert "holds 3 tags, and none was named" in found.err
    assert "image, raw, tar" in found.err
    run("pull", "oci:layout:raw")
    run("push", "demo@1.0.0", "oci:single")
    assert run("pull", "oci:single").code == 0


@pytest.mark.usefixtures("layout")
def test_a_dry_run_keeps_nothing(run: Bench, packed_forms: tuple[Path, str]) -> None:
    found = run("pull", "oci:layout:tar", "--dry-run", "--output=out")
    assert (found.code, found.out) == (0, f"{packed_forms[1]}  demo@1.0.0\n")
    assert "nothing was stored" in found.err
    nothing_visible(run)
    assert not (run.folder / ".weighbridge").exists()


@pytest.mark.usefixtures("layout")
def test_show_and_verify_read_a_release_where_it_lies(
    run: Bench, packed_forms: tuple[Path, str]
) -> None:
    for form in FORMS:
        shown = run("show", f"oci:layout:{form}", "--output-format=json")
        assert shown.json["digest"] == packed_forms[1]
    found = run("diff", "oci:layout:raw", "oci:layout:tar")
    assert (found.code, found.out) == (2, "")
    assert "weighbridge pull oci:layout:raw" in found.err


@pytest.mark.usefixtures("layout")
def test_what_was_pulled_into_a_folder_is_checked_there(run: Bench) -> None:
    assert run("pull", "oci:layout:raw", "--output=out").code == 0
    seen = run("check", "out", "--output-format=json").json
    assert [one["code"] for one in seen["findings"]] == ["GOV007", "REP004"]
    (run.folder / "out/tokenizer/vocab.txt").write_text("x")
    codes = [one["code"] for one in run("check", "out", "--output-format=json").json["findings"]]
    assert codes == ["GOV007", "INT001", "REP004"]


@pytest.mark.usefixtures("layout")
@pytest.mark.parametrize("kind", ["file", "full", "link"])
def test_a_folder_is_never_written_into(kind: str, run: Bench) -> None:
    out = run.folder / "out"
    if kind == "file":
        out.write_text("precious")
    elif kind == "full":
        out.mkdir()
        (out / "thesis.tex").write_text("precious")
    else:
        (run.folder / "real").mkdir()
        out.symlink_to(run.folder / "real")
    found = run("pull", "oci:layout:raw", "--output=out")
    assert (found.code, found.out) == (2 if kind == "file" else 3, "")
    assert "error[WB" in found.err
    assert not (run.folder / ".weighbridge").exists()


@pytest.mark.usefixtures("layout")
def test_an_empty_folder_will_do(run: Bench) -> None:
    (run.folder / "out").mkdir()
    assert run("pull", "oci:layout:raw", "--output=out").code == 0
    assert (run.folder / "out/labels.json").read_bytes() == LABELS


# What was interrupted ---------------------------------------------------------------------------


def test_what_is_stored_already_is_not_taken_again(layout: Path, run: Bench) -> None:
    pack = pack_of(layout, "raw")
    data = pack.data("labels.json")
    pack.path(pack.layer("labels.json").digest).unlink()
    assert run("pull", "oci:layout:raw").code == 2
    assert run("show", "demo@1.0.0").code == 2
    pack.path(pack.layer("labels.json").digest).write_bytes(data)
    found = run("pull", "oci:layout:raw", "--output-format=json").json
    # Layers come in the order of their paths: what stands before the one that failed is there.
    assert found["fetched"] == len(LABELS) + len(LOCK) + len(WEIGHTS) + 4


@pytest.mark.usefixtures("layout")
def test_a_stored_blob_is_believed_only_if_it_is_whole(run: Bench) -> None:
    assert run("pull", "oci:layout:raw").code == 0
    path = blob(run.folder / ".weighbridge", sha256(WEIGHTS))
    path.chmod(0o644)
    path.write_bytes(WEIGHTS[::-1])
    for form in ("raw", "tar"):
        assert run("pull", f"oci:layout:{form}").code == 0
        assert path.read_bytes() == WEIGHTS
        path.chmod(0o644)
        path.write_bytes(WEIGHTS[::-1])


def test_a_name_that_stands_for_other_bytes_is_refused_before_anything_is_read(
    layout: Path, bench: Bench
) -> None:
    assert layout.parent == bench.folder
    other = bench("seal").out
    found = bench("pull", "oci:layout:raw", "--output=out")
    assert (found.code, found.out) == (1, "")
    assert "error[WB131]: demo@1.0.0 is sealed already, with other contents" in found.err
    assert not (bench.folder / "out").exists()
    assert bench("seal").out == other
