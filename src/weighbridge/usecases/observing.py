"""Gather the facts about a release: the one place where all probes are asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import Facts, Unavailable
from weighbridge.probes.artifacts import ArtifactProbe
from weighbridge.probes.credentials import find_credentials
from weighbridge.probes.git import observe_source
from weighbridge.probes.locks import locks_in
from weighbridge.probes.python import observe_python
from weighbridge.probes.sealed_tree import SealedTree
from weighbridge.probes.tree import WorkTree
from weighbridge.usecases.named_locks import locks_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.fact import ObservedLock
    from weighbridge.model.image import ImageFacts
    from weighbridge.model.ports import BlobReader, BlobStore, Tree
    from weighbridge.model.reading import FileReader
    from weighbridge.model.release import ModelRelease
    from weighbridge.usecases.capture_environment import Verification
    from weighbridge.usecases.images import Access
    from weighbridge.usecases.packed_tree import PackedTree
    from weighbridge.usecases.references import Named

PROJECT_FILES = ("weighbridge.toml",)
_SEALED = Unavailable("a sealed release is judged by what was sealed")


def observe(
    named: Named,
    *,
    blobs: BlobStore,
    environ: Mapping[str, str],
    reader: FileReader | None = None,
    images: Access | None = None,
    packed: PackedTree | None = None,
    verification: Verification | None = None,
) -> Facts:
    """Look at everything a manifest speaks of.

    Args:
        named: The manifest. An authored one is held against the files beside it, a sealed one
            against blobs alone.
        blobs: The store.
        environ: Environment variables, to find the Python environment in use.
        reader: Who reads the files.
        images: Where container images may be read; None if nobody looks at them.
        packed: The files of a sealed release that is weighed where it was pushed to.
        verification: How the files of the Python environment are to be verified; None if nobody
            asked for that, as it takes reading all of them.
    """
    if packed is not None:
        return _packed(named, packed, reader, images)
    if named.path is None:
        return _sealed(named, blobs, reader, images)
    root = named.path.parent
    # git is asked first: copies on their way into a registry in the same repository are no change.
    source = observe_source(
        root, own_files=(named.path.name, *PROJECT_FILES), pinned=pinned_paths(named.release)
    )
    probe = ArtifactProbe(WorkTree(root), reader=reader, blobs=blobs)
    found = probe.artifacts(one for _, one in named.release.spec.files())
    facts = Facts(
        release=named.release,
        document=named.document,
        files=found.files,
        directories=found.directories,
        path_problems=tuple(found.problems),
        source=source,
        python=observe_python(root, environ=environ),
        locks=locks_of(named, blobs),
        credentials=find_credentials(named.document),
        images=_images(named.release, images),
    )
    return facts if verification is None else _verified(facts, root, verification, environ)


def _verified(
    facts: Facts, root: Path, verification: Verification, environ: Mapping[str, str]
) -> Facts:
    """Add what comes of verifying the environment, and what machine it lies on."""
    from weighbridge.usecases.capture_environment import (  # noqa: PLC0415 - few ask for it
        observe_environment,
    )

    locks = facts.locks.values()
    installed, host = observe_environment(root, verification, environ=environ, locks=locks)
    return replace(facts, installed=installed, host=host)


def _sealed(
    named: Named, blobs: BlobStore, reader: FileReader | None, images: Access | None
) -> Facts:
    locks = locks_of(named, blobs)
    tree = SealedTree(named.release, blobs)
    return _of_sealed(named, tree, blobs=blobs, locks=locks, reader=reader, images=images)


def _packed(
    named: Named, packed: PackedTree, reader: FileReader | None, images: Access | None
) -> Facts:
    locks = locks_in(packed, named.release)
    facts = _of_sealed(
        named, packed, blobs=packed.papers, locks=locks, reader=reader, images=images
    )
    return replace(facts, strays=tuple(packed.strays))


def _of_sealed(
    named: Named,
    tree: Tree,
    *,
    blobs: BlobReader,
    locks: Mapping[str, ObservedLock | Unavailable],
    reader: FileReader | None,
    images: Access | None,
) -> Facts:
    found = ArtifactProbe(tree, reader=reader, blobs=blobs).artifacts(
        one for _, one in named.release.spec.files()
    )
    return Facts(
        release=named.release,
        document=named.document,
        sealed=True,
        files=found.files,
        directories=found.directories,
        path_problems=tuple(found.problems),
        source=_SEALED,
        python=_SEALED,
        locks=locks,
        credentials=find_credentials(named.document),
        images=_images(named.release, images),
    )


def _images(release: ModelRelease, access: Access | None) -> Mapping[str, ImageFacts]:
    if access is None or release.spec.environment.image is None:
        return {}
    from weighbridge.usecases.images import observe_images  # noqa: PLC0415 - few have an image

    return observe_images(release, access)


def pinned_paths(release: ModelRelease) -> tuple[str, ...]:
    """List the paths a manifest pins by digest, or will once it is sealed."""
    artifacts = [artifact.path for _, artifact in release.spec.files() if artifact.path]
    return (*artifacts, *(lock.lock for _, lock in release.spec.dependencies.locks()))
