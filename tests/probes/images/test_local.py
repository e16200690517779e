from __future__ import annotations

import json
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from scripts.sample_image import (
    Blobs,
    Member,
    archive,
    archived,
    digest,
    folder,
    hard_link,
    image,
    index,
    symlink,
    write_docker_archive,
    write_layout,
)
from tests.images import inventory, paths, problems, stacked
from tests.tools import run_tool
from weighbridge.model.errors import NotFoundError, TransferError, UnreadableError
from weighbridge.model.image import ObservedImage
from weighbridge.probes.images.observing import observe_image
from weighbridge.probes.images.opening import holds_image, open_images

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.probes.images.local import LocalImages

LOW = archive(
    folder("etc"),
    Member("etc/a", b"1"),
    Member("etc/b", b"2"),
    Member("opt/deep/y", b"y"),
    Member("bin/tool", b"t"),
    hard_link("bin/other", "bin/tool"),
    folder("usr/lib"),
    symlink("lib", "usr/lib"),
    Member("gone/f", b"z"),
    Member("swap", b"file"),
    Member("swapped/in", b"i"),
    Member("Case", b"1"),
    Member("case", b"2"),
)
MID = archive(
    Member("etc/.wh.a"),
    folder("opt"),
    Member("opt/.wh..wh..opq"),
    Member("opt/new", b"n"),
    Member(".wh.gone"),
    Member("lib/through", b"link"),
    folder("swap"),
    Member("swap/in", b"i"),
    Member("swapped", b"now a file"),
)
TOP = archive(Member("etc/a", b"back"), hard_link("etc/c", "etc/b"), folder("gone"))


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    blobs = Blobs()
    described = image(blobs, LOW, MID, TOP, config={"User": "0"})
    return write_layout(tmp_path / "image", blobs, described)


def opened(path: Path) -> LocalImages:
    return open_images(path.name, path.parent)


def seen(path: Path, reference: str = "") -> ObservedImage:
    source = opened(path)
    found = observe_image(source, source.resolve(reference))
    source.note_unlisted()
    source.holder.close()
    assert isinstance(found, ObservedImage), found
    return found


def notes(path: Path) -> list[str]:
    """Say what is wrong with a folder or archive around an image."""
    source = opened(path)
    source.note_unlisted()
    source.holder.close()
    record = source.holder.record
    return [*(f"{one.code} {one.message}" for one in record.problems), *record.reasons]


def test_a_folder_a_tar_and_an_archive_of_docker_hold_the_same(
    layout: Path, tmp_path: Path
) -> None:
    by_hand = write_docker_archive(tmp_path / "by-hand.tar", LOW, MID, TOP)
    saved = tmp_path / "saved.tar"
    done = run_tool(
        "skopeo", "--insecure-policy", "copy", f"oci:{layout}:latest", f"docker-archive:{saved}:a:1"
    )
    assert done.returncode == 0, done.stderr
    first = seen(layout)
    for path in (archived(layout, tmp_path / "layout.tar"), by_hand, saved):
        found = seen(path)
        assert found.inventory == first.inventory
        assert (found.structure.status, found.mismatches) == ("complete", ())
        assert notes(path) == []
    assert opened(saved).images[0].tags == ("docker.io/library/a:1",)


def test_umoci_unpacks_what_we_list(layout: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    done = run_tool("umoci", "unpack", "--rootless", "--image", f"{layout}:latest", str(bundle))
    assert done.returncode == 0, done.stderr
    root = bundle / "rootfs"
    theirs = {
        os.path.relpath(os.path.join(at, name), root)  # noqa: PTH118 - from a walk
        for at, folders, files in os.walk(root)
        for name in (*folders, *files)
    }

    assert set(paths(stacked(LOW, MID, TOP)[0])) == theirs
    plain = [name for name in theirs if (root / name).is_symlink() or not (root / name).is_dir()]
    assert inventory(seen(layout)).files == len(plain)


def test_an_archive_of_docker_has_no_digest_anybody_could_name(tmp_path: Path) -> None:
    found = seen(write_docker_archive(tmp_path / "a.tar", LOW))

    assert (found.digest, found.manifest, found.structure.format) == ("", "", "docker-archive")


def test_a_changed_archive_of_docker_is_told(tmp_path: Path) -> None:
    path = write_docker_archive(tmp_path / "a.tar", LOW, config={"User": "app"})
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"User": "app"', b'"User": "bad"'))
    assert [one.part for one in seen(path).mismatches] == ["config"]
    path.write_bytes(data.replace(b"now a file", b"NOW A FILE").replace(b"file", b"FILE"))
    assert [one.part for one in seen(path).mismatches] == ["layer 1, unfolded,"]


def test_layers_under_links_are_found(tmp_path: Path) -> None:
    path = write_docker_archive(tmp_path / "a.tar", LOW)
    with tarfile.open(path) as made:
        listed = json.loads(made.extractfile("manifest.json").read())  # type: ignore[union-attr]
        name = listed[0]["Layers"][0]
        members = [
            Member(one.name, made.extractfile(one).read())  # type: ignore[union-attr]
            for one in made.getmembers()
            if one.name != name
        ]
    for link in (symlink(name, "../layer.tar"), hard_link(name, "layer.tar")):
        path.write_bytes(archive(Member("layer.tar", LOW), *members, link))
        assert seen(path).structure.status == "complete"


def test_what_belongs_to_no_image_is_hidden(layout: Path, tmp_path: Path) -> None:
    (layout / "blobs/sha256/extra").write_bytes(b"x")
    expected = ["SEC009 `blobs/sha256/extra` belongs to no image"]
    assert notes(layout) == expected
    assert notes(archived(layout, tmp_path / "a.tar")) == expected


def test_an_artifact_beside_the_images_is_not_passed_over(tmp_path: Path) -> None:
    blobs = Blobs()
    other = {"schemaVersion": 2, "config": blobs.keep(b"{}", "a/b"), "layers": []}
    layout = write_layout(tmp_path / "i", blobs, image(blobs, LOW), blobs.document(other))

    assert notes(layout) == ["1 artifact beside the images not read"]


def test_links_out_of_a_layout_are_not_followed(layout: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    (layout / "blobs/sha256/link").symlink_to(tmp_path / "secret")

    assert "SEC002 `blobs/sha256/link` is not followed (outside)" in notes(layout)


def test_departures_of_the_archive_around_are_told(layout: Path, tmp_path: Path) -> None:
    path = archived(layout, tmp_path / "a.tar")
    data = path.read_bytes()
    path.write_bytes(data + b"payload")
    assert "bytes follow the archive" in " ".join(notes(path))
    again = archive(Member("index.json", (layout / "index.json").read_bytes()))
    end = len(data.rstrip(b"\0"))
    path.write_bytes(data[: end + -end % 512] + again)
    assert "SEC009 the member name `index.json` occurs twice" in notes(path)
    path.write_bytes(data[: end + -end % 512] + archive(Member("../x", b"x")))
    assert "SEC002 member name `../x` leads out of the archive" in notes(path)
    path.write_bytes(data[: end + -end % 512])
    assert "INT008 the archive ends without its two empty blocks" in notes(path)


def test_images_are_found_by_tag_and_by_digest(tmp_path: Path) -> None:
    blobs = Blobs()
    one, two = image(blobs, LOW), image(blobs, MID, platform=("linux", "arm64"))
    both = index(blobs, one, two)
    layout = write_layout(tmp_path / "i", blobs, both, tag="demo")
    source = opened(layout)

    assert source.resolve("").digest == source.resolve("demo").digest == both["digest"]
    assert source.resolve(two["digest"]).digest == two["digest"]
    with pytest.raises(NotFoundError, match="holds no image other"):
        source.resolve("other")
    several = opened(write_layout(tmp_path / "j", blobs, one, two))
    with pytest.raises(NotFoundError, match="holds 2 images"):
        several.resolve("")


def test_a_changed_manifest_is_not_handed_out(layout: Path) -> None:
    source = opened(layout)
    wanted = source.resolve("")
    path = layout / "blobs/sha256" / wanted.digest.removeprefix("sha256:")
    path.write_bytes(path.read_bytes() + b" ")

    with pytest.raises(TransferError) as caught:
        source.manifest(wanted)
    assert caught.value.faults[0].seen == digest(path.read_bytes()[: wanted.size + 1])
    assert [one.part for one in seen(layout).mismatches] == ["manifest"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("oci-layout", '{"imageLayoutVersion":"2.0.0"}'),
        ("oci-layout", "[]"),
        ("index.json", "{}"),
        ("index.json", '{"schemaVersion":2,"layers":[],"config":{}}'),
        ("index.json", "no json"),
    ],
)
def test_a_layout_that_is_none_is_refused(layout: Path, name: str, text: str) -> None:
    (layout / name).write_text(text)

    with pytest.raises(UnreadableError):
        opened(layout)


@pytest.mark.parametrize("text", ["{}", "[1]", "[{}]", '[{"Config":"x","Layers":[1]}]'])
def test_an_archive_of_docker_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(archive(Member("manifest.json", text.encode())))

    with pytest.raises(UnreadableError):
        opened(path)


def test_what_is_no_image_is_refused_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 600)
    (tmp_path / "folder").mkdir()
    for name in ("file", "folder", "gone"):
        assert not holds_image(name, tmp_path)
        with pytest.raises(UnreadableError):
            open_images(name, tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert not holds_image("pipe", tmp_path)
    with pytest.raises(UnreadableError):
        open_images("pipe", tmp_path)


def test_images_are_told_by_what_is_in_them(layout: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.tar"
    plain.write_bytes(archive(Member("a", b"1")))

    assert holds_image("image", tmp_path)
    assert holds_image(archived(layout, tmp_path / "b.tar").name, tmp_path)
    assert not holds_image("plain.tar", tmp_path)


@pytest.mark.parametrize("text", ["{}", "[]", "[1]", '[{"Config": "x"}]', "no json"])
def test_not_everything_with_a_manifest_in_it_is_an_image(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(archive(Member("manifest.json", text.encode())))

    assert not holds_image("a.tar", tmp_path)
    assert holds_image(write_docker_archive(tmp_path / "b.tar", LOW).name, tmp_path)


def test_indexes_that_name_each_other_over_and_over_are_read_once(tmp_path: Path) -> None:
    blobs = Blobs()
    described = image(blobs, LOW)
    for _ in range(8):
        described = index(blobs, *[described] * 40)
    layout = write_layout(tmp_path / "i", blobs, described)

    assert notes(layout) == []
    with pytest.raises(NotFoundError):
        opened(layout).resolve(f"sha256:{'0' * 64}")


def test_problems_of_layers_are_those_of_the_image(tmp_path: Path) -> None:
    path = write_docker_archive(tmp_path / "a.tar", archive(Member("../x", b"1")))

    assert problems(seen(path)) == ["SEC002 member name `../x` leads out of the image"]
