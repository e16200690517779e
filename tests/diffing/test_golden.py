"""A rich pair of manifests, and what people are told of it.

Write the goldens anew with `python -m tests.diffing.test_golden`, and read what changed.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING

import jsonpatch
import pytest

from weighbridge.codec.manifest import read_release
from weighbridge.codec.resolved import list_keys, resolved
from weighbridge.diffing.compare import differences
from weighbridge.diffing.patch import json_patch
from weighbridge.model.release import ModelRelease
from weighbridge.report.diff import render_diff_markdown, render_diff_text

if TYPE_CHECKING:
    from weighbridge.model.change import Change, Value

GOLDEN = Path(__file__).with_name("golden")


def side(name: str) -> Value:
    release, _ = read_release((GOLDEN / name).read_bytes(), name)
    return resolved(release)


def changes() -> tuple[Change, ...]:
    return differences(side("before.yaml"), side("after.yaml"), keys=list_keys(ModelRelease))


def rendered() -> dict[str, str]:
    found = changes()
    return {"diff.txt": render_diff_text(found), "diff.md": render_diff_markdown(found)}


@pytest.mark.parametrize("name", ["diff.txt", "diff.md"])
def test_people_are_told_what_the_golden_says(name: str) -> None:
    assert rendered()[name] == (GOLDEN / name).read_text(encoding="utf-8")


def test_the_patch_of_the_pair_makes_the_second_of_the_first() -> None:
    before, after = side("before.yaml"), side("after.yaml")
    operations = json_patch(before, after)
    assert jsonpatch.JsonPatch(operations).apply(copy.deepcopy(before)) == after
    assert len(operations) < 45


def test_what_was_loosened_is_high_and_what_was_tightened_is_not() -> None:
    risks = {change.pointer: change.risk for change in changes()}
    assert {
        risks["/spec/governance/approvers/min"],
        risks["/spec/governance/approvers/roles/1"],
        risks["/spec/governance/encryption/atRest"],
        risks["/spec/evaluation/golden/0/tolerance/absolute"],
    } == {"high"}
    assert {
        risks["/spec/governance/secrets/rotation"],
        risks["/spec/evaluation/metrics/0/floor"],
        risks["/spec/rollout/analysis/errors/minSamples"],
    } == {"medium"}


if __name__ == "__main__":
    for file, text in rendered().items():
        (GOLDEN / file).write_text(text, encoding="utf-8")
