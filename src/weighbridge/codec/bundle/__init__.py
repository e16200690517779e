"""Policy bundles: a policy with everything it refers to, and the bytes that are published."""

from __future__ import annotations

from weighbridge.codec.bundle.collections import read_collection
from weighbridge.codec.bundle.making import make_bundle
from weighbridge.codec.bundle.stored import (
    MEDIA_TYPE,
    BundleError,
    bundle_bytes,
    bundle_digest,
    read_bundle,
)
from weighbridge.model.policy.bundle import PolicyBundle

__all__ = [
    "MEDIA_TYPE",
    "BundleError",
    "PolicyBundle",
    "bundle_bytes",
    "bundle_digest",
    "make_bundle",
    "read_bundle",
    "read_collection",
]
