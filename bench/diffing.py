"""Work of the diff for `bench/cells.py`: `python bench/diffing.py ours|jsonpatch COUNT`.

Compares two manifests of 5,000 lines that differ in 50 places, COUNT times. Prepares the same
whatever the count, so that a run with 0 tells what the preparation costs.
"""

from __future__ import annotations

import copy
import importlib
import sys
from hashlib import sha256
from typing import Any

from weighbridge.codec.resolved import list_keys
from weighbridge.diffing.compare import differences
from weighbridge.model.release import ModelRelease

ARTIFACTS = 330
PARAMETERS = 110
SERVICES = 30
PACKAGES = 60
ALERTS = 40
"""Together 5,000 lines of YAML in block style, and 140 kB of JSON."""

CHANGES = 50


def digest(text: str) -> str:
    """Make up a digest."""
    return "sha256:" + sha256(text.encode()).hexdigest()


def artifact(at: int) -> dict[str, Any]:
    """Write an artifact."""
    return {
        "name": f"shard-{at:05}",
        "role": "weights",
        "path": f"weights/shard-{at:05}.safetensors",
        "format": "safetensors",
        "mediaType": "application/octet-stream",
        "size": 1_000_000 + at,
        "digest": digest(f"shard {at}"),
    }


def parameter(at: int) -> dict[str, Any]:
    """Write a parameter."""
    return {
        "kind": "inference",
        "type": "integer",
        "value": 32 + at,
        "default": 8,
        "fallback": 1,
        "minimum": 1,
        "maximum": 4096,
        "description": f"Knob {at} of the server, as its documentation has it.",
        "effects": {
            "latency": {"direction": "up", "note": "p99 grows about linearly beyond 64"},
            "throughput": {"direction": "up"},
        },
        "mapsTo": {"triton": f"knob_{at}", "env": f"KNOB_{at}"},
    }


def service(at: int) -> dict[str, Any]:
    """Write an external service."""
    return {
        "name": f"service-{at:03}",
        "endpoint": f"https://service-{at:03}.example.com",
        "auth": {
            "scheme": "bearer",
            "secretRef": {"provider": "vault", "name": f"ml/service-{at:03}", "key": "token"},
        },
        "timeout": "0.2s",
        "fallback": "last-good-copy",
    }


def alert(at: int) -> dict[str, Any]:
    """Write an alert."""
    return {
        "alert": f"Alert{at:03}",
        "expr": f"ratio_{at} > 0.2",
        "for": "300s",
        "labels": {"severity": "page"},
    }


def manifest() -> dict[str, Any]:
    """Write a resolved manifest with much of everything."""
    packages = [{"name": f"lib{at:03}", "version": f"1.{at}.0-1"} for at in range(PACKAGES)]
    return {
        "apiVersion": "weighbridge.dev/v1",
        "kind": "ModelRelease",
        "metadata": {"name": "large", "version": "1.0.0", "owner": {"team": "bench"}},
        "spec": {
            "environment": {
                "os": {"distribution": "debian", "release": "12", "packages": packages},
                "system": {"args": [f"--option-{at}={at}" for at in range(200)]},
            },
            "parameters": {f"parameter_{at:03}": parameter(at) for at in range(PARAMETERS)},
            "artifacts": [artifact(at) for at in range(ARTIFACTS)],
            "externalServices": [service(at) for at in range(SERVICES)],
            "observability": {"alerts": [alert(at) for at in range(ALERTS)]},
        },
    }


def changed(before: dict[str, Any]) -> dict[str, Any]:
    """Change 50 places of a manifest, all over it."""
    after = copy.deepcopy(before)
    spec = after["spec"]
    after["metadata"]["version"] = "1.1.0"
    for at in range(19):
        spec["artifacts"][at * 15]["digest"] = digest(f"another {at}")
    for at in range(10):
        spec["parameters"][f"parameter_{at * 11:03}"]["value"] += 1
    for at in range(7):
        spec["observability"]["alerts"][at * 5]["for"] = "600s"
        spec["environment"]["os"]["packages"][at * 8]["version"] = "2.0.0-1"
    del spec["artifacts"][7]
    spec["artifacts"].append(artifact(ARTIFACTS))
    del spec["externalServices"][3]
    spec["environment"]["system"]["args"][100] = "--another"
    spec["environment"]["system"]["args"].insert(20, "--one-more")
    return after


def main(who: str, count: int) -> None:
    """Prepare, compare, and see to it that what differs was found."""
    before = manifest()
    after = changed(before)
    keys = list_keys(ModelRelease)
    make_patch = importlib.import_module("jsonpatch").make_patch if who == "jsonpatch" else None
    for _ in range(count):
        if make_patch is not None:
            make_patch(before, after)
        elif len(differences(before, after, keys=keys)) != CHANGES:
            raise SystemExit("the number of changes is another")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
