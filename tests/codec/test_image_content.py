from __future__ import annotations

import json
from typing import Any

import pytest

from weighbridge.codec.image_content import (
    ImageContent,
    ImageContentError,
    content_bytes,
    read_content,
)
from weighbridge.model.fact import Distribution
from weighbridge.model.image import (
    ImageFile,
    ImageLayer,
    ImageSecret,
    InstalledPackage,
    Inventory,
    OsRelease,
)
from weighbridge.model.structure import GlobalUse, Structure

LAYERS = (ImageLayer(digest="a", diff_id="b", size=1, compression="gzip", unfolded=2, entries=3),)
WHOLE = Inventory(
    files=1,
    os_release=OsRelease(id="debian"),
    packages=(InstalledPackage(manager="dpkg", name="a", version="1"),),
    distributions=(Distribution(name="b", version="2"),),
    privileged=("usr/bin/su",),
    managers=("usr/bin/apt",),
    secrets=(ImageSecret(where="x", what="y", layer=1, removed=True),),
    unread=("z",),
)


FILE = ImageFile(
    path="srv/model.pkl",
    layer=1,
    size=7,
    digest="sha256:c",
    package="demo 1.0",
    structure=Structure(
        format="pickle",
        status="complete",
        container="srv/model.pkl",
        globals=(GlobalUse(module="posix", name="system", offset=2, called=True),),
    ),
)


@pytest.mark.parametrize("inventory", [WHOLE, Inventory()])
@pytest.mark.parametrize("files", [(), (FILE,)])
def test_what_is_written_is_read_back(inventory: Inventory, files: tuple[ImageFile, ...]) -> None:
    content = ImageContent(layers=LAYERS, inventory=inventory, files=files)
    assert read_content(content_bytes(content)) == content


@pytest.mark.parametrize(
    "value", [1, [1], [["a", 1, "b"]], [["a", 1, "b", "{}"]], [["a", "1", "b", "c"]]]
)
def test_files_of_another_shape_are_refused(value: object) -> None:
    document = json.loads(content_bytes(ImageContent(layers=LAYERS, inventory=WHOLE)))
    with pytest.raises(ImageContentError):
        read_content(json.dumps(document | {"files": value}).encode())


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"layers":[]}'])
def test_other_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(ImageContentError):
        read_content(raw)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        ("files", True),
        ("files", "1"),
        ("privileged", "su"),
        ("privileged", [1]),
        ("os_release", {"id": "debian"}),
        ("os_release", []),
        ("secrets", [{}]),
        ("more", 1),
    ],
)
def test_values_of_other_types_are_refused(at: str, value: object) -> None:
    document: dict[str, Any] = json.loads(
        content_bytes(ImageContent(layers=LAYERS, inventory=WHOLE))
    )
    document["inventory"][at] = value

    with pytest.raises(ImageContentError):
        read_content(json.dumps(document).encode())
