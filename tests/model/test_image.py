from __future__ import annotations

from dataclasses import replace

import pytest

from weighbridge.model.fact import Unavailable
from weighbridge.model.image import (
    BaseProof,
    ImageLayer,
    ImageMismatch,
    ObservedImage,
    Platform,
    has_base,
)
from weighbridge.model.structure import Structure

ONE, TWO, OTHER = (f"sha256:{letter * 64}" for letter in "123")
IMAGE = ObservedImage(
    name="memory",
    digest=OTHER,
    manifest=OTHER,
    platforms=(Platform(os="linux", architecture="amd64"),),
    config=Unavailable("nobody asks"),
    layers=tuple(
        ImageLayer(digest=OTHER, diff_id=one, size=1, compression="none") for one in (ONE, TWO)
    ),
    mismatches=(),
    structure=Structure(format="oci-image", status="complete"),
    inventory=Unavailable("nobody asks"),
)
UNREAD = replace(IMAGE.layers[1], diff_id="")


@pytest.mark.parametrize(
    ("base", "proof"),
    [
        ((ONE,), BaseProof.PROVEN),
        ((ONE, TWO), BaseProof.PROVEN),
        ((TWO,), BaseProof.REFUTED),
        ((ONE, OTHER), BaseProof.REFUTED),
        ((ONE, TWO, OTHER), BaseProof.REFUTED),
        ((), BaseProof.UNKNOWN),
    ],
)
def test_a_base_is_proven_by_the_first_layers(base: tuple[str, ...], proof: BaseProof) -> None:
    assert has_base(IMAGE, base) is proof


@pytest.mark.parametrize(
    "image",
    [
        replace(IMAGE, layers=(IMAGE.layers[0], UNREAD)),
        replace(IMAGE, mismatches=(ImageMismatch(part="config", seen="", wanted=""),)),
        replace(IMAGE, structure=Structure(format="oci-image", status="error")),
    ],
)
def test_an_image_that_is_not_whole_proves_no_base(image: ObservedImage) -> None:
    assert has_base(image, (ONE,)) is BaseProof.UNKNOWN
    assert has_base(image, (OTHER,)) is BaseProof.REFUTED
