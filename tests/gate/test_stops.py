from __future__ import annotations

from dataclasses import replace

import pytest

from tests.gate.cases import BEFORE, MANIFEST, THIS, approved, decided, judged, make, program_for
from weighbridge.codec.listing import listing_blobs
from weighbridge.gate.decide import decide_rollback, goes_through, stopped
from weighbridge.gate.pointer import Pointer
from weighbridge.gate.shortest import shortest
from weighbridge.model.decision import BREAK_GLASS, OBSERVE, GateVerdict, Outcome
from weighbridge.model.environment.standing import Stop
from weighbridge.model.listing import MEDIA_TYPE, ListingEntry
from weighbridge.model.unverified import Unverified, Wrong

SINCE = "2026-10-30T12:00:00Z"
FREEZE = Stop(about="production", at=SINCE, reason="end of the year", where="production")
BLOCK = Stop(about="detector@1.4.0", at=SINCE, reason="leaks training data")
WRONG = Unverified(entry=9, at=SINCE, by="rob", found=(Wrong(code="INT001", subject="model.onnx"),))
FILE = "sha256:" + "a" * 64


def test_an_environment_that_is_frozen_takes_nothing_until_owners_lift_that() -> None:
    decision = decided(replace(approved(make()), frozen=FREEZE))
    assert decision.verdict is GateVerdict.NEEDS
    found = judged(decision, "not-frozen")
    assert (found.why, found.seen) == (f"frozen since {SINCE}", "end of the year")
    assert found.wanted == "the freeze lifted"
    assert found.remedy == ("weighbridge freeze production --lift --reason TEXT, by owners",)
    assert (found.waits, found.binds, stopped(decision)) == (True, False, True)


def test_what_would_pass_says_how_a_freeze_is_ended() -> None:
    case = replace(approved(make()), frozen=FREEZE)
    assert [step.told for step in shortest(case, decided(case), program_for(case.bundle))] == [
        "wait: the freeze lifted: weighbridge freeze production --lift --reason TEXT, by owners"
    ]


@pytest.mark.parametrize(
    ("until", "outcome"),
    [("2026-11-01T12:00:01Z", Outcome.UNMET), ("2026-11-01T12:00:00Z", Outcome.MET)],
)
def test_a_freeze_ends_by_itself(until: str, outcome: Outcome) -> None:
    decision = decided(replace(approved(make()), frozen=replace(FREEZE, until=until)))
    found = judged(decision, "not-frozen")
    assert found.outcome is outcome
    if outcome is Outcome.MET:
        assert (found.why, found.remedy) == (f"the freeze ended at {until}", ())
        assert found.wanted == ""
        assert decision.verdict is GateVerdict.ALLOWED
    else:
        assert found.wanted == f"not before {until}, or the freeze lifted"


def test_neither_freeze_nor_hold_stops_what_is_there_already() -> None:
    case = replace(approved(make()), frozen=FREEZE, held="x", since=BEFORE)
    assert decided(case).verdict is GateVerdict.ALLOWED


def test_a_blocked_release_goes_nowhere() -> None:
    case = replace(approved(make()), blocks={THIS: BLOCK})
    decision = decided(case)
    assert decision.verdict is GateVerdict.DENIED
    found = judged(decision, "not-blocked")
    assert found.seen == f"detector@1.4.0, since {SINCE}: leaks training data"
    assert found.remedy == ("weighbridge block detector@1.4.0 --lift --reason TEXT, by owners",)
    assert found.wanted == "no block by owners"
    assert (found.waits, found.binds, stopped(decision)) == (False, False, True)
    assert decision.outcome_digest == decided(replace(case, blocks={})).outcome_digest


def test_nor_by_a_rollback_nor_does_it_stay_unnoticed_where_it_is() -> None:
    case = replace(approved(make()), blocks={THIS: BLOCK})
    assert "not-blocked" in {
        one.id
        for one in decide_rollback(case, Pointer()).conditions
        if one.outcome is Outcome.UNMET
    }
    assert decided(replace(case, since=BEFORE)).verdict is GateVerdict.DENIED


def test_a_rollback_asks_for_no_window_and_no_thaw() -> None:
    asked = {
        one.id for one in decide_rollback(replace(make(), frozen=FREEZE), Pointer()).conditions
    }
    assert not asked & {"in-window", "not-frozen", "not-held"}


def test_a_release_with_a_blocked_file_goes_nowhere() -> None:
    stop = replace(BLOCK, about="model.onnx", where="production")
    decision = decided(replace(approved(make()), blocks={FILE: stop}))
    assert decision.verdict is GateVerdict.DENIED
    assert judged(decision, "not-blocked").remedy == (
        f"weighbridge block --artifact {FILE} --in production --lift --reason TEXT, by owners",
    )


def test_a_release_found_damaged_goes_nowhere_and_does_not_stay_unnoticed() -> None:
    case = replace(approved(make()), unverified=WRONG)
    decision = decided(case)
    assert decision.verdict is GateVerdict.DENIED
    found = judged(decision, "release-verified")
    assert found.why == f"what is stored of it was found wrong at {SINCE} by rob, entry 9"
    assert found.seen == "model.onnx (INT001)"
    assert found.wanted == "all of it read again, and nothing found"
    assert found.remedy == (
        "weighbridge verify detector@1.4.0 --log, once what was sealed is stored again",
    )
    assert (found.waits, found.binds, stopped(decision)) == (False, False, True)
    assert decided(replace(case, since=BEFORE)).verdict is GateVerdict.DENIED
    back = judged(decide_rollback(case, Pointer()), "release-verified")
    assert back.outcome is Outcome.UNMET
    assert not goes_through(decision, OBSERVE)
    assert not goes_through(decision, BREAK_GLASS)


def test_nobody_can_waive_that_a_release_is_damaged() -> None:
    """A waiver is of findings, and there are none: it is a fact about what is stored."""
    found = judged(decided(replace(approved(make()), unverified=WRONG)), "release-verified")
    assert (found.findings, found.skipped) == ((), ())


def test_of_a_release_nothing_was_found_wrong_with_a_decision_is_what_it_was() -> None:
    case = approved(make())
    sound, damaged = decided(case), decided(replace(case, unverified=WRONG))
    assert "release-verified" not in {one.id for one in sound.conditions}
    assert sound.outcome_digest == damaged.outcome_digest
    others = tuple(one for one in damaged.conditions if one.id != "release-verified")
    assert sound == replace(damaged, verdict=sound.verdict, conditions=others)


def test_what_others_are_blocked_for_is_no_matter() -> None:
    decision = decided(replace(approved(make()), blocks={"sha256:" + "9" * 64: BLOCK}))
    assert decision.verdict is GateVerdict.ALLOWED
    found = judged(decision, "not-blocked")
    assert (found.why, found.wanted) == ("neither it nor a file of it is blocked", "")


def test_where_nothing_is_blocked_nothing_is_said() -> None:
    assert "not-blocked" not in {one.id for one in decided(make()).conditions}


INNER = "sha256:" + "8" * 64
[(LISTED, LISTING)] = listing_blobs([ListingEntry(path="a/b", size=10, digest=INNER)])
FOLDER = MANIFEST.replace(
    f'path: model.onnx, digest: "{FILE}"',
    f'path: model, digest: "{LISTED}", mediaType: "{MEDIA_TYPE}"',
)


def test_a_blocked_file_is_found_in_a_folder() -> None:
    case = replace(make(manifest=FOLDER), blocks={INNER: BLOCK}, documents={LISTED: LISTING})
    assert judged(decided(case), "not-blocked").outcome is Outcome.UNMET


def test_a_folder_nobody_can_look_into_may_hold_the_blocked_file() -> None:
    case = replace(make(manifest=FOLDER), blocks={INNER: BLOCK})
    found = judged(decided(case), "not-blocked")
    assert (found.outcome, found.seen) == (Outcome.INCONCLUSIVE, f"no listing {LISTED}")
    assert (found.remedy, found.binds) == (("weighbridge registry fsck",), False)


def test_what_is_known_to_be_blocked_is_whatever_nobody_can_look_into() -> None:
    case = make(manifest=FOLDER)
    found = judged(
        decided(replace(case, blocks={INNER: BLOCK, case.release: BLOCK})), "not-blocked"
    )
    assert found.outcome is Outcome.UNMET
