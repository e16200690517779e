"""The whole drill under the policy that is shipped to begin with, as it is."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import Clock
from tests.usecases.drilled import LAX, NOW, STAGING, Drilled
from tests.usecases.promoted import FIRST
from weighbridge.adapters.keys import KeyFolder
from weighbridge.bootstrap import rule_set
from weighbridge.seal.control import trust_key
from weighbridge.usecases.drilling.faults import FAULTS
from weighbridge.usecases.policies import load_files
from weighbridge.usecases.policy_files import shipped_files

if TYPE_CHECKING:
    from pathlib import Path

ROLES = {"cat": "approver", "dora": "security", "max": "releaser"}
PRODUCTION = (
    "{policy: baseline@1, promotesFrom: staging, soak: 2h, roles: {breakGlass: [security]},"
    " windows: [{rrule: 'FREQ=DAILY;BYHOUR=0', duration: 12h, timezone: UTC}]}"
)


@pytest.fixture
def shipped(tmp_path: Path, staged: Path, all_keys: Path) -> Drilled:
    folder = tmp_path / "project"
    shutil.copytree(staged, folder)
    story = Drilled(folder, KeyFolder(all_keys), Clock("2026-02-01T00:00:00Z"))
    for name, role in ROLES.items():
        story.owners(trust_key(story.keys.public(name).spki_der, person=name, roles=[role]))
    story.publish("lax", LAX)
    story.put_in_force(load_files(shipped_files("baseline"), rule_set=rule_set()))
    story.apply("staging", STAGING)
    story.apply("production", PRODUCTION)
    story.sign(FIRST)
    story.check(FIRST)
    assert story.promote(FIRST, "staging")
    story.approve(FIRST, "cat", "dora")
    story.clock.set("2026-02-01T06:00:00Z")
    assert story.promote(FIRST, "production")
    story.clock.set(NOW)
    return story


@pytest.mark.slow
def test_under_the_shipped_baseline_every_fault_is_caught(shipped: Drilled) -> None:
    found = shipped.drill()
    assert found.controls == ()
    assert [(one.name, one.why) for one in (*found.through, *found.unclear)] == []
    assert [one.name for one in found.absent] == []
    assert len(found.caught) == len(FAULTS)
