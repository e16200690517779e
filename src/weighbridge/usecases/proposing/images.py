"""A container image as its reference names it."""

from __future__ import annotations

import re
from typing import Any

from weighbridge.model.release import TODO

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


def image(base: str) -> dict[str, Any]:
    """Propose the image that will be built on a base; it has yet to be named itself.

    Args:
        base: Reference of the base image, with its digest or without; empty if it has none.
    """
    if not base:
        return {}
    ref, _, digest = base.partition("@")
    digest = digest if _DIGEST.fullmatch(digest) else TODO
    return {"ref": TODO, "digest": TODO, "base": {"ref": ref, "digest": digest}}
