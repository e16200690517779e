from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from scripts.sample_image import (
    Blobs,
    Member,
    archive,
    archived,
    image,
    index,
    write_docker_archive,
    write_layout,
)
from tests.registries import running_registry
from tests.tools import run_tool
from tests.usecases.image_release import (
    COPIES,
    HIGH,
    LOW,
    REF,
    RULES,
    ImageRelease,
    captured,
    messages,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.workshop import Bench

PICKLE = b"cposix\nsystem\n(S'id'\ntR."
PLAIN = b"\x80\x04N."


def with_models(imaged: ImageRelease, *members: Member, name: str = "models") -> str:
    """Write an image with files in it beside the release, and declare it."""
    blobs = Blobs()
    described = image(blobs, LOW, archive(*members))
    write_layout(imaged.place / name, blobs, described)
    imaged.bench.edit(imaged.image["digest"], described["digest"])
    return f"../{name}"


def test_a_model_in_an_image_is_judged_as_a_loose_one(imaged: ImageRelease) -> None:
    place = with_models(imaged, Member("srv/a", PICKLE), Member("srv/b.json", b"{}"))
    found = imaged.bench("scan", place, "--output-format", "json")
    (file,) = found.json["files"]
    (threat,) = [one for one in file["findings"] if one["code"] == "SEC001"]

    assert (found.code, file["verdict"]) == (1, "malicious")
    assert (threat["container"], threat["global"]) == ("srv/a", "posix.system")
    assert file["inside"] == {"examined": 1, "files": 4}
    judged = imaged.bench(
        "check", "--select", "SEC001", "--image", place, "--offline", "--output-format", "json"
    )
    assert judged.code == 1
    (finding,) = judged.json["findings"]
    assert finding["subject"] == f"{REF}!/srv/a"
    assert finding["message"] == f"loading {REF}!/srv/a would call posix.system('id') at byte 22"
    assert finding["location"]["pointer"] == "/spec/environment/image/ref"


def test_a_model_in_the_image_that_nothing_lists_fails(imaged: ImageRelease) -> None:
    weights = (imaged.bench.folder / "weights/model.safetensors").read_bytes()
    members = (Member("srv/a.pkl", PLAIN), Member("srv/model.safetensors", weights))
    place = with_models(imaged, *members, Member("srv/config.json", b"{}"))
    words = ("--select", "INT003", "--image", place, "--offline", "--output-format", "json")
    found = imaged.bench("check", *words)

    assert found.code == 1
    assert messages(found.json["findings"]) == [
        f"INT003 {REF}!/srv/a.pkl is a model that nothing lists"
    ]


RECORDED = "usr/lib/python3/site-packages/demo-1.0.dist-info/RECORD"


def recorded(*files: tuple[str, bytes]) -> tuple[Member, ...]:
    """Make files of a package, and the list of them."""
    rows = b""
    for name, data in files:
        value = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
        rows += b"demo/%b,sha256=%b,1\n" % (name.encode(), value)
    inside = RECORDED.rpartition("/")[0].rpartition("/")[0]
    members = [Member(f"{inside}/demo/{name}", data) for name, data in files]
    return (*members, Member(RECORDED, rows))


def test_of_what_a_package_lists_only_harm_is_told(imaged: ImageRelease) -> None:
    unknown = b"cdemo\nThing\n)R."
    place = with_models(imaged, *recorded(("a.pkl", unknown), ("b.pkl", PICKLE)))
    words = ("--select", "SEC001,INT003", "--image", place, "--offline", "--output-format", "json")
    found = messages(imaged.bench("check", *words).json["findings"])

    assert len(found) == 1
    assert found[0].endswith("demo/b.pkl would call posix.system('id') at byte 22")


def test_a_template_in_an_image_is_judged(imaged: ImageRelease) -> None:
    walk = json.dumps({"chat_template": "{{ ''.__class__.__mro__ }}"}).encode()
    plain = json.dumps({"chat_template": "{{ messages[0].content }}"}).encode()
    place = with_models(
        imaged,
        Member("srv/a/tokenizer_config.json", walk),
        Member("srv/b/tokenizer_config.json", plain),
    )
    (file,) = imaged.bench("scan", place, "--output-format=json").json["files"]
    (found,) = [one for one in file["findings"] if one["code"] == "SEC004"]
    assert "srv/a/tokenizer_config.json" in found["message"]


def test_an_image_that_is_all_it_says_passes_but_for_what_lies_in_it(
    imaged: ImageRelease,
) -> None:
    code, findings = imaged.check(*COPIES, "--offline")

    assert code == 0
    (message,) = messages(findings)
    assert message.startswith(f"SEC008 {REF} holds what looks like a credential in root/.netrc")
    assert message.endswith("(layer 1), and a later layer only hides it")
    inputs = imaged.bench("check", "--output-format", "json", *COPIES, "--offline").json["inputs"]
    assert {"name": REF, "digest": imaged.image["digest"], "cached": False} in inputs


def test_a_tar_will_do_as_well(imaged: ImageRelease) -> None:
    archived(imaged.place / "image", imaged.place / "image.tar")

    assert imaged.check("--image", "../image.tar", "--image", "../base", "--offline")[0] == 0


def test_a_changed_layer_fails(imaged: ImageRelease) -> None:
    for path in (imaged.place / "image/blobs/sha256").iterdir():
        if path.read_bytes().startswith(b"\x1f\x8b"):
            path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    code, findings = imaged.check(*COPIES, "--offline")

    assert code == 1
    assert f"INT011 the layer 1 of {REF} is not what its digest says" in messages(findings)


def test_another_image_fails_against_the_declared_digest(imaged: ImageRelease) -> None:
    blobs = Blobs()
    write_layout(imaged.place / "other", blobs, image(blobs, HIGH))
    code, findings = imaged.check("--image", "../other", "--image", "../base", "--offline")

    assert code == 1
    assert "INT011 ../other is another image than the manifest declares" in messages(findings)


def test_another_base_fails_whatever_a_label_says(imaged: ImageRelease) -> None:
    blobs = Blobs()
    labels = {"Labels": {"org.opencontainers.image.base.digest": imaged.base["digest"]}}
    described = image(blobs, HIGH, LOW, config=labels)
    write_layout(imaged.place / "other", blobs, described)
    imaged.bench.edit(imaged.image["digest"], described["digest"])
    code, findings = imaged.check("--image", "../other", "--image", "../base", "--offline")

    assert code == 1
    assert f"INT011 {REF} is not built on {REF}-base: layer 1 is another" in messages(findings)


def test_an_archive_of_docker_proves_no_digest(imaged: ImageRelease) -> None:
    write_docker_archive(imaged.place / "saved.tar", LOW, HIGH)
    code, findings = imaged.check("--image", "../saved.tar", "--image", "../base", "--offline")

    assert code == 3
    assert messages(findings, "inconclusive") == [
        f"INT011 the digest of {REF} is not known: ../saved.tar has no manifest"
    ]


def test_an_image_nobody_gave_is_inconclusive_and_says_what_to_do(
    imaged: ImageRelease,
) -> None:
    code, findings = imaged.check("--offline")

    assert code == 3
    assert {one["code"] for one in findings} == {"INT011", "SEC008"}
    assert all("--image" in one["remediation"][0] for one in findings)


def test_a_copy_that_is_no_image_is_refused(imaged: ImageRelease) -> None:
    found = imaged.bench("check", "--image", "weights", "--offline")

    assert found.code == 2
    assert "neither an OCI image layout nor an archive" in found.err


@pytest.mark.parametrize(("arch", "code"), [("x86_64", 0), ("aarch64", 1)])
def test_the_image_must_run_where_the_release_does(bench: Bench, arch: str, code: int) -> None:
    assert ImageRelease(bench, arch=arch).check(*COPIES, "--offline")[0] == code


def test_damage_in_a_layer_is_judged_as_that_of_a_file(bench: Bench) -> None:
    release = ImageRelease(bench)
    blobs = Blobs()
    described = image(blobs, LOW, archive(Member("../x", b"1")))
    write_layout(release.place / "other", blobs, described)
    bench.edit(release.image["digest"], described["digest"])
    code, findings = release.check("--image", "../other", "--image", "../base", "--offline")

    assert code == 1
    assert any(one.startswith("SEC002") for one in messages(findings))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


def copy_to(registry: str, layout: Path, name: str) -> None:
    done = run_tool(
        *("skopeo", "--insecure-policy", "copy", "--all", "--preserve-digests"),
        *("--dest-tls-verify=false", f"oci:{layout}:latest", f"docker://{registry}/{name}:1"),
    )
    assert done.returncode == 0, done.stderr


def test_a_tag_is_asked_for_what_nobody_has_pinned(bench: Bench, registry: str) -> None:
    release = ImageRelease(bench, ref=f"{registry}/ml/tagged:1")
    copy_to(registry, release.place / "image", "ml/tagged")
    bench.edit(release.image["digest"], "TODO")
    bench.edit(
        f', base: {{ref: {registry}/ml/tagged:1-base, digest: "{release.base["digest"]}"}}', ""
    )
    assert (
        captured(release)[0]
        == f"~ /spec/environment/image/digest  {release.image['digest']}  (manifest: TODO)"
    )
    bench("capture", "--update")
    assert release.image["digest"] in (bench.folder / "release.yaml").read_text()


def test_the_registry_is_asked_by_digest_where_no_copy_was_named(
    bench: Bench, registry: str
) -> None:
    release = ImageRelease(bench, ref=f"{registry}/ml/serving")
    copy_to(registry, release.place / "image", "ml/serving")
    copy_to(registry, release.place / "base", "ml/serving-base")
    code, findings = release.check()

    assert code == 0, findings
    assert [one["code"] for one in findings] == ["SEC008"]


def test_what_is_known_of_an_image_on_a_registry_is_not_read_again(
    bench: Bench, registry: str
) -> None:
    release = ImageRelease(bench, ref=f"{registry}/ml/cached")
    copy_to(registry, release.place / "image", "ml/cached")
    copy_to(registry, release.place / "base", "ml/cached-base")
    (bench.folder / ".weighbridge").mkdir()

    def ask(*words: str) -> tuple[bool, list[Any]]:
        found = bench("check", *RULES, "--output-format", "json", *words).json
        (cached,) = [one["cached"] for one in found["inputs"] if one["name"].endswith("ml/cached")]
        return cached, found["findings"]

    first, second, third = ask(), ask(), ask("--paranoid")
    assert [first[0], second[0], third[0]] == [False, True, False]
    assert first[1] == second[1] == third[1]


def test_an_image_on_a_registry_is_scanned_where_it_lies(bench: Bench, registry: str) -> None:
    release = ImageRelease(bench)
    copy_to(registry, release.place / "image", "scanned")
    (found,) = bench("scan", f"oci://{registry}/scanned:1", "--output-format", "json").json["files"]

    assert (found["format"], found["verdict"]) == ("oci-image", "clean")
    assert found["digest"] == release.image["digest"]


def test_a_reference_that_names_no_registry_is_inconclusive(bench: Bench) -> None:
    assert ImageRelease(bench, ref="python:3.12").check()[0] == 3


def test_an_image_that_is_not_on_its_registry_is_inconclusive(bench: Bench, registry: str) -> None:
    code, findings = ImageRelease(bench, ref=f"{registry}/no/such").check()

    assert code == 3
    assert messages(findings) == []


def test_layouts_and_archives_are_scanned_as_images(imaged: ImageRelease) -> None:
    archived(imaged.place / "image", imaged.place / "image.tar")
    write_docker_archive(imaged.place / "saved.tar", LOW, HIGH)
    found = imaged.bench("scan", "../image", "../image.tar", "../saved.tar", "weights")

    assert found.code == 0
    assert found.out.splitlines()[:3] == [
        line
        for line in found.out.splitlines()
        if line.startswith("clean  ") and line.endswith("  (0 of 2 files looked into)")
    ]
    files = imaged.bench("scan", "../saved.tar", "../image", "--output-format", "json").json[
        "files"
    ]
    assert {one["format"] for one in files} == {"docker-archive", "oci-layout"}
    assert all(one["coverage"]["bytes"] == one["coverage"]["total"] for one in files)


def test_every_platform_and_image_of_a_layout_is_scanned(run: Bench) -> None:
    blobs = Blobs()
    both = index(blobs, image(blobs, LOW), image(blobs, HIGH, platform=("linux", "arm64")))
    write_layout(run.folder / "one", blobs, both)
    write_layout(run.folder / "two", blobs, both, image(blobs, LOW))
    paths = [one["path"] for one in run("scan", "one", "--output-format", "json").json["files"]]

    assert paths == ["one (linux/amd64)", "one (linux/arm64)"]
    assert len(run("scan", "two", "--output-format", "json").json["files"]) == 3
    named = run("scan", "oci:one:latest", "--output-format", "json").json["files"]
    assert all(one["path"].startswith("oci:one:latest") for one in named)


def test_what_is_wrong_with_an_image_is_said_by_scan(run: Bench) -> None:
    blobs = Blobs()
    described = image(blobs, LOW, archive(Member("../x", b"1")))
    layout = write_layout(run.folder / "image", blobs, described)
    (layout / "blobs/sha256/extra").write_bytes(b"x")
    found = run("scan", "image")

    assert found.code == 1
    assert "leads out of the image" in found.out
    assert "`blobs/sha256/extra` belongs to no image" in found.out
    (layout / "blobs/sha256/extra").unlink()
    (layout / f"blobs/sha256/{described['digest'][7:]}").unlink()
    assert run("scan", "image").code == 3


def test_a_changed_layer_is_said_by_scan(run: Bench) -> None:
    blobs = Blobs()
    described = image(blobs, LOW, diff_ids=[f"sha256:{'0' * 64}"])
    write_layout(run.folder / "image", blobs, described)
    found = run("scan", "image")

    assert found.code == 1
    assert "error[INT011]: the layer 1, unfolded, of image is not what its digest says" in found.out
