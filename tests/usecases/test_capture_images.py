from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.sample_image import Blobs, image, write_docker_archive, write_layout
from tests.usecases.image_release import COPIES, HIGH, LOW, REF, ImageRelease, captured

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench


def test_capture_shows_what_an_image_says_of_itself(imaged: ImageRelease) -> None:
    assert captured(imaged, *COPIES, "--offline") == [
        f"= /spec/environment/image/digest  {imaged.image['digest']}",
        "  /spec/environment/image  platform  linux/amd64",
        "  /spec/environment/image  user  app",
        "  /spec/environment/image  layers  2",
        f"= /spec/environment/image/base/digest  {imaged.base['digest']}",
        f"  /spec/environment/image/base  proof  begins with the layers of {REF}-base",
    ]
    facts = imaged.bench("capture", *COPIES, "--offline", "--output-format=json").json["facts"]
    assert {
        "pointer": "/spec/environment/image",
        "observed": 2,
        "declared": None,
        "reason": "",
        "what": "layers",
    } in facts


def test_capture_says_of_which_image_nothing_is_known(imaged: ImageRelease) -> None:
    digest, base = captured(imaged, "--offline")
    assert digest.startswith("? /spec/environment/image/digest  (no copy of ")
    assert base.startswith("? /spec/environment/image/base/digest  (no copy of ")


def test_a_pinned_digest_is_left_as_it_is(imaged: ImageRelease) -> None:
    blobs = Blobs()
    described = image(blobs, HIGH, LOW)
    write_layout(imaged.place / "other", blobs, described)
    words = ("--image", "../other", "--image", "../base", "--offline")
    shown = captured(imaged, *words)
    pinned = f"(manifest: {imaged.image['digest']}, which is left as it is)"
    assert shown[0] == f"~ /spec/environment/image/digest  {described['digest']}  {pinned}"
    assert shown[-1].endswith(f"does not begin with the layers of {REF}-base")
    imaged.bench("capture", "--update", *words)
    assert imaged.image["digest"] in (imaged.bench.folder / "release.yaml").read_text()


def test_an_archive_of_docker_gives_no_digest(bench: Bench) -> None:
    release = ImageRelease(bench)
    bench.edit(release.image["digest"], "TODO")
    write_docker_archive(release.place / "saved.tar", LOW, HIGH)
    (digest, *_) = captured(release, "--image", "../saved.tar", "--image", "../base", "--offline")
    assert digest.startswith("? /spec/environment/image/digest  (the copy does not keep it")


def test_update_fills_in_the_digest_of_the_copy_and_changes_no_other_byte(
    imaged: ImageRelease,
) -> None:
    path = imaged.bench.folder / "release.yaml"
    imaged.bench("capture", "--update", "--offline")
    filled = path.read_text()
    assert imaged.image["digest"] in filled
    path.write_text(filled.replace(f'"{imaged.image["digest"]}"', "TODO"))
    assert captured(imaged, "--update", *COPIES, "--offline")
    written = path.read_text().replace(f'"{imaged.image["digest"]}"', imaged.image["digest"])
    assert written == filled.replace(f'"{imaged.image["digest"]}"', imaged.image["digest"])


def test_an_image_without_digest_and_tag_is_not_asked_for(bench: Bench) -> None:
    release = ImageRelease(bench)
    bench.edit(release.image["digest"], "TODO")
    (digest, *_) = captured(release, "--offline")
    assert digest.endswith("names neither digest nor tag)")
