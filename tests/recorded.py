"""Bundles and attestations others recorded, and the roots Sigstore's own client brings."""

from __future__ import annotations

import json
from importlib import resources

from tests.tools import TOOLS
from weighbridge.model.sigstore_root import SigstoreRoot, read_root

ASSETS = TOOLS / "attestations" / "test" / "assets"
PRODUCTION = "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev"
STAGING = "https%3A%2F%2Ftuf-repo-cdn.sigstage.dev"


def recorded(name: str) -> bytes:
    path = ASSETS / name
    assert path.exists(), f"there is no {name}: run `make tools`"
    return path.read_bytes()


def root_bytes(service: str = PRODUCTION) -> bytes:
    return resources.files("sigstore").joinpath("_store", service, "trusted_root.json").read_bytes()


def root_of(service: str = PRODUCTION) -> SigstoreRoot:
    return read_root(json.loads(root_bytes(service)))
