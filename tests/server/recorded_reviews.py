"""AdmissionReviews as API servers send them, and what stands where they are judged.

The files in `reviews` are of the shapes Kubernetes 1.35 sends, field by field: defaults filled in,
managed fields, service accounts' volumes. Their digests are those below.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from weighbridge.model.admission import KnownRelease, Place, Snapshot

REVIEWS = Path(__file__).parent / "reviews"
RELEASE = "sha256:" + "4f2a9c" * 10 + "4f2a"
OTHER = "sha256:" + "e6e6aa" * 10 + "e6e6"
"""A release that is promoted elsewhere."""
IMAGE = "sha256:" + "b81d07" * 10 + "b81d"
MODEL = "sha256:" + "77fe30" * 10 + "77fe"
SIDECAR = "sha256:" + "0c55e1" * 10 + "0c55"
FOREIGN = "sha256:" + "9d" * 32
NAMESPACE = "serving"

HELD = KnownRelease(
    digest=RELEASE,
    name="demo",
    version="1.1.0",
    place=Place.HELD,
    images=frozenset({IMAGE}),
    points_to="demo@1.1.0",
)
ELSEWHERE = KnownRelease(
    digest=OTHER,
    name="demo",
    version="1.2.0",
    place=Place.ABSENT,
    images=frozenset({IMAGE}),
    points_to="demo@1.1.0",
    elsewhere=("staging",),
)
STANDS = Snapshot(
    environment="production",
    namespace=NAMESPACE,
    companions=frozenset({MODEL, SIDECAR}),
    releases={RELEASE: HELD, OTHER: ELSEWHERE},
)


def names(beginning: str) -> list[str]:
    return sorted(path.stem for path in REVIEWS.glob(f"{beginning}-*.json"))


def text_of(name: str) -> str:
    return (REVIEWS / f"{name}.json").read_text(encoding="utf-8")


def review(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text_of(name))
    return found
