"""`break-glass`: open, short, for one release; and somebody else looks afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.usecases.packs import complaints, edited, events, exported, judged
from tests.usecases.promoted import ENVIRONMENT, promoted, promoted_folder
from tests.usecases.promoted import FIRST as OLDER
from tests.usecases.promoted import SECOND as NEWER
from tests.usecases.stage import FIRST, PRODUCTION, SECOND, condition, unmet
from weighbridge.gate.case import Act
from weighbridge.model.errors import PackError
from weighbridge.model.event import Kind
from weighbridge.packing.evidence_pack import proof_name
from weighbridge.seal.control import trust_key
from weighbridge.usecases.approve import Intent, say
from weighbridge.usecases.audit import audit
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.promote import promote

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Ran

__all__ = ["promoted", "promoted_folder"]

WHY = "--reason=the model in production leaks"
HERE = PRODUCTION.replace("deployers: [releaser]", "deployers: [releaser], breakGlass: [duty]")
SEEN = "--reason=seen the incident"


@pytest.fixture
def duty(stage: Stage) -> Stage:
    """Run commands where cat is on duty, a release is in staging and nobody approved it."""
    stage.apply(HERE)
    assert stage.trust("cat", "duty").code == 0
    stage.arrive(FIRST)
    return stage


def smash(stage: Stage, *words: str, by: str = "cat", release: str = FIRST) -> Ran:
    return stage.say("break-glass", *(words or (WHY,)), by=by, release=release)


def review(stage: Stage, *, by: str, release: str = FIRST) -> Ran:
    return stage.say("break-glass", "--review", SEEN, by=by, release=release)


def test_it_lets_one_release_in_and_the_decision_stays_what_it_is(duty: Stage) -> None:
    assert duty.promote(FIRST, "production").code == 1
    found = smash(duty)
    assert found.code == 0
    assert found.out.startswith("cat: break-glass demo@1.0.0 to production\n")
    assert "then have somebody else review that" in found.err
    said = duty.last()
    assert (said["kind"], said["body"]["act"]) == ("act.said", "break-glass")
    decision = duty.ask(FIRST, "production")
    assert (decision["verdict"], decision["mode"]) == ("needs", "break-glass")
    broken = condition(decision, "glass-broken")
    assert broken.why == f"cat broke the glass at {said['time']}: the model in production leaks"
    done = duty.last()["body"]
    assert (duty.last()["kind"], done["mode"], done["verdict"]) == (
        "promotion.done",
        "break-glass",
        "needs",
    )
    vsa = duty.predicate(done["decision"])
    assert vsa["verificationResult"] == "FAILED"
    assert duty.pointer("production")["generation"] == 1
    shown = duty.done("status", "--in=production").out
    assert f"glass broken and not reviewed: cat at {said['time']}: the model in" in shown
    assert duty.pointer("production")["unreviewed"].startswith("cat at ")
    duty.done("log", "verify", "--deep")


def test_what_people_read_says_so(duty: Stage) -> None:
    assert smash(duty).code == 0
    shown = duty("promote", FIRST, "--to=production", "--dry-run")
    assert shown.code == 0
    assert "  the glass is broken: what is not met does not block\n" in shown.out
    moved = duty.promote(FIRST, "production")
    assert moved.code == 0
    assert "  the glass is broken: what is not met did not block; review it\n" in moved.out
    assert "glass-broken: cat broke the glass at" in moved.out
    assert "nothing more is let in until somebody else reviews this: weighbridge" in moved.err


@pytest.mark.slow
def test_until_it_is_reviewed_nothing_more_goes_there(duty: Stage) -> None:
    assert smash(duty).code == 0
    assert duty.promote(FIRST, "production").code == 0
    duty.arrive(SECOND)
    for name in ("mia", "max"):
        assert duty.say("approve", by=name, release=SECOND).code == 0
    found = duty.ask(SECOND, "production")
    assert (found["verdict"], unmet(found)) == ("needs", ["glass-reviewed"])
    (remedy,) = condition(found, "glass-reviewed").remedy
    assert remedy.startswith(f"weighbridge break-glass {duty.release(FIRST)} --to production --rev")
    for name, reason in (("cat", "wrong-role"), ("dora", "wrong-role"), ("bea", "wrong-role")):
        assert review(duty, by=name).code == 4
        assert duty.last()["body"]["reason"] == reason
    found_ = review(duty, by="mia")
    assert (found_.code, found_.err) == (0, "")
    assert found_.out.startswith("mia: review demo@1.0.0 to production\n")
    assert review(duty, by="max").code == 2  # there is nothing left to review
    assert duty.pointer("production")["unreviewed"] is None
    assert duty.promote(SECOND, "production").code == 0
    duty.done("log", "verify", "--deep")


@pytest.mark.parametrize("name", ["cat", "dora", "bea"])
def test_who_had_a_part_in_it_does_not_review_it(name: str, duty: Stage) -> None:
    role = {"cat": "duty", "dora": "releaser", "bea": "builder"}[name]
    assert smash(duty).code == 0
    assert duty.promote(FIRST, "production").code == 0
    assert duty.trust(name, role, "--role=ml-lead").code == 0
    found = review(duty, by=name)
    assert (found.code, found.out) == (4, "")
    last = duty.last()
    assert (last["body"]["act"], last["body"]["reason"]) == ("review", "own-glass")


@pytest.mark.slow
def test_who_stands_in_for_the_breaker_does_not_review_it(duty: Stage) -> None:
    assert duty.trust("cat", "duty", "--role=ml-lead").code == 0
    words = ("--delegate-to=ben", "--to=production", "--until=9d", "--reason=leave")
    assert duty("approve", *words, by="cat").code == 0
    assert smash(duty).code == 0
    assert review(duty, by="ben").code == 4
    assert duty.last()["body"]["reason"] == "own-glass"
    assert duty("approve", *words, by="mia").code == 0
    assert review(duty, by="ben").code == 0


@pytest.mark.parametrize("name", ["mia", "max", "dora", "ann", "bea"])
def test_who_is_not_named_for_it_does_not_break_it(name: str, duty: Stage) -> None:
    found = smash(duty, by=name)
    assert (found.code, found.out) == (4, "")
    last = duty.last()
    assert (last["kind"], last["body"]["act"]) == ("act.refused", "break-glass")
    assert last["body"]["reason"] == "wrong-role"


def test_where_nobody_is_named_nobody_breaks_it(stage: Stage) -> None:
    stage.arrive(FIRST)
    assert stage.trust("cat", "duty").code == 0
    assert smash(stage).code == 4


def test_the_author_does_not_break_it(duty: Stage) -> None:
    assert duty.trust("bea", "builder", "--role=duty").code == 0
    found = smash(duty, by="bea")
    assert found.code == 4
    assert "bea cannot break the glass for this release: he signed evidence" in found.err
    assert duty.last()["body"]["reason"] == "own-release"


def test_after_two_hours_it_is_whole_again(duty: Stage) -> None:
    assert smash(duty).code == 0
    duty.clock.set("2026-02-01T23:00:00Z")
    found = duty.ask(FIRST, "production")
    assert (found["mode"], "glass-reviewed" in unmet(found)) == ("enforce", True)
    assert duty.last()["kind"] == "promotion.blocked"


def test_it_is_for_one_release_and_as_things_stand(duty: Stage) -> None:
    duty.arrive(SECOND)
    assert smash(duty).code == 0
    assert duty.promote(SECOND, "production").code == 1
    duty.apply(HERE.replace("[releaser]", "[releaser, sre]"))
    assert duty.promote(FIRST, "production").code == 1


def test_what_would_be_of_no_use_is_not_broken(duty: Stage) -> None:
    assert duty.say("reject", "--reason=it lies", by="mia").code == 0
    before = len(duty.entries())
    found = smash(duty)
    assert (found.code, found.out) == (2, "")
    assert "there are things nobody gets past" in found.err
    assert "weighbridge lift demo@1.0.0 --to production" in found.err
    assert duty.say("lift", "--reason=it does not", by="max").code == 0
    for name in ("mia", "max"):
        assert duty.say("approve", by=name).code == 0
    allowed = smash(duty)
    assert (allowed.code, "the glass need not be broken" in allowed.err) == (2, True)
    assert len(duty.entries()) == before + 3


@pytest.mark.parametrize("words", [("--reason=",), ("--reason= ", "--review"), ("--review",)])
def test_nobody_breaks_or_reviews_it_without_a_reason(words: tuple[str, ...], duty: Stage) -> None:
    before = len(duty.entries())
    found = smash(duty, *words)
    assert (found.code, "reason" in found.err) == (2, True)
    assert len(duty.entries()) == before


def test_a_dry_run_breaks_nothing(duty: Stage) -> None:
    before = duty.everything()
    found = smash(duty, WHY, "--dry-run", by="")
    assert (found.code, "nothing was said" in found.err) == (0, True)
    assert duty.everything() == before


@pytest.mark.slow
def test_the_way_back_stays_open(duty: Stage) -> None:
    assert smash(duty).code == 0
    assert duty.promote(FIRST, "production").code == 0
    assert review(duty, by="mia").code == 0
    duty.arrive(SECOND)
    assert smash(duty, release=SECOND).code == 0
    assert duty.promote(SECOND, "production").code == 0
    assert duty.roll_back(to="production").code == 0


# In a pack ----------------------------------------------------------------------------------------


def emergency(promoted: Promoted) -> None:
    """Have the first release back in production, by broken glass."""
    spki = promoted.keys.public("mia").spki_der
    promoted.owners(trust_key(spki, person="mia", roles=["duty"]))
    path = promoted.folder / "production.yaml"
    more = ", promotesFrom: staging, roles: {breakGlass: [duty]}"
    path.write_text(ENVIRONMENT.format(name="production", more=more))
    applied = application(*load_environment(path), promoted.registry)
    promoted.registry.blobs.put(applied.record)
    promoted.owners(applied.change)
    assert not promoted.promote(OLDER, "production")
    _say(promoted, Act.BREAK_GLASS, OLDER, by="mia")
    assert promoted.promote(OLDER, "production")


def _say(promoted: Promoted, act: Act, release: str, *, by: str) -> None:
    intent = Intent(
        act=act, release=promoted.digest(release), environment="production", reason="it <bleeds>"
    )
    say(intent, signer=promoted.key(by), registry=promoted.registry)


def test_a_pack_of_it_proves_itself_and_says_what_it_was(promoted: Promoted) -> None:
    emergency(promoted)
    pack = exported(promoted, OLDER)
    found = judged(promoted, pack)
    assert found.ok, found.problems
    assert found.told is not None
    assert (found.told.mode, found.told.decision.verdict.value) == ("break-glass", "needs")
    (word,) = [word for word in found.told.acts if word.what == "break-glass"]
    assert (word.person, word.reason) == ("mia", "it <bleeds>")
    assert complaints(judged(promoted, edited(pack, **{proof_name(word.entry): None})))
    kept = json.dumps([event.body for event in events(pack).values()])
    assert '"act": "break-glass"' in kept
    deep = audit(promoted.registry, log_key=promoted.registry.log_key, deep=True)
    assert deep.problems == ()


def test_a_later_pack_carries_the_glass_of_other_releases_and_its_review(
    promoted: Promoted,
) -> None:
    emergency(promoted)
    promoted.approve(NEWER, "cat", "dora")  # anew: the environment is another
    asked = promote(
        promoted.digest(NEWER), "production", signer=promoted.key("max"), registry=promoted.registry
    )
    assert not asked.moved
    _say(promoted, Act.REVIEW, OLDER, by="cat")
    assert promoted.promote(NEWER, "production")
    pack = exported(promoted, NEWER)
    found = judged(promoted, pack)
    assert found.ok, found.problems
    assert found.told is not None
    whats = [word.what for word in found.told.acts]
    assert ("break-glass" in whats, "review" in whats) == (True, True)
    deep = audit(promoted.registry, log_key=promoted.registry.log_key, deep=True)
    assert deep.problems == ()


def test_a_move_the_glass_did_not_carry_shows(promoted: Promoted) -> None:
    """Whoever holds the log's key can write that it did; deciding again does not say so."""
    emergency(promoted)
    promoted.clock.set("2026-06-01T00:00:00Z")
    body = [dict(event.body) for event in events(exported(promoted, OLDER)).values()][-1]
    forged = body | {"generation": body["generation"] + 1, "previous": body["release"]}
    promoted.registry.change(lambda transaction: transaction.append(Kind.PROMOTION_DONE, forged))
    with pytest.raises(PackError, match="cannot be proven"):
        exported(promoted, OLDER)
