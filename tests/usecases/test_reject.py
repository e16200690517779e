from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import FIRST, SECOND, condition, unmet

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

REASON = "--reason=it drifts on night pictures"


@pytest.fixture
def approved(stage: Stage) -> Stage:
    """Run commands where a release is in staging and approved for production."""
    stage.approved()
    return stage


def test_a_rejected_release_goes_nowhere(approved: Stage) -> None:
    found = approved.say("reject", REASON, by="mia")
    assert found.code == 0
    assert found.out.startswith("mia: reject demo@1.0.0 to production\n")
    decision = approved.ask(FIRST, "production")
    assert decision["verdict"] == "denied"
    rejected = condition(decision, "not-rejected")
    assert rejected.why == "it was rejected"
    assert rejected.seen == "mia: it drifts on night pictures"
    assert any(step.startswith("weighbridge withdraw ") for step in rejected.remedy)
    approved.arrive(SECOND)  # another release is not concerned


def test_only_who_rejected_it_takes_that_back(approved: Stage) -> None:
    assert approved.say("reject", REASON, by="mia").code == 0
    assert approved.say("withdraw", by="max").code == 0  # of his own approval
    assert "not-rejected" in unmet(approved.ask(FIRST, "production"))
    assert approved.say("withdraw", by="mia").code == 0
    assert unmet(approved.ask(FIRST, "production")) == ["approvals:0", "approvals:1"]
    for name in ("mia", "max"):
        assert approved.say("approve", by=name).code == 0
    assert approved.promote(FIRST, "production").code == 0


def test_who_approves_after_all_has_rejected_no_longer(approved: Stage) -> None:
    assert approved.say("reject", REASON, by="mia").code == 0
    assert approved.say("approve", by="mia").code == 0
    assert approved.promote(FIRST, "production").code == 0


def test_a_rejection_that_is_taken_back_voids_no_approval(approved: Stage) -> None:
    assert approved.trust("cat", "ml-lead").code == 0
    assert approved.say("reject", REASON, by="cat").code == 0
    assert unmet(approved.ask(FIRST, "production")) == ["not-rejected"]
    assert approved.say("withdraw", by="cat").code == 0
    assert approved.promote(FIRST, "production").code == 0


@pytest.mark.parametrize("words", [(), ("--reason=",), ("--reason= ",)])
def test_nobody_rejects_without_a_reason(words: tuple[str, ...], stage: Stage) -> None:
    before = len(stage.entries())
    found = stage.say("reject", *words, by="mia")
    assert (found.code, found.out) == (2, "")
    assert "reason" in found.err
    assert len(stage.entries()) == before


@pytest.mark.parametrize("name", ["dora", "bea", "ann", "cat"])
def test_who_may_not_approve_may_not_reject(name: str, stage: Stage) -> None:
    found = stage.say("reject", REASON, by=name)
    assert (found.code, found.out) == (4, "")
    assert (stage.last()["kind"], stage.last()["body"]["act"]) == ("act.refused", "reject")


def test_who_asked_may_reject(stage: Stage) -> None:
    assert stage.trust("dora", "releaser", "--role=ml-lead").code == 0
    assert stage.promote(FIRST, "production").code == 1
    assert stage.say("reject", REASON, by="dora").code == 0


def test_what_was_not_said_is_not_taken_back(stage: Stage) -> None:
    before = len(stage.entries())
    found = stage.say("withdraw", by="mia")
    assert (found.code, found.out) == (2, "")
    assert "mia has said nothing of it that could be withdrawn" in found.err
    assert len(stage.entries()) == before
    assert stage.say("withdraw", by="cat").code == 4  # nobody's key is refused before that
    assert stage.last()["kind"] == "act.refused"
    assert stage.say("approve", by="mia").code == 0
    assert stage.say("withdraw", by="mia").code == 0
    assert stage.say("withdraw", by="mia").code == 2
    assert stage.say("withdraw", by="mia", release=SECOND).code == 2
