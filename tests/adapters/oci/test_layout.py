from __future__ import annotations

import hashlib
import json
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from weighbridge.adapters.blobs.folder import FolderBlobs
from weighbridge.adapters.oci.layout import LayoutRepository
from weighbridge.codec.oci import write_document
from weighbridge.model.errors import NotFoundError, StorageError, TransferError
from weighbridge.model.oci import (
    INDEX,
    MANIFEST,
    MANIFEST_SIZE,
    REF_NAME,
    Descriptor,
    Index,
    Manifest,
)
from weighbridge.probes.reading.in_memory import InMemory

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"weights " * 1000
CONFIG = "application/vnd.example.config.v1+json"
BUNDLE = "application/vnd.example.bundle.v1+json"


def described(data: bytes, media_type: str = "application/octet-stream") -> Descriptor:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return Descriptor(media_type=media_type, digest=digest, size=len(data))


def manifest(note: str, subject: Descriptor | None = None) -> bytes:
    return write_document(
        Manifest(
            media_type=MANIFEST,
            config=described(b"{}", CONFIG),
            layers=(described(DATA),),
            annotations={"note": note},
            artifact_type=BUNDLE if subject else "",
            subject=subject,
        )
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "layout"


@pytest.fixture
def layout(folder: Path) -> LayoutRepository:
    return LayoutRepository(folder, name="oci:layout")


@pytest.fixture
def filled(layout: LayoutRepository) -> LayoutRepository:
    layout.push(described(DATA), InMemory(DATA))
    layout.push(described(b"{}", CONFIG), InMemory(b"{}"))
    layout.put(manifest("one"), media_type=MANIFEST, tag="v1")
    return layout


def place(folder: Path, data: bytes) -> Path:
    return folder / "blobs/sha256" / hashlib.sha256(data).hexdigest()


def index(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "index.json").read_bytes())["manifests"]
    return found


# What a layout keeps ----------------------------------------------------------------------------


def test_a_layout_is_what_the_specification_says(filled: LayoutRepository, folder: Path) -> None:
    assert json.loads((folder / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
    assert place(folder, DATA).read_bytes() == DATA
    assert index(folder) == [
        {
            "annotations": {REF_NAME: "v1"},
            "digest": described(manifest("one")).digest,
            "mediaType": MANIFEST,
            "size": len(manifest("one")),
        }
    ]
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    blobs = {f"blobs/sha256/{hashlib.sha256(data).hexdigest()}" for data in (DATA, b"{}")}
    assert files == {
        "oci-layout",
        "index.json",
        f"blobs/sha256/{described(manifest('one')).digest[7:]}",
        *blobs,
    }
    assert filled.name == "oci:layout"


def test_what_was_put_is_found_by_tag_and_digest(filled: LayoutRepository) -> None:
    wanted = described(manifest("one"), MANIFEST)
    assert filled.resolve("v1") == filled.resolve(wanted.digest) == wanted
    assert filled.manifest(wanted) == manifest("one")
    assert filled.tags() == ["v1"]


def test_a_blob_is_read_and_fetched(filled: LayoutRepository, tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "store")
    filled.fetch(described(DATA), blobs.incoming())
    assert blobs.read(described(DATA).digest) == DATA
    assert list(blobs.leftovers()) == []
    with filled.open(described(DATA)) as source:
        assert (source.size, source.read(10), source.read_at(8, 8)) == (8000, DATA[:10], DATA[:8])


def test_a_blob_that_is_there_is_not_written_again(filled: LayoutRepository, folder: Path) -> None:
    before = place(folder, DATA).stat()
    assert filled.push(described(DATA), InMemory(DATA)) is False
    assert place(folder, DATA).stat() == before


def test_a_damaged_blob_of_the_right_size_is_replaced(
    filled: LayoutRepository, folder: Path
) -> None:
    place(folder, DATA).write_bytes(DATA[::-1])
    assert filled.has(described(DATA))
    assert filled.push(described(DATA), InMemory(DATA)) is True
    assert place(folder, DATA).read_bytes() == DATA


def test_other_bytes_than_announced_are_never_visible(
    layout: LayoutRepository, folder: Path
) -> None:
    for wrong in (DATA[:-1], DATA + b"x", DATA[::-1], b""):
        with pytest.raises(TransferError, match="are others"):
            layout.push(described(DATA), InMemory(wrong))
    assert not layout.has(described(DATA))
    assert list((folder / "blobs/sha256").iterdir()) == []


def test_a_tag_moves_and_the_digest_stays(filled: LayoutRepository, folder: Path) -> None:
    filled.put(manifest("two"), media_type=MANIFEST, tag="v1")
    assert filled.resolve("v1").digest == described(manifest("two")).digest
    assert filled.resolve(described(manifest("one")).digest).media_type == MANIFEST
    assert len(index(folder)) == 1
    filled.put(manifest("two"), media_type=MANIFEST, tag="latest")
    assert filled.tags() == ["latest", "v1"]


def test_putting_the_same_again_changes_no_byte(filled: LayoutRepository, folder: Path) -> None:
    filled.put(manifest("two"), media_type=MANIFEST, tag="v2")
    before = (folder / "index.json").read_bytes()
    filled.put(manifest("one"), media_type=MANIFEST, tag="v1")
    filled.put(manifest("one"), media_type=MANIFEST)
    assert (folder / "index.json").read_bytes() == before


# What refers to a manifest ----------------------------------------------------------------------


def test_what_refers_to_a_manifest_is_listed_sorted(filled: LayoutRepository) -> None:
    subject = filled.resolve("v1")
    put = [
        filled.put(manifest(note, subject), media_type=MANIFEST).digest for note in ("a", "b", "c")
    ]
    found = filled.referrers(subject.digest)
    assert [one.digest for one in found] == sorted(put)
    assert {one.artifact_type for one in found} == {BUNDLE}
    assert sorted(one.annotations["note"] for one in found) == ["a", "b", "c"]
    assert filled.referrers(described(b"another").digest) == []


def test_an_index_under_the_fallback_tag_is_read_as_well(filled: LayoutRepository) -> None:
    subject = filled.resolve("v1")
    referring = manifest("a", subject)
    filled.put(referring, media_type=MANIFEST, tag="copied")
    listed = Index(
        media_type=INDEX,
        manifests=(described(referring, MANIFEST), described(manifest("one"), MANIFEST)),
    )
    filled.put(write_document(listed), media_type=INDEX, tag=subject.digest.replace(":", "-"))
    found = filled.referrers(subject.digest)
    assert [one.digest for one in found] == [described(referring).digest]


def test_fifty_writers_lose_nothing(filled: LayoutRepository, folder: Path) -> None:
    subject = filled.resolve("v1")

    def attach(number: int) -> None:
        own = LayoutRepository(folder, name="oci:layout")
        own.put(manifest(f"{number}", subject), media_type=MANIFEST)

    threads = [threading.Thread(target=attach, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    notes = {one.annotations["note"] for one in filled.referrers(subject.digest)}
    assert notes == {f"{number}" for number in range(50)}


def test_a_tool_that_writes_the_index_otherwise_is_understood(
    filled: LayoutRepository, folder: Path
) -> None:
    entry = {**index(folder)[0], "platform": {"os": "linux", "architecture": "amd64"}}
    document = {"manifests": [entry], "schemaVersion": 2, "annotations": {"made": "by hand"}}
    (folder / "index.json").write_text(json.dumps(document, indent=4))
    filled.put(manifest("two"), media_type=MANIFEST, tag="v2")
    assert filled.tags() == ["v1", "v2"]
    assert json.loads((folder / "index.json").read_bytes())["annotations"] == {"made": "by hand"}


# What is refused --------------------------------------------------------------------------------


def test_what_is_not_there_is_not_found(filled: LayoutRepository, tmp_path: Path) -> None:
    absent = described(b"absent", MANIFEST)
    empty = LayoutRepository(tmp_path / "nowhere", name="oci:nowhere")
    for repository in (filled, empty):
        assert not repository.has(absent)
        for reference in ("v9", absent.digest):
            with pytest.raises(NotFoundError):
                repository.resolve(reference)
        with pytest.raises(NotFoundError):
            repository.manifest(absent)
        with pytest.raises(NotFoundError):
            repository.open(absent)
        with pytest.raises(NotFoundError):
            repository.fetch(absent, FolderBlobs(tmp_path / "store").incoming())
    assert empty.tags() == []
    assert not (tmp_path / "nowhere").exists()
    assert list(FolderBlobs(tmp_path / "store").leftovers()) == []


def test_changed_bytes_are_refused(filled: LayoutRepository, folder: Path, tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "store")
    for wrong in (DATA[::-1], DATA[:-1], DATA + b"x"):
        place(folder, DATA).write_bytes(wrong)
        with pytest.raises(TransferError, match="are others"):
            filled.fetch(described(DATA), blobs.incoming())
    changed = manifest("one").replace(b'"one"', b'"two"')
    place(folder, manifest("one")).write_bytes(changed)
    with pytest.raises(TransferError, match="are others"):
        filled.manifest(filled.resolve("v1"))
    assert not blobs.has(described(DATA).digest)
    assert list(blobs.leftovers()) == []


@pytest.mark.parametrize("kind", ["link out", "link inside", "pipe", "folder"])
@pytest.mark.parametrize("what", ["blob", "index.json", "oci-layout"])
def test_nothing_but_a_plain_file_is_read(
    kind: str, what: str, filled: LayoutRepository, folder: Path, tmp_path: Path
) -> None:
    path = place(folder, DATA) if what == "blob" else folder / what
    outside = tmp_path / "outside"
    outside.write_bytes(path.read_bytes())
    (folder / "copy").write_bytes(path.read_bytes())
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(outside if kind == "link out" else folder / "copy")
    if what == "blob":
        assert not filled.has(described(DATA))
        with pytest.raises(TransferError, match="cannot be read"):
            filled.open(described(DATA))
        return
    with pytest.raises(TransferError, match="cannot be read"):
        filled.tags()


@pytest.mark.parametrize("depth", ["blobs", "blobs/sha256"])
def test_a_link_on_the_way_is_followed_neither_to_read_nor_to_write(
    depth: str, filled: LayoutRepository, folder: Path, tmp_path: Path
) -> None:
    (folder / depth).rename(tmp_path / "elsewhere")
    (folder / depth).symlink_to(tmp_path / "elsewhere")
    before = sorted(tmp_path.joinpath("elsewhere").rglob("*"))
    assert not filled.has(described(DATA))
    with pytest.raises(TransferError, match="a link, or no folder, is on the way"):
        filled.open(described(DATA))
    with pytest.raises(StorageError):
        filled.push(described(b"new"), InMemory(b"new"))
    assert sorted(tmp_path.joinpath("elsewhere").rglob("*")) == before


@pytest.mark.parametrize("digest", ["sha256:../../../etc/passwd", "sha256:", "md5:" + "0" * 32, ""])
def test_what_is_no_digest_leads_nowhere(digest: str, filled: LayoutRepository) -> None:
    bad = Descriptor(media_type=MANIFEST, digest=digest, size=1)
    for ask in (filled.has, filled.open, filled.manifest):
        with pytest.raises(TransferError, match="is no digest"):
            ask(bad)


@pytest.mark.parametrize(
    ("file", "data", "said"),
    [
        ("index.json", b"{", "not plain JSON"),
        ("index.json", b"[]", "it is no JSON object"),
        ("index.json", b'{"schemaVersion": 1, "manifests": []}', "schemaVersion"),
        ("index.json", b'{"schemaVersion": 2, "layers": []}', "no list"),
        ("index.json", b" " * (MANIFEST_SIZE + 1), "is larger than"),
        ("oci-layout", b'{"imageLayoutVersion": "2.0.0"}', "of another version"),
        ("oci-layout", b"junk", "not plain JSON"),
    ],
)
def test_a_layout_that_is_none_is_refused(
    file: str, data: bytes, said: str, filled: LayoutRepository, folder: Path
) -> None:
    (folder / file).write_bytes(data)
    with pytest.raises(TransferError, match=said):
        filled.resolve("v1")


@pytest.mark.parametrize("file", ["index.json", "oci-layout"])
def test_a_layout_that_is_not_whole_is_refused(
    file: str, filled: LayoutRepository, folder: Path
) -> None:
    (folder / file).unlink()
    with pytest.raises(TransferError, match=f"{file} is missing"):
        filled.tags()


def test_a_tag_of_two_manifests_is_refused(filled: LayoutRepository, folder: Path) -> None:
    entries = [*index(folder), {**index(folder)[0], "digest": described(DATA).digest}]
    document = {"schemaVersion": 2, "manifests": entries}
    (folder / "index.json").write_text(json.dumps(document))
    with pytest.raises(TransferError, match="the tag v1 stands for 2 manifests"):
        filled.resolve("v1")


def test_what_refers_is_refused_if_it_cannot_be_read(
    filled: LayoutRepository, folder: Path
) -> None:
    subject = filled.resolve("v1")
    place(folder, manifest("one")).write_bytes(b"{}")
    with pytest.raises(TransferError):
        filled.referrers(subject.digest)


def test_a_folder_of_something_else_is_left_as_it_is(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "thesis.tex").write_text("precious")
    layout = LayoutRepository(folder, name="oci:layout")
    for write in (
        lambda: layout.push(described(DATA), InMemory(DATA)),
        lambda: layout.put(manifest("one"), media_type=MANIFEST),
    ):
        with pytest.raises(StorageError, match="holds something else than an image layout"):
            write()
    assert [path.name for path in folder.iterdir()] == ["thesis.tex"]


def test_what_is_no_manifest_is_not_put(layout: LayoutRepository, folder: Path) -> None:
    for data in (b"{}", b"junk", manifest("x").replace(b"sha256:", b"sha257:")):
        with pytest.raises(TransferError, match="this is no manifest"):
            layout.put(data, media_type=MANIFEST, tag="v1")
    assert not folder.exists()


def test_a_write_that_fails_leaves_the_file_as_it_was(
    filled: LayoutRepository, folder: Path
) -> None:
    class Broken(InMemory):
        def read(self, length: int) -> bytes:
            del length
            raise OSError(28, "No space left on device")

    before = sorted(folder.rglob("*"))
    with pytest.raises(StorageError, match="no space left"):
        filled.push(described(b"new"), Broken(b"new"))
    assert sorted(folder.rglob("*")) == before


def test_a_digest_of_sha512_is_read(layout: LayoutRepository, folder: Path) -> None:
    layout.push(described(DATA), InMemory(DATA))
    encoded = hashlib.sha512(DATA).hexdigest()
    (folder / "blobs/sha512").mkdir()
    (folder / "blobs/sha512" / encoded).write_bytes(DATA)
    long = Descriptor(media_type="a/b", digest=f"sha512:{encoded}", size=len(DATA))
    assert layout.push(long, InMemory(DATA)) is False
    (folder / "blobs/sha512" / encoded).write_bytes(DATA[::-1])
    assert layout.push(long, InMemory(DATA)) is True
