"""A Dockerfile beside the model: an image will be built, on a base that stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.authoring.base import TODO
from weighbridge.usecases.proposing.dockerfile import base_image
from weighbridge.usecases.proposing.images import image
from weighbridge.usecases.proposing.partial import Partial

if TYPE_CHECKING:
    from weighbridge.usecases.proposing.folder import Folder

NAMES = ("Dockerfile", "Containerfile")


def propose(folder: Folder) -> Partial:
    """Propose the image of the first container file in a folder."""
    name = next((name for name in NAMES if folder.kind(name) == "file"), None)
    data = folder.whole(name) if name is not None else None
    if name is None or data is None:
        return Partial()
    base = base_image(data.decode("utf-8", "replace"))
    if base is None:
        folder.note(name, "it has no FROM")
        return Partial()
    found = image(base) or {"ref": TODO, "digest": TODO}
    return Partial(
        document={"spec": {"environment": {"image": found}}},
        found=(f"image: {folder.at(name)}",),
    )
