from __future__ import annotations

import pytest

from tests.packing.releases import Blobs, artifact, digest_of, parts_of, sealed
from weighbridge.model.errors import TransferError
from weighbridge.model.listing import INDEX_MEDIA_TYPE, MEDIA_TYPE
from weighbridge.packing.contents import KINDS, listing_path


def test_all_that_a_release_consists_of_is_part_of_it() -> None:
    blobs = Blobs()
    tokenizer = blobs.directory("tok", {"b": b"2", "a/c": b"1"}, "tokenizer")
    manifest = sealed(
        artifact("weights/m.onnx"),
        tokenizer,
        {"name": "elsewhere", "role": "dataset", "uri": "s3://bucket/x"},
        card={"digest": digest_of(b"card"), "path": "README.md"},
    )
    parts = parts_of(manifest, blobs)
    assert [(part.path, part.kind, part.group) for part in parts] == [
        ("release.yaml", "doc", "release.yaml"),
        (listing_path(tokenizer["digest"]), "doc", "release.listings"),
        ("uv.lock", "code", "uv.lock"),
        ("README.md", "doc", "README.md"),
        ("weights/m.onnx", "weight", "weights/m.onnx"),
        ("tok/a/c", "weight.config", "tok"),
        ("tok/b", "weight.config", "tok"),
    ]
    assert [part.size for part in parts if part.path in {"uv.lock", "README.md"}] == [None, None]


def test_every_role_has_a_name_in_modelpack() -> None:
    assert set(KINDS.values()) == {"weight", "weight.config", "doc", "code", "dataset"}
    parts = parts_of(sealed(*(artifact(f"f-{role}", role=role) for role in KINDS)))
    assert {part.path[2:]: part.kind for part in parts[2:]} == KINDS


def test_pages_of_a_long_listing_travel_too() -> None:
    blobs = Blobs()
    files = {f"{number:05}": b"" for number in range(10_001)}
    dataset = blobs.directory("data", files, "dataset")
    assert dataset["mediaType"] == INDEX_MEDIA_TYPE != MEDIA_TYPE
    parts = parts_of(sealed(dataset), blobs)
    listed = [part for part in parts if part.group == "release.listings"]
    assert len(listed) == 3
    assert all(len(blobs[part.digest]) == part.size for part in listed)
    assert len(parts) == 1 + 3 + 1 + 10_001


def test_a_file_under_two_names_of_artifacts_is_one_file() -> None:
    card = {"digest": digest_of(b"x"), "path": "README.md"}
    twice = [artifact("README.md", role="card"), artifact("./README.md")]
    parts = parts_of(sealed(*twice, card=card))
    assert [(part.path, part.size) for part in parts][2:] == [("README.md", 1)]


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (["release.yaml"], "release.yaml stands for two files"),
        (["release.listings"], "lies where the listings of directories lie"),
        (["release.listings/x"], "lies where the listings of directories lie"),
        (["uv.lock"], "uv.lock stands for two files"),
        (["../x"], "leads nowhere beneath the folder"),
        (["/x"], "is absolute"),
        (["."], "leads nowhere beneath the folder"),
        (["a", "A"], "are one file on some systems"),
        (["a", "a/b"], "is a file, and a folder"),
    ],
)
def test_files_that_cannot_lie_beside_one_another_are_refused(paths: list[str], said: str) -> None:
    with pytest.raises(TransferError) as caught:
        parts_of(sealed(*map(artifact, paths)))
    assert said in "; ".join(fault.message for fault in caught.value.faults)


def test_a_listing_that_is_none_is_refused() -> None:
    blobs = Blobs()
    made = {"digest": blobs.keep(b"{}"), "mediaType": MEDIA_TYPE}
    for media_type in (MEDIA_TYPE, INDEX_MEDIA_TYPE):
        made["mediaType"] = media_type
        with pytest.raises(TransferError, match="the listing of d cannot be read"):
            parts_of(sealed({**artifact("d"), **made}), blobs)
