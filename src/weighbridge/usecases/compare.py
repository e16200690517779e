"""`diff`: what changed between two releases, by meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.resolved import resolved, set_keys
from weighbridge.diffing.compare import differences
from weighbridge.model.release import ModelRelease
from weighbridge.usecases.observing import observe
from weighbridge.usecases.resolving import Resolver

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.change import Change, Value
    from weighbridge.model.ports import BlobStore, Progress
    from weighbridge.usecases.references import Named


def compare(
    before: Named,
    after: Named,
    *,
    blobs: BlobStore,
    environ: Mapping[str, str],
    progress: Progress | None = None,
) -> tuple[Change, ...]:
    """Compare two releases; an authored one is compared as it would be sealed now."""
    sides = [_tree(side, blobs, environ, progress) for side in (before, after)]
    return differences(sides[0], sides[1], keys=set_keys(ModelRelease))


def _tree(
    named: Named, blobs: BlobStore, environ: Mapping[str, str], progress: Progress | None
) -> Value:
    if named.path is None:
        return resolved(named.release)
    facts = observe(named, blobs=blobs, environ=environ, progress=progress).facts
    # What stands in the way of sealing is no obstacle to comparing: it stays as it is written.
    return resolved(Resolver(facts).resolve(named.release))
