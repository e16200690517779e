"""Input to digest, for ever: a case may be added to `conformance/`, none may change."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from weighbridge.codec.manifest import read_release
from weighbridge.codec.resolved import release_digest, sealed_bytes

FOLDER = Path(__file__).parent / "conformance"
GROUPS: dict[str, dict[str, Any]] = json.loads(
    (FOLDER / "digests.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("group", "file"), [(name, file) for name, group in GROUPS.items() for file in group["inputs"]]
)
def test_an_input_has_the_digest_it_always_had(group: str, file: str) -> None:
    release, _ = read_release((FOLDER / file).read_bytes(), file)
    assert sealed_bytes(release).decode() == GROUPS[group]["sealed"]
    assert release_digest(release) == GROUPS[group]["digest"]


@pytest.mark.parametrize("group", GROUPS)
def test_a_digest_is_the_sha256_of_the_sealed_bytes(group: str) -> None:
    sealed = GROUPS[group]["sealed"].encode()
    assert GROUPS[group]["digest"] == f"sha256:{hashlib.sha256(sealed).hexdigest()}"
    release, _ = read_release(sealed, "manifest.json")
    assert sealed_bytes(release) == sealed


def test_groups_differ_from_each_other_and_leave_no_file_out() -> None:
    assert len({group["digest"] for group in GROUPS.values()}) == len(GROUPS)
    listed = sorted(file for group in GROUPS.values() for file in group["inputs"])
    present = sorted(file.name for file in FOLDER.iterdir() if file.name != "digests.json")
    assert listed == present
    assert all(group["why"] for group in GROUPS.values())
