"""Open an image on disk: a layout or archive, told by what is in it and not by its name."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from weighbridge.formats.image.tar_walk import is_tar
from weighbridge.model.errors import UnreadableError
from weighbridge.model.fact import PathProblem, Unavailable
from weighbridge.model.limits import DEFAULT_IMAGE_LIMITS, ImageLimits
from weighbridge.probes.images.holders import ArchiveHolder, FolderHolder
from weighbridge.probes.images.local import ARCHIVE, LAYOUT, LocalImages, image_format, is_saved
from weighbridge.probes.tree import WorkTree

_HEAD = 512


def open_images(
    path: str, start: Path, *, limits: ImageLimits = DEFAULT_IMAGE_LIMITS
) -> LocalImages:
    """Open the images a user named.

    Args:
        path: A folder, or a tar.
        start: The folder paths are relative to.
        limits: Budgets.

    Raises:
        UnreadableError: It is not there, or holds no image.
    """
    full = start / path
    try:
        is_folder = stat.S_ISDIR(full.stat().st_mode)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UnreadableError(f"{path} cannot be read: {reason}") from error
    if is_folder:
        return LocalImages(FolderHolder(path, WorkTree(full)), limits)
    real = Path(os.path.realpath(full))
    source = WorkTree(real.parent).open(real.name)
    if isinstance(source, PathProblem | Unavailable):
        why = source.kind if isinstance(source, PathProblem) else source.reason
        raise UnreadableError(f"{path} cannot be read: {why}")
    try:
        return LocalImages(ArchiveHolder(path, source, limits), limits)
    except BaseException:
        source.close()
        raise


def holds_image(path: str, start: Path, *, limits: ImageLimits = DEFAULT_IMAGE_LIMITS) -> bool:
    """Tell whether a path is an image, by the names in a folder or archive."""
    full = start / path
    try:
        mode = full.stat().st_mode
        if stat.S_ISDIR(mode):
            return image_format(frozenset(os.listdir(full))) == LAYOUT  # noqa: PTH208 - names
        if not stat.S_ISREG(mode):
            return False
        with full.open("rb") as file:
            if not is_tar(file.read(_HEAD)):
                return False
    except (OSError, ValueError):
        return False
    real = Path(os.path.realpath(full))
    source = WorkTree(real.parent).open(real.name)
    if isinstance(source, PathProblem | Unavailable):
        return False
    with ArchiveHolder(path, source, limits) as holder:
        found = image_format(holder.names())
        return found == LAYOUT or (found == ARCHIVE and _is_saved(holder, limits))


def _is_saved(holder: ArchiveHolder, limits: ImageLimits) -> bool:
    with holder.open("manifest.json") as source:
        return source.size <= limits.config and is_saved(source.read_at(0, source.size))
