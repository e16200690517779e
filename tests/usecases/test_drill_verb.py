from __future__ import annotations

from typing import TYPE_CHECKING

import weighbridge.adapters.scratch
from tests.usecases.stage import FIRST

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

SCRATCH = weighbridge.adapters.scratch
"""Made of the registry as it is, before a stage has it tell another time."""


def test_the_verb_drills_what_is_promoted_and_exits_by_what_got_through(stage: Stage) -> None:
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    only = ("--only=self-approval", "--only=edited-policy")
    found = stage("drill", "production", "--output-format=json", *only)
    assert (found.code, found.err) == (0, "")
    assert [one["caught"] for one in found.json["planted"]] == [True, True]
    assert found.json["hangsOn"]["WB132"] == ["edited-policy"]
    without = stage("drill", "production", "--without=licence-stated", "--only=licence-missing")
    assert without.code == 1
    assert "got through\n  licence-missing" in without.out
    entries = len(stage.entries())
    assert stage("drill", "production", "--only=no-such").code == 2
    assert stage("drill", "production", "--sign", "--only=self-approval").code == 2
    assert stage("drill", "production", by="carl").code == 2
    assert len(stage.entries()) == entries
