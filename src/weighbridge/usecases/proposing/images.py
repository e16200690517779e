"""A container image as its reference names it."""

from __future__ import annotations

import re
from typing import Any

from weighbridge.model.authoring.base import TODO

_ANY_DIGEST = re.compile(r"[a-z0-9+._-]+:[0-9a-fA-F]{32,}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


def image(base: str) -> dict[str, Any]:
    """Propose the image that will be built on a base; it has yet to be named itself.

    Args:
        base: Reference of the base image, with its digest or without; empty if it has none.
    """
    if not base:
        return {}
    ref, at, digest = base.partition("@")
    if at and not _ANY_DIGEST.fullmatch(digest):
        ref = TODO  # no image has such a name; it may be a password that stands there
    digest = digest if _DIGEST.fullmatch(digest) else TODO
    return {"ref": TODO, "digest": TODO, "base": {"ref": ref, "digest": digest}}
