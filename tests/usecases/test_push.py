"""`push`, to image layouts; registries have tests of their own."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.cast import RELEASE
from tests.usecases.repacked import Repacked
from tests.usecases.workshop import (
    LABELS,
    WEIGHTS,
    blob,
    commit,
    lay_out,
    manifest_text,
    run_apart,
    sha256,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Bench


@pytest.fixture
def sealed(bench: Bench) -> Bench:
    """Seal a release of which one artifact is a folder."""
    (bench.folder / "tokenizer").mkdir()
    (bench.folder / "tokenizer/vocab.txt").write_text("a\nb\n")
    (bench.folder / "tokenizer/empty").write_text("")
    bench.edit(
        "    - {name: labels",
        "    - {name: tokenizer, role: tokenizer, path: tokenizer}\n    - {name: labels",
    )
    assert bench("seal").code == 0
    return bench


def pushed(bench: Bench, to: str, *words: str) -> dict[str, Any]:
    found = bench("push", RELEASE, to, "--output-format=json", *words)
    assert (found.code, found.err) == (0, found.err), found.err
    return found.json


def kept(bench: Bench) -> dict[str, bytes]:
    """Read every file, but for what SQLite leaves where it was only read."""
    return {name: data for name, data in bench.files().items() if ".db-" not in name}


def test_a_release_is_pushed_under_its_version(sealed: Bench) -> None:
    digest = sealed("show", RELEASE, "--output-format=json").json["digest"]
    found = sealed("push", RELEASE, "oci:layout")
    pack = Repacked(sealed.folder / "layout", "1.0.0")
    described = pack.repository.resolve("1.0.0")
    assert (found.code, found.out) == (0, f"{described.digest}  oci:layout:1.0.0\n")
    assert "bytes were not there yet" in found.err
    manifest = pack.manifest
    assert manifest.artifact_type == "application/vnd.cncf.model.manifest.v1+json"
    assert manifest.annotations["dev.weighbridge.release.digest"] == digest
    assert manifest.layers[0].digest == digest
    assert pack.data("weights/model.safetensors") == WEIGHTS
    assert pack.data("labels.json") == LABELS
    assert pack.data("tokenizer/vocab.txt") == b"a\nb\n"


def test_a_push_as_plain_values(sealed: Bench) -> None:
    first = pushed(sealed, "oci:layout:mine")
    pack = Repacked(sealed.folder / "layout", "mine")
    assert first == {
        "schemaVersion": 1,
        "name": "demo",
        "version": "1.0.0",
        "release": pack.manifest.layers[0].digest,
        "reference": "oci:layout:mine",
        "digest": pack.repository.resolve("mine").digest,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "layers": 7,
        "size": sum(layer.size for layer in pack.manifest.layers),
        "sent": sum(layer.size for layer in pack.manifest.layers),
        "evidence": [],
    }
    assert pushed(sealed, "oci:layout:mine") == {**first, "sent": 0}


def test_a_dry_run_says_what_it_would_be_and_does_nothing(sealed: Bench) -> None:
    for words in ((), ("--layer-format=tar",), ("--form=image",)):
        before = kept(sealed)
        dry = sealed("push", RELEASE, "oci:layout", "--dry-run", *words)
        assert "nothing was pushed" in dry.err
        assert kept(sealed) == before
        assert sealed("push", RELEASE, "oci:layout", *words).out == dry.out
        shutil.rmtree(sealed.folder / "layout")


def test_image_and_archives_have_the_same_blobs(sealed: Bench) -> None:
    pushed(sealed, "oci:layout:tar", "--layer-format=tar")
    image = pushed(sealed, "oci:layout:image", "--form=image")
    assert image["sent"] == 0
    layers = [
        [layer.digest for layer in Repacked(sealed.folder / "layout", tag).manifest.layers]
        for tag in ("tar", "image")
    ]
    assert layers[0] == layers[1]


def test_the_tag_of_a_version_stays_with_its_release(sealed: Bench) -> None:
    pushed(sealed, "oci:layout")
    pushed(sealed, "oci:layout", "--layer-format=tar")
    sealed.edit("# A comment that must stay.", "# Another.")
    sealed.edit("license: MIT", "license: Apache-2.0")
    other = str(sealed.folder.parent / "other")
    assert sealed("seal", f"--registry={other}").code == 0
    for words in (("oci:layout",), ("oci:layout:1.0.0",), ("oci:layout", "--dry-run")):
        found = sealed("push", RELEASE, *words, f"--registry={other}")
        assert (found.code, found.out) == (1, "")
        assert "error[WB131]: oci:layout holds something else as 1.0.0" in found.err
    assert sealed("push", RELEASE, "oci:layout:latest", f"--registry={other}").code == 0
    assert sealed("push", RELEASE, "oci:layout:latest").code == 0


@pytest.mark.parametrize("data", [b'{"schemaVersion": 2, "manifests": []}', b"junk"])
def test_what_is_no_release_keeps_the_tag_it_has(data: bytes, sealed: Bench) -> None:
    pushed(sealed, "oci:layout:other")
    layout = sealed.folder / "layout"
    (layout / "blobs/sha256" / sha256(data)[7:]).write_bytes(data)
    index = json.loads((layout / "index.json").read_bytes())
    entry = {
        "annotations": {"org.opencontainers.image.ref.name": "1.0.0"},
        "digest": sha256(data),
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "size": len(data),
    }
    index["manifests"].append(entry)
    (layout / "index.json").write_text(json.dumps(index))
    found = sealed("push", RELEASE, "oci:layout")
    assert (found.code, found.out) == (1, "")
    assert "seen    no release of weighbridge" in found.err
    pulled = sealed("pull", "oci:layout:1.0.0")
    assert (pulled.code, pulled.out) == (1 if data == b"junk" else 2, "")
    assert "is no manifest" in pulled.err or "is an index of several manifests" in pulled.err


def test_a_version_that_is_no_tag_is_written_as_one(bench: Bench) -> None:
    bench.edit('"1.0.0"', '"1.0.0+gpu"')
    assert bench("seal").code == 0
    assert bench("push", "demo@1.0.0+gpu", "oci:layout").out.endswith("  oci:layout:1.0.0_gpu\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("demo@1.0.0", "layout"), "layout is no address of a repository"),
        (("demo@1.0.0", "https://example.com/x"), "is no address of a repository"),
        (("demo@1.0.0", "oci:"), "names no folder"),
        (("demo@1.0.0", "oci:layout@sha256:" + "0" * 64), "names a digest"),
        (("demo@1.0.0", "oci://example.com/a@sha256:" + "0" * 64), "names a digest"),
        (("demo@1.0.0", "oci://EXAMPLE.com/A"), "is no address"),
        (("demo@1.0.0", "oci://u:p@example.com/a"), "is no address"),
        (("demo@1.0.0", "oci://example.com/a", "--offline"), "which --offline forbids"),
        (("demo@1.0.0", "oci:x", "--form=image", "--layer-format=raw"), "has archives as layers"),
        (("demo@9", "oci:layout"), "the registry holds no release demo@9"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: tuple[str, ...], said: str, sealed: Bench) -> None:
    found = sealed("push", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert not (sealed.folder / "layout").exists()


def test_only_what_is_sealed_is_pushed(sealed: Bench) -> None:
    assert sealed("push", ".", "oci:layout").code == 0
    (sealed.folder / "labels.json").write_bytes(b"[]")
    found = sealed("push", ".", "oci:other")
    assert (found.code, found.out) == (2, "")
    assert "are not sealed" in found.err
    assert not (sealed.folder / "other").exists()


@pytest.mark.parametrize("words", [(), ("--layer-format=tar",), ("--form=image",)])
@pytest.mark.parametrize("damage", [WEIGHTS[:-1] + b"\x07", WEIGHTS[:-1], WEIGHTS + b"x"])
def test_a_damaged_registry_is_told_of_and_pushes_nothing_under_a_tag(
    damage: bytes, words: tuple[str, ...], sealed: Bench
) -> None:
    path = blob(sealed.folder / ".weighbridge", sha256(WEIGHTS))
    path.chmod(0o644)
    path.write_bytes(damage)
    found = sealed("push", RELEASE, "oci:layout", *words)
    assert (found.code, found.out) in {(1, ""), (2, "")}
    assert "are others" in found.err or "is damaged" in found.err
    assert not (sealed.folder / "layout").exists() or sealed("pull", "oci:layout:1.0.0").code == 2


def test_a_file_that_cannot_travel_is_refused(bench: Bench) -> None:
    (bench.folder / "LABELS.json").write_text("{}")
    bench.edit(
        "    - {name: labels",
        "    - {name: more, role: schema, path: LABELS.json}\n    - {name: labels",
    )
    assert bench("seal").code == 0
    found = bench("push", RELEASE, "oci:layout")
    assert (found.code, found.out) == (1, "")
    assert "error[INT009]" in found.err
    assert "are one file on some systems" in found.err


@pytest.mark.slow
def test_the_same_release_gives_the_same_manifest_anywhere(tmp_path: Path) -> None:
    made = []
    for number, environ in enumerate(
        [
            {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
            {"TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2", "USER": "x"},
        ]
    ):
        folder = lay_out(tmp_path / ("deep/" * number) / "project")
        (folder / "data").mkdir()
        for name in ("b", "ä", "a/c")[:: 1 - 2 * number]:
            (folder / "data" / name).parent.mkdir(exist_ok=True)
            (folder / "data" / name).write_text(name)
            os.utime(folder / "data" / name, (number * 10**9, number * 10**9))
            (folder / "data" / name).chmod(0o600 + number * 0o55)
        text = manifest_text() + "    - {name: data, role: dataset, path: data}\n"
        (folder / "release.yaml").write_text(text)
        commit(folder)
        before = os.umask(0o077 if number else 0o022)
        try:
            assert run_apart(folder, "seal", environ=environ).code == 0
            words = ("push", RELEASE, "oci:layout", "--form=image")
            made.append(run_apart(folder, *words, environ=environ))
        finally:
            os.umask(before)
    assert [ran.code for ran in made] == [0, 0]
    assert made[0].out == made[1].out
    indexes = [
        (tmp_path / place / "project/layout/index.json").read_bytes() for place in ("", "deep")
    ]
    assert indexes[0] == indexes[1]


# Evidence ---------------------------------------------------------------------------------------


def attached(folder: Path, tag: str = "1.0.0") -> list[dict[str, Any]]:
    """List what refers to a release: its annotations, and the bundle."""
    pack = Repacked(folder, tag)
    found = []
    for one in pack.repository.referrers(pack.repository.resolve(tag).digest):
        referring = json.loads(pack.path(one.digest).read_bytes())
        (layer,) = referring["layers"]
        found.append(
            {
                **referring["annotations"],
                "type": one.artifact_type,
                "bundle": pack.path(layer["digest"]).read_bytes(),
            }
        )
    return sorted(found, key=lambda one: int(one["dev.weighbridge.ledger.entry"]))


def test_signed_statements_refer_to_the_release(cast: Cast) -> None:
    cast.done("sign", RELEASE, by="bea")
    cast.done("check", RELEASE, "--sign", by="carl")
    found = cast.done("push", RELEASE, "oci:../layout")
    assert "signed statements beside it: 2" in found.err
    seen = attached(cast.folder.parent / "layout")
    wanted = [one["body"] for one in cast.entries() if one["kind"] == "evidence.added"]
    assert [one["bundle"] for one in seen] == [
        cast.blob(body["bundle"]).read_bytes() for body in wanted
    ]
    assert [one["dev.sigstore.bundle.predicateType"] for one in seen] == [
        body["predicateType"] for body in wanted
    ]
    assert {one["type"] for one in seen} == {"application/vnd.dev.sigstore.bundle.v0.3+json"}
    again = cast.folder.parent / "again"
    cast.done("push", RELEASE, f"oci:{again}")
    assert (again / "index.json").read_bytes() == (
        cast.folder.parent / "layout/index.json"
    ).read_bytes()
    cast.done("push", RELEASE, "oci:../bare", "--no-evidence")
    assert attached(cast.folder.parent / "bare") == []


def test_approvals_and_decisions_travel_with_the_release(stage: Stage) -> None:
    stage.approved()
    stage.ask(RELEASE, "production")
    found = stage.done("push", RELEASE, "oci:../layout", "--output-format=json").json
    types = [
        one["dev.sigstore.bundle.predicateType"] for one in attached(stage.folder.parent / "layout")
    ]
    assert len(found["evidence"]) == len(types)
    assert types.count("https://weighbridge.dev/approval/v1") == 2
    assert types.count("https://slsa.dev/verification_summary/v1") == 2


def test_a_ledger_that_does_not_prove_what_it_says_pushes_nothing(cast: Cast) -> None:
    cast.done("sign", RELEASE, by="bea")
    changed = "CAST(replace(CAST(body AS TEXT), 'bea', 'eve') AS BLOB)"
    cast.execute(f"UPDATE entry SET body = {changed} WHERE idx = ?", len(cast.entries()) - 1)  # noqa: S608 - ours
    found = cast("push", RELEASE, "oci:../layout")
    assert (found.code, found.out) == (1, "")
    assert "error[WB135]" in found.err
    assert not (cast.folder.parent / "layout").exists()
