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
    assert any(step.startswith("weighbridge lift ") for step in rejected.remedy)
    approved.arrive(SECOND)  # another release is not concerned


def test_who_rejected_it_cannot_take_that_back(approved: Stage) -> None:
    assert approved.say("reject", REASON, by="mia").code == 0
    for act in ("withdraw", "approve"):
        found = approved.say(act, by="mia")
        assert (found.code, found.out) == (4, "")
        assert "mia rejected this release, and cannot take that back himself" in found.err
        assert "weighbridge lift demo@1.0.0 --to production --reason TEXT" in found.err
        last = approved.last()
        assert (last["kind"], last["body"]["act"]) == ("act.refused", act)
        assert last["body"]["reason"] == "own-rejection"
    assert approved.say("withdraw", by="max").code == 0  # of his own approval
    assert "not-rejected" in unmet(approved.ask(FIRST, "production"))


def test_another_who_may_approve_lifts_it(approved: Stage) -> None:
    assert approved.trust("cat", "ml-lead").code == 0
    assert approved.say("reject", REASON, by="cat").code == 0
    assert unmet(approved.ask(FIRST, "production")) == ["not-rejected"]
    assert approved.say("lift", "--reason=mended", by="cat").code == 4  # he rejected it
    assert approved.last()["body"]["reason"] == "own-rejection"
    found = approved.say("lift", "--reason=looked into it", by="max")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("max: lift-rejection demo@1.0.0 to production\n")
    assert approved.promote(FIRST, "production").code == 0  # approvals of before still count
    assert approved.say("withdraw", by="cat").code == 2  # nothing of his stands any more
    approved.done("log", "verify", "--deep")


def test_who_lifts_it_must_be_able_to_approve_it(approved: Stage) -> None:
    assert approved.say("reject", REASON, by="mia").code == 0
    for name in ("dora", "bea", "ann", "cat"):
        found = approved.say("lift", "--reason=mended", by=name)
        assert (found.code, found.out) == (4, "")
        last = approved.last()
        assert (last["kind"], last["body"]["act"]) == ("act.refused", "lift-rejection")
    assert approved.trust("dora", "releaser", "--role=ml-lead").code == 0
    assert approved.promote(FIRST, "production").code == 1
    found = approved.say("lift", "--reason=mended", by="dora")
    assert found.code == 4
    assert "dora cannot lift this rejection: he asked for it" in found.err
    assert approved.last()["body"]["reason"] == "own-approval"


def test_a_rejection_after_it_was_lifted_stands_again(approved: Stage) -> None:
    for _ in range(2):
        assert approved.say("reject", REASON, by="mia").code == 0
        assert "not-rejected" in unmet(approved.ask(FIRST, "production"))
        assert approved.say("lift", "--reason=mended", by="max").code == 0
        assert "not-rejected" not in unmet(approved.ask(FIRST, "production"))


def test_what_nobody_rejected_is_not_lifted(approved: Stage) -> None:
    before = len(approved.entries())
    found = approved.say("lift", "--reason=mended", by="max")
    assert (found.code, found.out) == (2, "")
    assert "no rejection of this release stands in production" in found.err
    assert len(approved.entries()) == before


@pytest.mark.parametrize("words", [(), ("--in=staging", "--to=production")])
def test_a_lift_is_of_a_hold_or_of_a_rejection(words: tuple[str, ...], stage: Stage) -> None:
    found = stage("lift", FIRST, "--reason=mended", *words, by="max")
    assert (found.code, found.out) == (2, "")
    assert "--in ENV to lift a hold, or --to ENV to lift a rejection" in found.err


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
