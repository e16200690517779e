"""`pull`, from image layouts somebody tampered with."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.packing.releases import digest_of
from tests.usecases.repacked import (
    RELEASE_DIGEST,
    archive,
    pack_of,
    refused,
)
from tests.usecases.workshop import LABELS, Bench
from weighbridge.model.oci import FILEPATH

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


# What is not what it says -----------------------------------------------------------------------


@pytest.mark.parametrize("form", ["raw", "tar"])
@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("release.yaml", "flipped"),
        ("release.yaml", "short"),
        ("release.listings", "flipped"),
        ("release.listings", "long"),
        ("tokenizer", "flipped"),
        ("tokenizer", "empty"),
        ("labels.json", "flipped"),
        ("labels.json", "short"),
        ("labels.json", "long"),
    ],
)
def test_changed_bytes_are_refused(
    how: str, path: str, form: str, layout: Path, run: Bench
) -> None:
    pack = pack_of(layout, form)
    named = [one for one in pack.manifest.layers if one.annotations[FILEPATH].startswith(path)]
    place = pack.path(named[0].digest)
    data = place.read_bytes()
    changed = {
        "flipped": data[:-1] + bytes([data[-1] ^ 1]) if data else b"x",
        "short": data[:-1],
        "long": data + b"x",
        "empty": b"" if data else b"x",
    }[how]
    if changed == data:
        changed = b"y"
    place.write_bytes(changed)
    err = refused(run, form)
    assert "error[WB151]" in err or "error[INT00" in err


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        ("labels.json", b'["cat", "dag"]\n', "INT001"),
        ("labels.json", b"", "INT001"),
        ("tokenizer/vocab.txt", b"a\nc\n", "INT001"),
        ("requirements.lock", b"evil==1.0\n", "INT001"),
    ],
)
def test_other_bytes_under_a_right_digest_are_refused(
    path: str, data: bytes, code: str, layout: Path, run: Bench
) -> None:
    pack_of(layout, "raw").change(path, data)
    err = refused(run, "raw")
    assert f"error[{code}]: {path} is not what was sealed" in err
    assert run("pull", "oci:layout:raw", "--dry-run").code == 1


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({"tokenizer/vocab.txt": b"a\nc\n", "tokenizer/deep/ä": b""}, "INT001", "not what was"),
        ({"tokenizer/vocab.txt": b"a\nb\n"}, "INT002", "tokenizer/deep/ä is missing"),
        ({}, "INT002", "tokenizer/vocab.txt is missing"),
        (
            {
                "tokenizer/vocab.txt": b"a\nb\n",
                "tokenizer/deep/ä": b"",
                "tokenizer/evil.pkl": b"x",
            },
            "INT003",
            "'tokenizer/evil.pkl' is not part of the sealed release",
        ),
        (
            {"../../../tmp/evil": b"x", "tokenizer/vocab.txt": b"a\nb\n", "tokenizer/deep/ä": b""},
            "INT003",
            "'../../../tmp/evil' is not part",
        ),
        (
            {"labels.json": LABELS, "tokenizer/vocab.txt": b"a\nb\n", "tokenizer/deep/ä": b""},
            "INT003",
            "'labels.json' is not part of the sealed release, or stands twice",
        ),
    ],
)
@pytest.mark.parametrize("form", ["tar", "image"])
def test_an_archive_of_other_files_is_refused(  # noqa: PLR0917 - columns of the table
    files: dict[str, bytes], code: str, said: str, form: str, layout: Path, run: Bench
) -> None:
    pack = pack_of(layout, form)
    pack.change("tokenizer", archive(files))
    # What stands twice is told wherever it stands first.
    err = refused(run, form)
    assert f"error[{code}]" in err
    assert said in err or "labels.json" in said


@pytest.mark.parametrize(
    "path", ["evil.pkl", "tokenizer/evil.pkl", "labels.json", "/etc/cron.d/evil", "../evil", ""]
)
def test_a_layer_that_the_manifest_does_not_name_is_refused(
    path: str, layout: Path, run: Bench
) -> None:
    pack_of(layout, "raw").add(path, b"evil")
    assert "error[INT003]" in refused(run, "raw")


def test_a_missing_layer_is_refused(layout: Path, run: Bench) -> None:
    for form in ("raw", "tar"):
        pack_of(layout, form).drop("labels.json")
        assert "error[INT002]: labels.json is missing in the pack" in refused(run, form)


def test_every_fault_of_a_pack_is_told(layout: Path, run: Bench) -> None:
    pack = pack_of(layout, "raw")
    pack.change("labels.json", b"[]")
    pack.drop("requirements.lock")
    pack.add("evil", b"evil")
    err = refused(run, "raw")
    assert [code for code in ("INT001", "INT002", "INT003") if f"error[{code}]" in err] == [
        "INT001",
        "INT002",
        "INT003",
    ]


def test_a_listing_that_is_missing_or_too_many_is_refused(layout: Path, run: Bench) -> None:
    pack = pack_of(layout, "raw")
    good = pack.manifest
    (listing,) = [one for one in good.layers if "listings" in one.annotations[FILEPATH]]
    pack.drop(listing.annotations[FILEPATH])
    assert "is not in the pack" in refused(run, "raw")
    pack.put(good)
    other = b'{"files":[]}'
    pack.add(f"release.listings/{digest_of(other)[7:]}.json", other)
    assert "error[INT003]" in refused(run, "raw")
    pack.put(good)
    pack.add("release.listings/x.json", other)
    assert "error[INT003]" in refused(run, "raw")


# Manifests that were never sealed ---------------------------------------------------------------


def test_the_digest_a_pack_says_is_that_of_its_manifest(layout: Path, run: Bench) -> None:
    pack = pack_of(layout, "raw")
    good = pack.manifest
    said = {**good.annotations, RELEASE_DIGEST: "sha256:" + "0" * 64}
    pack.put(replace(good, annotations=said))
    assert "is not the one the artifact is said to hold" in refused(run, "raw")
    pack.put(good)
    pack.change("release.yaml", pack.data("release.yaml").replace(b"house", b"mouse"))
    assert "is not the one the artifact is said to hold" in refused(run, "raw")


def _path(to: str) -> Callable[[dict[str, Any]], None]:
    def edit(tree: dict[str, Any]) -> None:
        tree["spec"]["artifacts"][0]["path"] = to

    return edit


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("/etc/cron.d/evil", "is absolute"),
        ("../evil", "leads nowhere beneath the folder"),
        ("a/../../evil", "leads nowhere beneath the folder"),
        (".git/hooks/post-checkout", "others keep for themselves"),
        (".weighbridge/registry.db", "others keep for themselves"),
        ("LABELS.json", "are one file on some systems"),
        ("labels.json/x", "is a file, and a folder"),
        ("nul", "means something else on some systems"),
        ("release.yaml", "stands for two files"),
        ("release.listings/x", "lies where the listings"),
        ("a\\b", "no name can have"),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused_before_anything_is_written(
    to: str, said: str, layout: Path, run: Bench
) -> None:
    def edit(tree: dict[str, Any]) -> None:
        weights = next(one for one in tree["spec"]["artifacts"] if one["role"] == "weights")
        weights["path"] = to

    pack_of(layout, "raw").reseal(edit)
    err = refused(run, "raw")
    assert said in err
    assert not (run.folder / ".weighbridge").exists()


def test_a_manifest_that_was_not_sealed_is_refused(layout: Path, run: Bench) -> None:
    pack = pack_of(layout, "raw")
    good = pack.manifest

    def no_digest(tree: dict[str, Any]) -> None:
        del tree["spec"]["artifacts"][0]["digest"]

    def no_lock(tree: dict[str, Any]) -> None:
        del tree["spec"]["dependencies"]["runtime"]["digest"]

    def todo(tree: dict[str, Any]) -> None:
        tree["spec"]["model"]["task"] = "TODO"

    for edit in (no_digest, no_lock, todo):
        pack.reseal(edit)
        err = refused(run, "raw")
        assert "was not sealed" in err or "not in the form" in err
        pack.put(good)

    def unknown(tree: dict[str, Any]) -> None:
        tree["spec"]["evil"] = 1

    def empty(tree: dict[str, Any]) -> None:
        tree["spec"]["evaluation"] = {}

    pack.reseal(unknown)
    assert "is no sealed manifest" in refused(run, "raw")
    pack.put(good)
    pack.reseal(empty)
    assert "not in the form manifests are sealed in" in refused(run, "raw")
    pack.put(good)
    sealed = json.loads(pack.data("release.yaml"))
    for data in (
        json.dumps(sealed, indent=1).encode(),
        pack.data("release.yaml") + b"\n",
        b"- yaml\n",
        b"\xff",
    ):
        pack.rewrite(data)
        err = refused(run, "raw")
        assert "is no sealed manifest" in err or "not in the form" in err
        pack.put(good)


def test_a_size_that_is_another_is_refused(layout: Path, run: Bench) -> None:
    def edit(tree: dict[str, Any]) -> None:
        weights = next(one for one in tree["spec"]["artifacts"] if one["role"] == "weights")
        weights["size"] += 1

    pack_of(layout, "raw").reseal(edit)
    assert "error[INT001]: weights/model.safetensors is not what was sealed" in refused(run, "raw")


# What is not ours -------------------------------------------------------------------------------


def test_what_is_no_release_is_refused_and_said_what_to_do(layout: Path, run: Bench) -> None:
    pack = pack_of(layout, "raw")
    good = pack.manifest
    pack.put(replace(good, annotations={}))
    err = refused(run, "raw", code=2)
    assert "this is no release of weighbridge, but 'application/vnd.cncf.model.manifest" in err
    assert "weighbridge init PATH" in err
    pack.put(replace(good, layers=good.layers[1:]))
    assert "this is no release of weighbridge" in refused(run, "raw", code=2)


def test_compressed_layers_are_refused(layout: Path, run: Bench) -> None:
    pack = pack_of(layout, "raw")
    layers = [
        replace(one, media_type="application/vnd.cncf.model.weight.v1.tar+gzip")
        if one.annotations[FILEPATH] == "labels.json"
        else one
        for one in pack.manifest.layers
    ]
    pack.put(replace(pack.manifest, layers=tuple(layers)))
    assert "labels.json is packed as" in refused(run, "raw")


@pytest.mark.usefixtures("layout")
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("oci:layout:v9", "holds no 'v9'"),
        ("oci:layout@sha256:" + "0" * 64, "does not hold sha256:0"),
        ("oci:nowhere:v1", "holds no 'v1'"),
        ("oci:nowhere", "holds nothing that has a tag, or does not exist"),
        ("layout:raw", "is no address of a repository"),
        ("oci://example.com/a:1", "which --offline forbids"),
    ],
)
def test_what_is_not_there_is_said(address: str, said: str, run: Bench) -> None:
    found = run("pull", address, "--offline")
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_papers_that_would_fill_the_memory_are_not_read(layout: Path, run: Bench) -> None:
    pack = pack_of(layout, "raw")
    layers = [
        replace(one, size=1 << 40) if one.annotations[FILEPATH] == "release.yaml" else one
        for one in pack.manifest.layers
    ]
    pack.put(replace(pack.manifest, layers=tuple(layers)))
    assert "the papers of the release are larger than" in refused(run, "raw")
    pack.rewrite(b" " * (17 << 20))
    assert "the manifest of oci:layout is too large" in refused(run, "raw")
