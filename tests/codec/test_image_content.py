from __future__ import annotations

import json
from typing import Any

import pytest

from weighbridge.codec.image_content import ImageContentError, content_bytes, read_content
from weighbridge.model.fact import Distribution
from weighbridge.model.image import (
    ImageLayer,
    ImageSecret,
    InstalledPackage,
    Inventory,
    OsRelease,
)

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


@pytest.mark.parametrize("inventory", [WHOLE, Inventory()])
def test_what_is_written_is_read_back(inventory: Inventory) -> None:
    assert read_content(content_bytes(LAYERS, inventory)) == (LAYERS, inventory)


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
    document: dict[str, Any] = json.loads(content_bytes(LAYERS, WHOLE))
    document["inventory"][at] = value

    with pytest.raises(ImageContentError):
        read_content(json.dumps(document).encode())
