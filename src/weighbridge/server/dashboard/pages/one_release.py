"""What pages about one release begin with: which one it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import NotFoundError

if TYPE_CHECKING:
    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.references import Named

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_SHOWN: Final = 80


def release_of(asked: Asked) -> dict[str, Any]:
    """Name the release of a page by its digest: the document's first members.

    Raises:
        NotFoundError: No release is sealed as that.
    """
    digest = asked.names["digest"]
    names: list[tuple[str, str]] = []
    if _DIGEST.fullmatch(digest):
        with asked.registry.reading() as view:
            names = view.names_of(digest)
    if not names:
        raise NotFoundError(
            "no release is sealed as that", seen=digest[:_SHOWN], help=["look it up: /releases"]
        )
    name, version = names[0]
    return {"schemaVersion": 1, "digest": digest, "name": name, "version": version}


def sealed(asked: Asked, digest: str) -> Named:
    """Read the sealed manifest of a release that is known.

    Raises:
        NotFoundError: It is not there.
    """
    from weighbridge.usecases.references import sealed_release  # noqa: PLC0415 - heavy

    return sealed_release(digest, asked.registry)


def find(asked: Asked, text: str) -> str:
    """Find the digest of a release by what people call it: NAME@VERSION, NAME@ENVIRONMENT, digest.

    Nothing is looked for that is only alike: that would be a walk over all names.

    Raises:
        NotFoundError: There is none.
    """
    from weighbridge.usecases.pointers import pointed  # noqa: PLC0415 - heavy

    name, _, rest = text.partition("@")
    with asked.registry.reading() as view:
        if _DIGEST.fullmatch(text) and view.names_of(text):
            return text
        found = dict(view.versions(name)).get(rest) if rest else None
        is_known = view.size > 0 and bool(view.versions(name))
    if found is not None:
        return found
    if rest and is_known:
        return pointed(name, rest, registry=asked.registry)
    raise NotFoundError(
        "there is no such release",
        seen=text[:_SHOWN],
        wanted="NAME@VERSION, NAME@ENVIRONMENT, or a whole digest",
        help=["look it up: /releases"],
    )
