"""Read a container image (`image_reads.py LAYOUT read`), or only import what reads one."""

from __future__ import annotations

import sys
from pathlib import Path

from weighbridge.model.fact import Unavailable
from weighbridge.model.limits import DEFAULT_IMAGE_LIMITS
from weighbridge.probes.images.holders import FolderHolder
from weighbridge.probes.images.local import LocalImages
from weighbridge.probes.images.observing import observe_image
from weighbridge.probes.tree import WorkTree


def read(layout: str) -> str:
    """Read an image, every byte of it, and say what it holds."""
    holder = FolderHolder(layout, WorkTree(Path(layout)))
    source = LocalImages(holder, DEFAULT_IMAGE_LIMITS)
    found = observe_image(source, source.resolve(""))
    if isinstance(found, Unavailable) or isinstance(found.inventory, Unavailable):
        raise SystemExit(f"the image was not read: {found}")
    if found.mismatches or found.structure.status != "complete":
        raise SystemExit(f"the image is not whole: {found.structure.reason}")
    return f"{found.inventory.files} files, {len(found.inventory.distributions)} distributions"


if __name__ == "__main__" and sys.argv[2] == "read":
    print(read(sys.argv[1]))
