"""From `name@version` or a digest to a sealed release, by the registry's index alone.

Verifying starts here: nothing is imported that reads manifests as people write them.
"""

from __future__ import annotations

import difflib
import os
import re
from typing import TYPE_CHECKING

from weighbridge.model.errors import NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.ports import Registry

_DIGEST = re.compile(r"sha256:[0-9a-f]{12,64}")
_WHOLE = re.compile(r"sha256:[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9._+!-]*")


def names_sealed(text: str) -> bool:
    """Tell whether a text has the form of `name@version` or of a digest."""
    return bool(_DIGEST.fullmatch(text) or _NAME.fullmatch(text))


def is_reference(text: str, start: Path) -> bool:
    """Tell a reference into a registry from a path of something that is there."""
    return names_sealed(text) and not os.path.lexists(start / text)


def look_up(reference: str, registry: Registry) -> tuple[str, str]:
    """Find the name and the release digest a reference stands for.

    Args:
        reference: `name@version`, or a digest of at least twelve digits.
        registry: The registry.

    Raises:
        NotFoundError: There is none, or there are several.
    """
    name, at, version = reference.partition("@")
    with registry.reading() as view:
        if at and (found := dict(view.versions(name)).get(version)) is not None:
            return reference, found
        if _WHOLE.fullmatch(reference) and (names := view.names_of(reference)):
            return "@".join(names[-1]), reference
        known = {f"{name}@{version}": digest for name, version, digest in view.releases()}
    matches = {digest: name for name, digest in known.items() if digest.startswith(reference)}
    if len(matches) == 1:
        digest, name = matches.popitem()
        return name, digest
    if matches:
        message = f"{reference} is the beginning of {len(matches)} digests"
        raise NotFoundError(message, help=["give more digits"])
    close = difflib.get_close_matches(reference, known, n=3)
    help_ = [f"did you mean {', '.join(close)}?"] if close else ["seal it: `weighbridge seal`"]
    raise NotFoundError(f"the registry holds no release {reference}", help=help_)
