"""The whole drill under the policy that is shipped to begin with, as it is; then without one thing.

What gets through without it hung on it.
"""

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
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.drill import Drill

AT_LEAST = 140
ROLES = {"cat": "approver", "dora": "security", "max": "releaser"}
PRODUCTION = (
    "{policy: baseline@1, promotesFrom: staging, soak: 2h, roles: {breakGlass: [security]},"
    " windows: [{rrule: 'FREQ=DAILY;BYHOUR=0', duration: 12h, timezone: UTC}]}"
)


NOT_ASKED = {
    "vex-by-builder": "takes nobody's word that a vulnerability does not count",
    "vex-of-another-version": "takes nobody's word that a vulnerability does not count",
    "vex-taken-back": "takes nobody's word that a vulnerability does not count",
    "vex-of-an-attack": "takes nobody's word that a vulnerability does not count",
    "expired-approval": "lets approvals count for ever (no `validFor`)",
    "rule-pack-skipped": "demands no rule pack",
    "rule-pack-of-another-digest": "demands no rule pack",
    "rule-pack-of-other-thresholds": "demands no rule pack",
}
"""What nobody can do under that policy; other tests plant these."""

SWITCHES = (
    "SEC001",
    "fresh:report",
    "approvals:1",
    "licence-stated",
)
"""What is switched off in turn; what must get through then is the drill's own word."""


@pytest.fixture(scope="module")
def story(
    tmp_path_factory: pytest.TempPathFactory, staged: Path, all_keys: Path
) -> Iterator[Drilled]:
    folder = tmp_path_factory.mktemp("whole") / "project"
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
    yield story
    story.registry.close()


@pytest.fixture(scope="module")
def whole(story: Drilled) -> Drill:
    return story.drill()


@pytest.mark.slow
def test_under_the_shipped_baseline_every_fault_is_caught(whole: Drill) -> None:
    assert whole.controls == ()
    assert [(one.name, one.why) for one in (*whole.through, *whole.unclear)] == []
    assert whole.verdict == "pass"
    assert len(whole.caught) >= AT_LEAST
    assert {one.name: one.why for one in whole.absent} == {
        name: f"its policy {why}" for name, why in NOT_ASKED.items()
    }
    assert len(whole.planted) == len(FAULTS)


@pytest.mark.slow
@pytest.mark.parametrize("switch", SWITCHES)
def test_without_one_thing_exactly_what_hangs_on_it_gets_through(
    switch: str, whole: Drill, story: Drilled
) -> None:
    """Tried are all faults in whose way it stood, and some in whose way it never did."""
    foretold = whole.single[switch]
    met = [one.name for one in whole.planted if any(switch in line for line in one.lines)]
    others = [one.name for one in whole.caught if one.name not in met][1::40]
    found = story.drill(*met, *others, off=[switch])
    assert [one.name for one in found.through] == list(foretold) != []
    assert found.verdict == "fail"
    assert {one.name for one in found.caught} == {*met, *others} - {*foretold}
    assert found.controls == ()
