"""Decisions of another revision of the gate are believed as signed, told so, never tampered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.packs import PRODUCTION, complaints, edited, exported, judged
from tests.usecases.promoted import FIRST, SECOND, promoted, promoted_folder
from weighbridge.gate import decide, vsa
from weighbridge.gate.case import Act
from weighbridge.gate.decide import REVISION
from weighbridge.packing.evidence_pack import DECISION, OUTCOME, REPORT
from weighbridge.report.pack import pack_json, render_pack
from weighbridge.usecases.audit import audit

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted

__all__ = ["promoted", "promoted_folder"]


@pytest.fixture(params=[1, REVISION + 1])
def elsewhere(
    request: pytest.FixtureRequest, promoted: Promoted, monkeypatch: pytest.MonkeyPatch
) -> tuple[Promoted, int]:
    """Have another revision put the second release back into production."""
    promoted.roll_back()
    promoted.approve(SECOND, "max", act=Act.LIFT)
    promoted.approve(SECOND, "cat", "dora")
    with monkeypatch.context() as patch:
        if request.param == 1:  # it said nothing of revisions, nor of what it left out
            patch.setattr(vsa, "account_values", lambda _: {})
        else:
            patch.setattr(decide, "REVISION", request.param)
        assert promoted.promote(SECOND, PRODUCTION)
    return promoted, request.param


def test_a_pack_of_another_revision_is_told_and_not_called_tampered(
    elsewhere: tuple[Promoted, int],
) -> None:
    promoted, revision = elsewhere
    found = judged(promoted, exported(promoted, SECOND))
    assert (found.problems, found.ok, found.verdict) == ((), False, "inconclusive")
    (undone,) = found.undone
    assert (undone.code, undone.subject) == ("WB190", "decision.json")
    assert undone.message.startswith(f"decided by revision {revision} of the gate; ")
    assert undone.message.endswith(f"this version decides by {REVISION}, and did not make it again")
    assert undone.remediation == ("make it again with weighbridge 0.1.0",)
    assert found.told is not None
    assert found.told.decision.gate == revision
    told = render_pack(found)
    assert "not made again: signature and papers hold, decided by max (releaser)" in told
    assert [one["code"] for one in pack_json(found)["undone"]] == ["WB190"]  # type: ignore[attr-defined]


def test_its_papers_are_held_against_it_all_the_same(elsewhere: tuple[Promoted, int]) -> None:
    promoted, _ = elsewhere
    pack = exported(promoted, SECOND)
    for name in (OUTCOME, REPORT):
        assert complaints(judged(promoted, edited(pack, **{name: b"{}"})))
    decided = judged(promoted, edited(pack, **{DECISION: exported(promoted, FIRST)}))
    assert decided.verdict == "fail"


def test_the_ledger_it_stands_in_is_intact(elsewhere: tuple[Promoted, int]) -> None:
    registry = elsewhere[0].registry
    assert audit(registry, log_key=registry.log_key, deep=True).problems == ()


def test_what_calls_itself_no_revision_is_refused(
    promoted: Promoted, monkeypatch: pytest.MonkeyPatch
) -> None:
    promoted.roll_back()
    promoted.approve(SECOND, "max", act=Act.LIFT)
    promoted.approve(SECOND, "cat", "dora")
    good = exported(promoted, FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(decide, "REVISION", 0)
        assert promoted.promote(SECOND, PRODUCTION)
    assert judged(promoted, good).ok
    with pytest.raises(ValueError, match="0 is no revision of the gate"):
        exported(promoted, SECOND)
