"""The sections of a sealed manifest, as evidence depends on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import canonical_bytes, digest, section_digests

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTIONS = (
    "metadata",
    "source",
    "model",
    "signature",
    "processing",
    "environment",
    "dependencies",
    "compatibility",
    "parameters",
    "flags",
    "artifacts",
    "build",
    "evaluation",
    "rollout",
    "failureModes",
    "rollback",
    "observability",
    "externalServices",
    "governance",
    "lineage",
    "card",
)
"""Every section a manifest can have, in their order there; the classes are not imported for it."""


def depended_sections(manifest: Mapping[str, Any]) -> dict[str, str | None]:
    """Name every section and its digest, None for one the manifest does not have.

    `metadata` is digested without its version: what differs in nothing else is the same to
    whoever weighed it.
    """
    found: dict[str, str | None] = dict.fromkeys(SECTIONS)
    found.update(section_digests(manifest))
    metadata = {key: value for key, value in manifest["metadata"].items() if key != "version"}
    found["metadata"] = digest(canonical_bytes({"metadata": metadata}))
    return found
