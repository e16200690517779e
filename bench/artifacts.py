"""What a release of many artifacts costs: `python bench/artifacts.py VERB COUNT`.

`read` reads and validates a manifest of COUNT artifacts as it is authored; `seal` makes the sealed
bytes, the release digest and the section digests; `diff` compares it with one that differs in ten
places; `listing` writes and reads the listing of a directory of COUNT files, which is how that many
are meant to be kept. Prints CPU seconds.
"""

from __future__ import annotations

import copy
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from bench import diffing, listing
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.codec.manifest import read_release
from weighbridge.codec.resolved import list_keys
from weighbridge.codec.sections import depended_sections
from weighbridge.diffing.compare import differences
from weighbridge.model.release import ModelRelease

if TYPE_CHECKING:
    from collections.abc import Callable

CHANGES = 10
SECONDS = 0.2
"""CPU seconds after which it was done often enough."""


def manifest(count: int) -> dict[str, Any]:
    """Write a manifest with so many artifacts."""
    tree = diffing.manifest()
    keys = ("name", "role", "path", "size", "digest")
    rows = (diffing.artifact(at) for at in range(count))
    tree["spec"] = {
        "model": {"name": "large", "task": "classification"},
        "source": {},
        "environment": {"runtime": {"implementation": "cpython", "version": "3.11.7"}},
        "dependencies": {"runtime": {"lock": "requirements.lock", "format": "requirements"}},
        "artifacts": [{key: row[key] for key in keys} for row in rows],
    }
    return tree


def reading(count: int) -> Callable[[], object]:
    """Return the reading of a manifest: JSON is YAML, too, and authored so by programs."""
    data = json.dumps(manifest(count)).encode()
    return lambda: read_release(data, "release.yaml")


def sealing(count: int) -> Callable[[], object]:
    """Return the sealing of a manifest."""
    tree = manifest(count)
    return lambda: (digest(canonical_bytes(tree)), depended_sections(tree))


def comparing(count: int) -> Callable[[], object]:
    """Return the comparison of two manifests."""
    before, keys = manifest(count), list_keys(ModelRelease)
    after = copy.deepcopy(before)
    for at in range(CHANGES):
        after["spec"]["artifacts"][at * count // CHANGES]["digest"] = diffing.digest(f"new {at}")

    def compare() -> None:
        if len(differences(before, after, keys=keys)) != CHANGES:
            raise SystemExit("the number of changes is another")

    return compare


def listed(count: int) -> Callable[[], object]:
    """Return the writing and reading of a listing."""
    files = listing.entries(count)
    return lambda: listing.write_and_read(files)


def measure(work: Callable[[], object]) -> float:
    """Work once unmeasured, then until it takes long enough to be measured; return CPU seconds."""
    work()
    times, begun = 0, time.process_time()
    while time.process_time() - begun < SECONDS:
        work()
        times += 1
    return (time.process_time() - begun) / times


if __name__ == "__main__":
    verbs = {"read": reading, "seal": sealing, "diff": comparing, "listing": listed}
    print(measure(verbs[sys.argv[1]](int(sys.argv[2]))))
