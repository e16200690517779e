"""A release that declares a container image, with copies of the image beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scripts.sample_image import Blobs, Member, archive, image, write_layout

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

COPIES = ("--image", "../image", "--image", "../base")
LOW = archive(Member("etc/os-release", b"ID=debian\n"), Member("root/.netrc", b"x"))
HIGH = archive(Member("root/.wh..netrc"), Member("srv/app", b"x"))
REF = "registry.example.com/ml/serving"
RULES = ("--select", "INT011,CMP005,SEC008,INT008,SEC002,SEC009")


class ImageRelease:
    """A committed release that declares an image, and copies of the image beside it."""

    def __init__(self, bench: Bench, *, ref: str = REF, arch: str = "") -> None:
        self.bench = bench
        self.place = bench.folder.parent
        blobs, base = Blobs(), Blobs()
        self.image = image(blobs, LOW, HIGH)
        self.base = image(base, LOW)
        write_layout(self.place / "image", blobs, self.image)
        write_layout(self.place / "base", base, self.base)
        self.declare(self.image["digest"], ref=ref, base=self.base["digest"], arch=arch)

    def declare(self, digest: str, *, ref: str = REF, base: str = "", arch: str = "") -> None:
        built = f', base: {{ref: {ref}-base, digest: "{base}"}}' if base else ""
        self.bench.edit(
            "  environment:\n",
            f'  environment:\n    image: {{ref: "{ref}", digest: "{digest}"{built}}}\n',
        )
        if arch:
            target = f"[{{name: edge, os: linux, arch: {arch}}}]"
            self.bench.edit(
                "  dependencies:\n", f"  compatibility: {{targets: {target}}}\n  dependencies:\n"
            )

    def check(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        found = self.bench("check", *RULES, "--output-format", "json", *words)
        return found.code, found.json["findings"]


def messages(findings: list[dict[str, Any]], verdict: str = "fail") -> list[str]:
    return [f"{one['code']} {one['message']}" for one in findings if one["verdict"] == verdict]


def captured(imaged: ImageRelease, *words: str) -> list[str]:
    found = imaged.bench("capture", *words)
    assert found.code == 0, found.err
    return [line for line in found.out.splitlines() if " /spec/environment/image" in line]


@pytest.fixture
def imaged(bench: Bench) -> ImageRelease:
    return ImageRelease(bench)
