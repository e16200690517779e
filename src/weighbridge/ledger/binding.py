"""What a name and version are bound to, they are bound to for ever."""

from __future__ import annotations

from weighbridge.model.errors import BoundError


def is_new(name: str, version: str, digest: str, *, bound: str | None) -> bool:
    """Tell whether `name@version` is still to be bound to a digest.

    Args:
        name: The release's name.
        version: Its version.
        digest: What it is to be bound to.
        bound: What it is bound to; None for nothing.

    Raises:
        BoundError: To another digest.
    """
    if bound is None:
        return True
    if bound != digest:
        raise BoundError(
            f"{name}@{version} is sealed already, with other contents",
            seen=digest,
            wanted=bound,
            cause="a name and version stand for the same bytes for ever",
            help=[
                f"weighbridge diff {name}@{version} release.yaml",
                "weighbridge set metadata.version NEW_VERSION",
            ],
        )
    return False
