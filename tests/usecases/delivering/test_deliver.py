"""Deliveries from beginning to end, on a machine that is simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.delivering.yard import NEW, NEWER, OLD, STAGING
from tests.usecases.workshop import sha256
from weighbridge.model.delivery import Order, Phase, Strategy, Why
from weighbridge.model.errors import DeliveryError, NotAllowedError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.usecases.delivering.yard import Yard
    from weighbridge.model.delivery import Delivery, Position


@pytest.fixture
def standing(yard: Yard) -> Yard:
    """The first release runs, and the second is promoted."""
    assert yard.deliver().position.phase is Phase.DELIVERED
    yard.arrive(NEW)
    return yard


def test_the_first_release_gets_all_requests_as_soon_as_it_is_ready(yard: Yard) -> None:
    done = yard.deliver()

    old = yard.release(OLD)
    assert (done.position.phase, done.release, done.previous) == (Phase.DELIVERED, old, "")
    assert yard.machine.shares == [(old, 0), (old, 100)]
    assert list(yard.machine.running) == [old]
    assert "weights/model.safetensors" in yard.machine.laid_out[old]


def test_a_good_one_takes_the_place_of_the_one_before_step_by_step(standing: Yard) -> None:
    new = standing.release(NEW)

    done = standing.deliver()

    assert (done.position.phase, done.strategy) == (Phase.DELIVERED, Strategy.CANARY)
    assert [share for digest, share in standing.machine.shares if digest == new] == [0, 10, 50, 100]
    assert list(standing.machine.running) == [new]
    kinds = [kind for kind in standing.kinds() if kind.startswith("delivery.")]
    assert kinds.count("delivery.started") == 2
    assert kinds.count("delivery.measured") == 10
    assert standing.done("log", "verify", "--deep").code == 0


def test_one_with_errors_is_rolled_back_pointer_and_all(standing: Yard) -> None:
    new, old = standing.release(NEW), standing.release(OLD)
    standing.machine.errors[new] = 0.3

    done = standing.deliver()

    assert done.position.phase is Phase.ROLLED_BACK
    assert done.position.cause is not None
    assert (done.position.cause.why, done.position.cause.name) == (Why.ANALYSIS, "errors")
    assert standing.machine.shares[-1] == (new, 0)
    assert list(standing.machine.running) == [old]
    assert done.position.since - done.exposed < 10_000
    pointer = standing.pointer()
    assert (pointer["release"], pointer["generation"]) == (old, 3)
    assert "rolled back by dora" in pointer["held"]
    kinds = standing.kinds()
    assert kinds.index("rollback.done") > kinds.index("delivery.measured")


def test_what_runs_already_is_left_as_it_is(standing: Yard) -> None:
    first = standing.deliver()
    entries = len(standing.entries())

    again = standing.deliver()

    assert again.entry == first.entry
    assert len(standing.entries()) == entries
    assert len(standing.machine.starts) == 2


def test_what_should_run_and_does_not_is_started_again(standing: Yard) -> None:
    standing.deliver()
    standing.machine.running.clear()

    standing.deliver()

    assert list(standing.machine.running) == [standing.release(NEW)]


def test_a_crash_a_silence_and_an_outage_end_as_declared(standing: Yard) -> None:
    new, old = standing.release(NEW), standing.release(OLD)
    standing.machine.crashes.add(new)

    done = standing.deliver()

    assert done.position.phase is Phase.ROLLED_BACK
    assert done.position.cause is not None
    assert (done.position.cause.why, done.position.cause.text) == (
        Why.CRASH,
        "was ended by SIGKILL",
    )
    assert list(standing.machine.running) == [old]


class Enough(Exception):  # noqa: N818 - no error, an end
    """The test has seen enough."""


def until(standing: Yard, seen: Callable[[Position], bool]) -> None:
    """Deliver until a position is seen, and no further."""

    def told(delivery: Delivery) -> None:
        if seen(delivery.position):
            raise Enough

    with pytest.raises(Enough):
        standing.deliver(told=told)


def at_step(standing: Yard, step: int) -> None:
    """Deliver as far as a step, and no further."""
    until(standing, lambda position: position.step == step)


@pytest.mark.parametrize("trouble", ["quiet", "down"])
def test_where_nothing_is_known_a_delivery_waits_for_a_person(trouble: str, standing: Yard) -> None:
    setattr(standing.machine, trouble, True)

    until(standing, lambda position: position.paused is not None)

    (_, one) = standing.delivered()
    assert (one.position.phase, one.position.weight) == (Phase.ROLLING_OUT, 10)
    assert one.position.paused is not None
    wanted = {"quiet": "there is no new sample", "down": "connection refused"}
    assert wanted[trouble] in one.position.paused.text
    setattr(standing.machine, trouble, False)
    refused = standing("resume", "demo", "--in=staging", "--reason=there is traffic now", by="mia")
    assert (refused.code, standing.kinds()[-1]) == (4, "act.refused")
    standing.done("resume", "demo", "--in=staging", "--reason=there is traffic now", by="dora")
    assert standing.deliver().position.phase is Phase.DELIVERED


def test_a_failure_mode_that_shows_rolls_back(standing: Yard) -> None:
    new = standing.release(NEW)
    standing.machine.fires[new] = {"wrong-labels": "UnknownLabels"}

    done = standing.deliver()

    assert done.position.phase is Phase.ROLLED_BACK
    assert done.position.cause is not None
    assert done.position.cause.text == "labels are wrong (UnknownLabels)"


def test_people_pause_skip_and_abort_by_words_in_the_ledger(standing: Yard) -> None:
    at_step(standing, 1)
    standing.done("pause", "demo", "--in=staging", "--reason=lunch", by="dora")
    again = standing("pause", "demo", "--in=staging", "--reason=lunch", by="dora")
    assert again.code == 2
    assert "dora ordered pause, not yet answered" in again.err

    until(standing, lambda position: position.paused is not None)
    assert standing.delivered()[-1].position.weight == 50
    standing.done("resume", "demo", "--in=staging", "--skip", "--reason=seen", by="dora")

    assert standing.deliver().position.phase is Phase.DELIVERED
    orders = [one["body"] for one in standing.entries() if one["kind"] == "delivery.ordered"]
    assert [(one["order"], one["person"], one["reason"]) for one in orders] == [
        (Order.PAUSE.value, "dora", "lunch"),
        (Order.SKIP.value, "dora", "seen"),
    ]


def test_an_aborted_one_goes_back(standing: Yard) -> None:
    at_step(standing, 1)
    standing.done("abort", "demo", "--in=staging", "--reason=customers call", by="dora")

    done = standing.deliver()

    assert done.position.phase is Phase.ROLLED_BACK
    assert standing.pointer()["release"] == standing.release(OLD)
    none = standing("abort", "demo", "--in=staging", "--reason=again", by="dora")
    assert none.code == 2
    assert "no delivery of demo to staging is on its way" in none.err


def test_a_rollback_by_command_turns_what_is_on_its_way(standing: Yard) -> None:
    at_step(standing, 1)

    found = standing.roll_back()

    assert found.code == 0
    assert "demo@2.1.0 in staging was rolled back to 2.0.0" in found.err
    done = standing.delivered()[-1]
    assert done.position.phase is Phase.ROLLED_BACK
    assert done.position.cause is not None
    assert done.position.cause.why is Why.POINTER
    assert done.serving == standing.release(OLD)
    assert standing.pointer()["generation"] == 3


def test_a_rollback_by_command_of_what_was_delivered_brings_the_one_before_at_once(
    standing: Yard,
) -> None:
    standing.deliver()

    assert standing.roll_back().code == 0

    done = standing.delivered()[-1]
    assert (done.strategy, done.position.phase) == (Strategy.RESTORE, Phase.DELIVERED)
    assert list(standing.machine.running) == [standing.release(OLD)]


def test_a_rollback_of_the_pointer_alone_leaves_a_drift_that_is_told(standing: Yard) -> None:
    standing.deliver()

    assert standing.roll_back("--no-deliver").code == 0

    assert list(standing.machine.running) == [standing.release(NEW)]
    assert standing.pointer()["drift"] == standing.release(NEW)
    assert "drift: sha256:" in standing.done("status").out


def test_where_it_stands_is_told_by_status(standing: Yard) -> None:
    at_step(standing, 1)

    assert "delivery: gets 50 % of requests (step 2)" in standing.done("status").out
    found = standing.pointer()
    assert (found["delivery"]["phase"], found["delivery"]["weight"]) == ("rolling-out", 50)


def test_a_sandbox_is_told_by_status(yard: Yard) -> None:
    yard.delivering("local", by="").sandbox(yard.release(NEW), yard.place())

    said = yard.done("status").out
    assert "demo@2.1.0 here (sandbox, not promoted) is delivered" in said
    (found,) = yard.done("status", "--in=local", "--output-format=json").json["sandboxes"]
    assert (found["unpromoted"], found["version"]) == (True, "2.1.0")
    yard.done("deliver", NEW, "--to=local", "--unpromoted", "--stop")
    assert "sandbox" not in yard.done("status").out


def test_what_is_seen_live(standing: Yard) -> None:
    at_step(standing, 1)
    standing.machine.errors[standing.release(NEW)] = 0.3

    said = standing.done("watch", "staging", "--live", "--once").out

    assert "demo@2.1.0 in staging gets 50 % of requests (step 2)" in said
    assert "2.1.0         50 %  ready" in said
    assert "errors           0.3 of 400" in said
    assert "failure  value is 0.3; value > 0.05 fails" in said
    shares = standing.done("watch", "staging", "--live", "--once", "--output-format=json").json[
        "deliveries"
    ][0]["shares"]
    assert [one["weight"] for one in shares] == [50, 50]
    assert [one["signals"][0]["outcome"] for one in shares] == ["failure", "success"]


def test_live_only_looks(standing: Yard) -> None:
    standing.deliver()
    before = len(standing.entries())

    assert standing("watch", "staging", "--live", "--once", by="dora").code == 2
    assert standing("watch", "staging", "--live", "--dry-run").code == 2
    assert standing("watch", "nowhere", "--live", "--once").code == 2
    assert standing.done("watch", "production", "--live", "--once").out == (
        "nothing was delivered there\n"
    )
    assert len(standing.entries()) == before


def test_a_newer_promotion_ends_what_is_on_its_way_and_is_delivered(standing: Yard) -> None:
    at_step(standing, 1)
    standing.arrive(NEWER)

    done = standing.deliver()

    assert (done.release, done.position.phase) == (standing.release(NEWER), Phase.DELIVERED)
    assert [one.position.phase for one in standing.delivered()] == [
        Phase.DELIVERED,
        Phase.ROLLED_BACK,
        Phase.DELIVERED,
    ]


def test_nobody_delivers_who_may_not(standing: Yard) -> None:
    with pytest.raises(NotAllowedError):
        standing.deliver(by="mia")

    assert standing.last()["kind"] == "act.refused"
    assert standing.last()["body"]["act"] == "deliver"
    assert len(standing.machine.starts) == 1


def test_nobody_goes_on_with_it_who_could_not_have_begun_it(standing: Yard) -> None:
    at_step(standing, 1)

    with pytest.raises(NotAllowedError, match="whoever delivers demo may deploy to staging"):
        standing.deliver(by="mia")

    assert standing.delivered()[-1].position.step == 1


def test_nothing_is_delivered_that_no_pointer_holds(yard: Yard) -> None:
    with pytest.raises(NotFoundError, match="production points to no release of demo"):
        yard.delivering("production").deliver(yard.place())


def test_bytes_that_changed_are_found_before_anything_starts(standing: Yard) -> None:
    standing.overwrite(sha256(b'["cat 2.1.0"]\n'), b"[]")

    with pytest.raises(DeliveryError, match=r"demo@2\.1\.0 is not delivered"):
        standing.deliver()

    refused = [one for one in standing.entries() if one["kind"] == "delivery.refused"]
    assert refused[-1]["body"]["reason"] == "verification"
    assert len(standing.machine.starts) == 1


def test_what_is_blocked_meanwhile_is_taken_out(standing: Yard) -> None:
    at_step(standing, 1)
    standing.done("block", NEW, "--reason=a backdoor", by="ann ben")

    done = standing.deliver()

    assert done.position.phase is Phase.ROLLED_BACK
    assert done.position.cause is not None
    assert done.position.cause.why is Why.GATE
    assert "blocked" in done.position.cause.text


def test_values_out_of_their_range_are_found_before_anything_starts(standing: Yard) -> None:
    standing.rule("  include: [baseline]\n", environment=STAGING)
    standing.seal("demo@2.3.0", OUT_OF_RANGE, passing=False)
    standing.arrive("demo@2.3.0")

    with pytest.raises(DeliveryError, match="value 512 of max_batch_size is above the maximum"):
        standing.deliver()

    refused = [one for one in standing.entries() if one["kind"] == "delivery.refused"]
    assert refused[-1]["body"]["reason"] == "parameter"
    assert len(standing.machine.starts) == 1


OUT_OF_RANGE = """\
  parameters:
    max_batch_size:
      {kind: inference, type: integer, value: 512, minimum: 1, maximum: 256, description: x}
"""


def test_one_that_is_blocked_is_not_begun(standing: Yard) -> None:
    standing.done("block", NEW, "--reason=a backdoor", by="ann ben")

    with pytest.raises(DeliveryError, match="blocked"):
        standing.deliver()


def test_a_sandbox_is_marked_and_needs_no_key(yard: Yard) -> None:
    delivering = yard.delivering("local", by="")

    done = delivering.sandbox(yard.release(NEW), yard.place())

    assert (done.unpromoted, done.position.phase) == (True, Phase.DELIVERED)
    started = [one for one in yard.entries() if one["kind"] == "delivery.started"]
    assert started[-1]["body"]["unpromoted"] is True
    assert started[-1]["body"]["environment"] == "local"
    assert delivering.stop().position.phase is Phase.STOPPED
    assert not yard.machine.running


def test_how_it_ended_is_evidence(standing: Yard) -> None:
    standing.deliver()
    standing.deliver()

    found = [
        one["body"]
        for one in standing.entries()
        if one["kind"] == "evidence.added" and one["body"]["predicateType"].endswith("delivery/v1")
    ]
    predicate = standing.predicate(found[-1]["bundle"])
    assert len(found) == 2
    assert (predicate["result"], predicate["environment"]["name"]) == ("PASSED", "staging")
    assert predicate["target"] == "local"
    weights = [one["weight"] for one in predicate["steps"]]
    assert weights == [10, 50, 100, 100]
    assert len(predicate["steps"][1]["measured"]) == 5
