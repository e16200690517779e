"""A policy's bundle into a repository, for other registries to publish it by its digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.bundle import MEDIA_TYPE, bundle_bytes
from weighbridge.codec.oci import write_document
from weighbridge.model.oci import EMPTY, MANIFEST, Manifest
from weighbridge.packing.modelpack import EMPTY_CONFIG, describe_bytes
from weighbridge.probes.reading.in_memory import InMemory
from weighbridge.usecases.policy_sources import BUNDLE
from weighbridge.usecases.push import version_tag

if TYPE_CHECKING:
    from weighbridge.model.oci import Descriptor, Repository
    from weighbridge.model.policy.bundle import PolicyBundle


def push_policy(
    bundle: PolicyBundle, repository: Repository, tag: str, *, dry_run: bool = False
) -> tuple[Descriptor, str]:
    """Push a bundle as an artifact of one layer; equal bundles make equal artifacts.

    Args:
        bundle: The bundle.
        repository: Where it goes.
        tag: The tag it gets; its version if empty.
        dry_run: Say only what it would be.

    Returns:
        The descriptor of its manifest, and its tag.

    Raises:
        TransferError: The place refuses it.
        UnavailableError: The place does not answer.
    """
    data = bundle_bytes(bundle)
    config = describe_bytes(EMPTY_CONFIG, EMPTY)
    layer = describe_bytes(data, MEDIA_TYPE, title=BUNDLE)
    manifest = write_document(
        Manifest(media_type=MANIFEST, config=config, layers=(layer,), artifact_type=MEDIA_TYPE)
    )
    tag = tag or version_tag(bundle.policy.metadata.version)
    if dry_run:
        return describe_bytes(manifest, MANIFEST), tag
    repository.push(config, InMemory(EMPTY_CONFIG))
    repository.push(layer, InMemory(data))
    return repository.put(manifest, media_type=MANIFEST, tag=tag), tag
