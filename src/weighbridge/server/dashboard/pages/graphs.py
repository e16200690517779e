"""Dependency graphs of releases: read from their locks once, since a release never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.server.dashboard.pages.one_release import sealed

if TYPE_CHECKING:
    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.graph import Drawn, Purpose


def graph_in(asked: Asked, digest: str, purpose: Purpose) -> Drawn:
    """Build the graph of a lock of a release that is known.

    Raises:
        UnreadableError: The lock cannot be read.
        UsageError: The release has no such lock.
    """
    from weighbridge.usecases.graph import graph_of_release  # noqa: PLC0415 - heavy

    def build() -> Drawn:
        named = sealed(asked, digest)
        blobs = asked.registry.blobs
        return graph_of_release(named, blobs=blobs, environ={}, purpose=purpose)

    return asked.services.kept.get(("graph", digest, purpose), build)
