"""Somebody is away: `approve --delegate-to`, by the command line and in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.packs import complaints, edited, events, exported, judged
from tests.usecases.promoted import SECOND as NEXT
from tests.usecases.promoted import promoted, promoted_folder
from tests.usecases.stage import FIRST, PRODUCTION, condition
from weighbridge.gate.case import Act
from weighbridge.model.event import Kind
from weighbridge.packing.evidence_pack import proof_name
from weighbridge.seal.control import trust_key
from weighbridge.usecases.audit import audit
from weighbridge.usecases.delegating import Handing, hand_over

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Ran

__all__ = ["promoted", "promoted_folder"]

UNTIL = "--until=2026-03-01"
WHY = "--reason=on leave"


def delegate(stage: Stage, to: str, *words: str, by: str = "mia") -> Ran:
    chosen = words or (UNTIL, WHY)
    return stage("approve", f"--delegate-to={to}", "--to=production", *chosen, by=by)


@pytest.fixture
def away(stage: Stage) -> Stage:
    """Run commands where a release is in staging, and cat stands in for mia."""
    stage.arrive(FIRST)
    assert stage.trust("cat", "auditor").code == 0
    assert delegate(stage, "cat").code == 0
    return stage


def lead(stage: Stage) -> tuple[str, str, str]:
    asked = ("promote", FIRST, "--to=production", "--dry-run", "--output-format=json")
    found = condition(stage(*asked).json, "approvals:0")
    return found.outcome, found.why, found.seen


def test_who_stands_in_approves_and_it_may_go(away: Stage) -> None:
    entry = away.last()
    assert entry["kind"] == "act.said"
    assert {key: entry["body"][key] for key in ("act", "environment", "person", "to", "until")} == {
        "act": "delegate",
        "environment": "production",
        "person": "mia",
        "to": "cat",
        "until": "2026-03-01T00:00:00Z",
    }
    assert entry["body"]["from"] == entry["time"]
    assert away.say("approve", by="cat").code == 0
    assert lead(away) == ("met", "approved by cat for mia", "")
    assert away.say("approve", by="max").code == 0
    assert away.promote(FIRST, "production").code == 0
    away.done("log", "verify", "--deep")
    line = "mia: delegate in production to cat until 2026-03-01T00:00:00Z"
    assert line in away.done("log", "show").out


def test_it_is_told_and_shown_before(away: Stage) -> None:
    before = away.everything()
    shown = delegate(away, "cat", "--until=14d", WHY, "--dry-run", by="")
    assert (shown.code, "nothing was said" in shown.err) == (0, True)
    assert shown.out.startswith("somebody: delegate to cat in production\n  from ")
    assert away.everything() == before
    told = delegate(away, "dora", UNTIL, WHY, "--from=2026-02-20", "--output-format=json").json
    assert (told["from"], told["until"]) == ("2026-02-20T00:00:00Z", "2026-03-01T00:00:00Z")
    assert (told["act"], told["person"], told["to"]) == ("delegate", "mia", "dora")
    assert told["entry"] == away.last()["index"]


def test_what_is_taken_back_counts_no_longer(away: Stage) -> None:
    found = away("withdraw", "--delegate-to=cat", "--to=production", by="mia")
    assert (found.code, found.out) == (0, "mia: withdraw from cat in production\n")
    assert away.say("approve", by="cat").code == 4
    assert away.last()["body"]["reason"] == "wrong-role"
    again = away("withdraw", "--delegate-to=cat", "--to=production", by="mia")
    assert (again.code, "has handed nothing to cat" in again.err) == (2, True)
    away.done("log", "verify", "--deep")


def test_after_its_time_it_is_over_and_what_was_approved_stays(away: Stage) -> None:
    assert away.say("approve", by="cat").code == 0
    away.clock.set("2026-03-01T00:00:00Z")
    assert lead(away)[0] == "met"
    assert away.say("withdraw", by="cat").code == 0  # which is his own word
    assert away.say("approve", by="cat").code == 4


def test_who_is_excluded_neither_gives_nor_takes(away: Stage) -> None:
    for person, role in (("dora", "releaser"), ("bea", "builder")):
        assert delegate(away, person).code == 0
        assert role in {"releaser", "builder"}
    assert away.say("approve", by="bea").code == 4  # the author
    assert away.last()["body"]["reason"] == "own-approval"
    assert away.promote(FIRST, "production").code == 1
    found = away.say("approve", by="dora")
    assert (found.code, away.last()["body"]["reason"]) == (4, "own-approval")
    assert away.trust("mia", "ml-lead", "--role=releaser").code == 0
    assert away.promote(FIRST, "production", by="mia").code == 1
    found = away.say("approve", by="cat")
    assert found.code == 4
    assert "cat cannot approve this promotion for another: mia asked for it" in found.err
    assert away.last()["body"]["reason"] == "own-approval"


def test_nobody_delegates_what_he_has_not_nor_to_himself(away: Stage) -> None:
    for giver in ("cat", "dora", "ann"):
        found = delegate(away, "carl", by=giver)
        assert (found.code, found.out) == (4, "")
        last = away.last()
        assert (last["kind"], last["body"]["reason"]) == ("act.refused", "wrong-role")
        assert "name" not in last["body"]
    found = delegate(away, "mia")
    assert (found.code, away.last()["body"]["reason"]) == (4, "to-himself")
    away.done("log", "verify", "--deep")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--until=2026-01-01", WHY), "over before it began"),
        (("--from=2026-05-01", UNTIL, WHY), "over before it began"),
        ((UNTIL,), "to delegate needs a reason"),
        ((UNTIL, "--reason= "), "to delegate needs a reason"),
        ((WHY,), "a delegation ends: give --until"),
        (("--until=soon", WHY), "--until is no time"),
        ((FIRST, UNTIL, WHY), "one of them"),
    ],
)
def test_what_makes_no_sense_is_refused(words: tuple[str, ...], said: str, away: Stage) -> None:
    before = len(away.entries())
    found = delegate(away, "cat", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert len(away.entries()) == before


def test_a_release_or_a_person_is_named(away: Stage) -> None:
    for words in ((), (FIRST, "--until=14d"), (FIRST, "--from=2026-01-01")):
        found = away("approve", "--to=production", *words, by="mia")
        assert (found.code, found.out) == (2, "")
    found = delegate(away, "mary")
    assert (found.code, "nobody is called mary" in found.err) == (2, True)
    found = away("approve", "--delegate-to=cat", "--to=nowhere", UNTIL, WHY, by="mia")
    assert found.code == 2


def test_a_project_names_who_may_hand_over(away: Stage) -> None:
    away.apply(
        PRODUCTION + "  projects: {demo: {approvers: [ml-lead]}, other: {approvers: [sre]}}\n"
    )
    assert delegate(away, "dora").code == 0
    assert delegate(away, "dora", by="max").code == 0  # sre, for releases of another name
    assert away.say("approve", by="dora").code == 0
    assert lead(away)[1] == "approved by dora for mia"


# In a pack ----------------------------------------------------------------------------------------


def standing_in(promoted: Promoted) -> None:
    """Have dora hand her right to mia and to carl, and promote by the word of mia."""
    promoted.approve(NEXT, "dora", act=Act.WITHDRAW)
    spki = promoted.keys.public("mia").spki_der
    promoted.owners(trust_key(spki, person="mia", roles=["auditor"]))
    for to in ("mia", "carl"):
        handing = Handing(
            act=Act.DELEGATE,
            environment="production",
            to=to,
            until="2026-09-01T00:00:00Z",
            reason="on <leave>",
        )
        hand_over(handing, signer=promoted.key("dora"), registry=promoted.registry)
    promoted.approve(NEXT, "mia")
    assert promoted.promote(NEXT, "production")


def test_a_pack_carries_who_stood_in_and_no_other_delegation(promoted: Promoted) -> None:
    standing_in(promoted)
    pack = exported(promoted, NEXT)
    found = judged(promoted, pack)
    assert found.ok, found.problems
    handed = [
        index
        for index, event in events(pack).items()
        if event.kind is Kind.ACT_SAID and event.body["act"] == "delegate"
    ]
    assert len(handed) == 1
    assert found.told is not None
    (word,) = [word for word in found.told.acts if word.what == "delegate"]
    assert (word.person, word.about) == ("dora", "production")
    assert word.reason.startswith("mia from 2026-03-01T")
    why = {one.id: one.why for one in found.told.decision.conditions}
    assert why["approvals:0"] == "approved by cat, mia for dora"
    assert complaints(judged(promoted, edited(pack, **{proof_name(handed[0]): None})))
    deep = audit(promoted.registry, log_key=promoted.registry.log_key, deep=True)
    assert deep.problems == ()
