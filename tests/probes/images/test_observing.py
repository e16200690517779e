from __future__ import annotations

import json
from typing import Any

import pytest

from scripts.sample_image import (
    CONFIG,
    MANIFEST,
    Blobs,
    Member,
    archive,
    digest,
    folder,
    image,
    index,
    squeezed,
    symlink,
)
from tests.images import MemoryImages, config, inventory, observed, problems
from weighbridge.codec.oci import read_descriptor
from weighbridge.model.fact import Distribution, Unavailable
from weighbridge.model.image import (
    ImageMismatch,
    ImageSecret,
    InstalledPackage,
    OsRelease,
    Platform,
)
from weighbridge.model.limits import ImageLimits
from weighbridge.probes.images.observing import observe_base, observe_image

STATUS = b"Package: libc6\nStatus: install ok installed\nVersion: 2.36\n"
LOW = archive(
    folder("etc"),
    symlink("etc/os-release", "../usr/lib/os-release"),
    Member("usr/lib/os-release", b'ID=debian\nVERSION_ID="12"\n'),
    Member("var/lib/dpkg/status", STATUS),
    Member("usr/bin/su", b"x", mode=0o4755),
    Member("usr/bin/apt", b"x"),
    Member("root/.ssh/id_rsa", b"k"),
)
HIGH = archive(
    Member("root/.ssh/.wh.id_rsa"),
    Member("srv/demo-1.0.dist-info/METADATA", b"Name: Demo\nVersion: 1.0\n"),
    Member("srv/.env", b"A=1"),
)
ARM = Platform(os="linux", architecture="arm64")


@pytest.fixture
def blobs() -> Blobs:
    return Blobs()


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_an_image_is_known_whole(blobs: Blobs, compression: str) -> None:
    described = image(blobs, LOW, HIGH, compression=compression, history=["COPY x", "RUN y"])
    seen = observed(blobs, described)
    held = inventory(seen)

    assert (seen.structure.status, seen.mismatches, problems(seen)) == ("complete", (), [])
    assert seen.digest == seen.manifest == described["digest"]
    assert [one.diff_id for one in seen.layers] == [digest(LOW), digest(HIGH)]
    assert [one.compression for one in seen.layers] == [compression] * 2
    assert held.os_release == OsRelease(id="debian", version="12")
    assert held.packages == (InstalledPackage(manager="dpkg", name="libc6", version="2.36"),)
    assert held.distributions == (Distribution(name="demo", version="1.0"),)
    assert (held.privileged, held.managers) == (("usr/bin/su",), ("usr/bin/apt",))
    assert held.secrets == (
        ImageSecret(where="root/.ssh/id_rsa", what="SSH key", layer=1, removed=True),
        ImageSecret(where="srv/.env", what="environment file", layer=2),
    )
    assert ("os", "debian 12") in seen.structure.metadata


def test_the_paper_says_who_runs_what(blobs: Blobs) -> None:
    seen = observed(blobs, image(blobs, LOW, config={"User": "7", "Cmd": ["serve"]}))

    assert (config(seen).user, config(seen).cmd) == ("7", ("serve",))


def test_credentials_in_the_paper_are_told_without_their_text(blobs: Blobs) -> None:
    said = {
        "Env": ["PATH=/bin", "DB_PASSWORD=hunter2hunter", "KEY=ghp_" + "a1B2" * 9],
        "Labels": {"api_key": "q8Zk3mW1xT5v"},
    }
    steps = ["RUN echo", "ARG TOKEN", "RUN API_SECRET=q8Zk3mW1xT5vLa make"]
    seen = observed(blobs, image(blobs, LOW, config=said, history=steps))

    assert [one.where for one in seen.secrets] == [
        "env DB_PASSWORD",
        "env KEY",
        "label api_key",
        "history 3",
    ]
    assert "hunter2" not in repr(seen.secrets)


@pytest.mark.parametrize("part", ["manifest", "config", "layer 1"])
def test_a_flipped_byte_anywhere_is_a_mismatch(blobs: Blobs, part: str) -> None:
    described = image(blobs, LOW)
    manifest = json.loads(blobs.held[described["digest"]])
    wanted = {
        "manifest": described,
        "config": manifest["config"],
        "layer 1": manifest["layers"][0],
    }[part]["digest"]
    data = blobs.held[wanted]
    changed = bytes([*data[:-1], data[-1] ^ 1])
    blobs.held[wanted] = changed
    seen = observed(blobs, described)

    assert ImageMismatch(part=part, seen=digest(changed), wanted=wanted) in seen.mismatches
    assert seen.structure.status != "complete"


@pytest.mark.parametrize("change", [b"more", None])
def test_another_length_is_a_mismatch(blobs: Blobs, change: bytes | None) -> None:
    described = image(blobs, LOW)
    (layer,) = json.loads(blobs.held[described["digest"]])["layers"]
    data = blobs.held[layer["digest"]]
    blobs.held[layer["digest"]] = data[:-20] if change is None else data + change
    (mismatch,) = observed(blobs, described).mismatches

    assert mismatch.part == "layer 1"


def test_a_size_that_lies_is_a_mismatch(blobs: Blobs) -> None:
    made = image(blobs, LOW)
    document = json.loads(blobs.held[made["digest"]])
    document["layers"][0]["size"] += 1
    document["config"]["size"] += 1
    described = blobs.document(document)
    found = {one.part for one in observed(blobs, described).mismatches}

    assert found == {"config"}
    document["config"]["size"] -= 1
    (mismatch,) = observed(blobs, blobs.document(document)).mismatches
    assert mismatch.seen.endswith(" bytes")


def test_what_a_layer_unfolds_to_is_held_against_the_paper(blobs: Blobs) -> None:
    (mismatch,) = observed(blobs, image(blobs, LOW, diff_ids=[digest(HIGH)])).mismatches

    assert mismatch == ImageMismatch(
        part="layer 1, unfolded,", seen=digest(LOW), wanted=digest(HIGH)
    )


def test_as_many_layers_as_the_paper_says(blobs: Blobs) -> None:
    (mismatch,) = observed(blobs, image(blobs, LOW, HIGH, diff_ids=[digest(LOW)])).mismatches

    assert (mismatch.part, mismatch.seen) == ("number of layers", "2 layers")


def test_a_layer_that_is_gone_is_not_passed_over(blobs: Blobs) -> None:
    described = image(blobs, LOW, HIGH)
    del blobs.held[digest(squeezed(HIGH))]
    seen = observed(blobs, described)

    assert seen.structure.status == "incomplete"
    assert "layer 2" in seen.structure.members[1].reason
    assert seen.layers[1].diff_id == ""


def test_a_layer_that_is_damaged_is_digested_all_the_same(blobs: Blobs) -> None:
    made = image(blobs, LOW)
    document = json.loads(blobs.held[made["digest"]])
    broken = squeezed(LOW)[:200] + bytes(99)
    document["layers"] = [blobs.keep(broken, document["layers"][0]["mediaType"])]
    seen = observed(blobs, blobs.document(document))

    assert seen.layers[0].digest == digest(broken)
    assert seen.layers[0].diff_id == ""
    assert (seen.structure.status, seen.mismatches) == ("incomplete", ())
    assert seen.structure.members[0].status == "error"


@pytest.mark.parametrize("raw", [b"", b"no archive".ljust(512)])
def test_a_layer_that_is_no_archive_is_corrupt(blobs: Blobs, raw: bytes) -> None:
    seen = observed(blobs, image(blobs, raw, compression="none"))

    assert seen.structure.members[0].status == "error"


def test_bytes_behind_the_compressed_data_are_hidden(blobs: Blobs) -> None:
    made = image(blobs, LOW)
    document = json.loads(blobs.held[made["digest"]])
    longer = squeezed(LOW) + b"payload"
    document["layers"] = [blobs.keep(longer, document["layers"][0]["mediaType"])]
    seen = observed(blobs, blobs.document(document))

    assert problems(seen) == ["SEC009 7 bytes follow the compressed data"]
    assert seen.structure.status == "incomplete"


def test_a_media_type_that_lies_is_told(blobs: Blobs) -> None:
    made = image(blobs, LOW)
    document = json.loads(blobs.held[made["digest"]])
    document["layers"] = [blobs.keep(LOW, document["layers"][0]["mediaType"])]
    seen = observed(blobs, blobs.document(document))

    assert problems(seen) == ["INT008 its compression is none, its media type says gzip"]


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_bomb_is_not_unfolded(blobs: Blobs, compression: str) -> None:
    bomb = archive(Member("zeros", bytes(4 << 20)))
    described = image(blobs, bomb, compression=compression)
    seen = observed(blobs, described, limits=ImageLimits(ratio=10, slack=1000))

    assert seen.structure.members[0].problems[0].code == "SEC002"
    assert seen.structure.status == "incomplete"
    assert seen.layers[0].digest


def test_all_layers_share_what_may_be_unfolded(blobs: Blobs) -> None:
    seen = observed(blobs, image(blobs, LOW, HIGH), limits=ImageLimits(unfolded=10, slack=10))

    assert [one.diff_id for one in seen.layers] == ["", ""]


def test_all_layers_share_how_many_files_there_may_be(blobs: Blobs) -> None:
    described = image(blobs, LOW, HIGH, LOW)
    seen = observed(blobs, described, limits=ImageLimits(entries=12))

    assert [part.status for part in seen.structure.members].count("complete") == 1
    assert seen.structure.status == "incomplete"


def test_an_image_that_cannot_be_laid_together_has_no_inventory(blobs: Blobs) -> None:
    seen = observed(blobs, image(blobs, LOW, HIGH), limits=ImageLimits(steps=3))

    assert isinstance(seen.inventory, Unavailable)
    assert seen.structure.status == "incomplete"


def test_a_database_nobody_reads_is_not_silence(blobs: Blobs) -> None:
    seen = observed(blobs, image(blobs, archive(Member("var/lib/rpm/rpmdb.sqlite", b"x"))))

    assert seen.structure.status == "incomplete"
    assert "no database of rpm that can be read" in seen.structure.reason
    assert inventory(seen).unread


def test_distroless_and_alpine_have_packages_too(blobs: Blobs) -> None:
    data = archive(
        Member("var/lib/dpkg/status.d/base", b"Package: base-files\nVersion: 12\n"),
        Member("var/lib/dpkg/status.d/base.md5sums", b"Package: no\nVersion: 0\n"),
        Member("lib/apk/db/installed", b"P:musl\nV:1.2\n"),
        Member("x/y.egg-info", b"no metadata"),
    )
    held = inventory(observed(blobs, image(blobs, data)))

    assert [one.name for one in held.packages] == ["musl", "base-files"]
    assert held.unread == ("metadata without name and version",)


def test_the_platform_wanted_is_read(blobs: Blobs) -> None:
    described = index(blobs, image(blobs, LOW), image(blobs, HIGH, platform=("linux", "arm64")))
    usual, arm = observed(blobs, described), observed(blobs, described, platform=ARM)

    assert [str(one) for one in usual.platforms] == ["linux/amd64", "linux/arm64"]
    assert config(usual).platform.architecture == "amd64"
    assert (config(arm).platform, arm.layers[0].diff_id) == (ARM, digest(HIGH))
    assert (arm.digest, arm.manifest != arm.digest) == (described["digest"], True)


def test_statements_about_images_are_no_images(blobs: Blobs) -> None:
    statement = blobs.document({"schemaVersion": 2, "mediaType": MANIFEST})
    statement["platform"] = {"os": "unknown", "architecture": "unknown"}
    described = index(blobs, statement, index(blobs, image(blobs, LOW)))
    seen = observed(blobs, described)

    assert (seen.structure.status, len(seen.platforms)) == ("complete", 1)


def test_a_listed_image_that_is_not_there_is_passed_over_and_a_changed_one_is_not(
    blobs: Blobs,
) -> None:
    gone, changed = image(blobs, HIGH, platform=("linux", "arm64")), image(blobs, HIGH, LOW)
    described = index(blobs, image(blobs, LOW), gone, changed)
    del blobs.held[gone["digest"]]
    blobs.held[changed["digest"]] += b" "
    (mismatch,) = observed(blobs, described).mismatches

    assert (mismatch.wanted, mismatch.part[:9]) == (changed["digest"], "manifest ")


def test_an_index_that_calls_an_image_another_platform_is_a_mismatch(blobs: Blobs) -> None:
    made = image(blobs, LOW)
    made["platform"] = {"os": "linux", "architecture": "s390x"}
    (mismatch,) = observed(blobs, index(blobs, made)).mismatches

    assert (mismatch.seen, mismatch.wanted) == ("linux/amd64", "linux/s390x")


def test_an_index_without_images_is_not_known(blobs: Blobs) -> None:
    seen = observed(blobs, index(blobs))

    assert isinstance(seen.config, Unavailable)
    assert seen.structure.status == "incomplete"


def test_indexes_without_end_are_not_followed(blobs: Blobs) -> None:
    described = image(blobs, LOW)
    for _ in range(6):
        described = index(blobs, described)
    assert observed(blobs, described).structure.reason == "its indexes are nested too deeply"

    many = index(blobs, *(image(blobs, LOW, history=[str(n)]) for n in range(5)))
    limited = observed(blobs, many, limits=ImageLimits(platforms=3))
    assert limited.structure.reason == "more than 3 manifests"


@pytest.mark.parametrize("raw", [b"{}", b"no json"])
def test_a_manifest_that_is_none_is_corrupt(blobs: Blobs, raw: bytes) -> None:
    seen = observed(blobs, blobs.keep(raw, MANIFEST))

    assert seen.structure.status == "error"


def test_another_artifact_is_no_image(blobs: Blobs) -> None:
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": blobs.keep(b"{}", "application/vnd.cncf.model.config.v1+json"),
        "layers": [],
    }
    seen = observed(blobs, blobs.document(document))

    assert isinstance(seen.config, Unavailable)
    assert "it is no container image" in seen.config.reason


@pytest.mark.parametrize("raw", [b"{}", b"[", b'{"os":"linux"}'])
def test_a_paper_that_is_none_is_corrupt(blobs: Blobs, raw: bytes) -> None:
    made = image(blobs, LOW)
    document: dict[str, Any] = json.loads(blobs.held[made["digest"]])
    document["config"] = blobs.keep(raw, CONFIG)
    seen = observed(blobs, blobs.document(document))

    assert seen.structure.status == "error"
    assert isinstance(seen.config, Unavailable)


def test_a_paper_over_the_limit_is_not_read(blobs: Blobs) -> None:
    seen = observed(blobs, image(blobs, LOW), limits=ImageLimits(config=10))

    assert isinstance(seen.config, Unavailable)


def test_what_is_not_there_is_unavailable(blobs: Blobs) -> None:
    described = read_descriptor(image(blobs, LOW), "")
    empty = MemoryImages(Blobs())

    assert isinstance(observe_image(empty, described), Unavailable)
    assert isinstance(observe_base(empty, described), Unavailable)


def test_a_base_is_known_by_its_paper_alone(blobs: Blobs) -> None:
    described = read_descriptor(image(blobs, LOW, HIGH), "")
    del blobs.held[digest(squeezed(LOW))]

    assert observe_base(MemoryImages(blobs), described) == (digest(LOW), digest(HIGH))


def test_a_base_that_was_changed_proves_nothing(blobs: Blobs) -> None:
    made = image(blobs, LOW)
    blobs.held[made["digest"]] += b" "

    found = observe_base(MemoryImages(blobs), read_descriptor(made, ""))
    assert found == Unavailable("its manifest is another than was asked for")
    wrong = observe_base(MemoryImages(blobs), read_descriptor(index(blobs), ""))
    assert wrong == Unavailable("no image of its index is there")
