"""What a manifest demands, as steps that can be driven."""

from __future__ import annotations

from tests.render.orders import release_of
from weighbridge.model.delivery import Strategy
from weighbridge.rollout.plan import DEFAULT_BACK, Plan, Step, plan_of, strategy_of


def made(strategy: Strategy = Strategy.CANARY, *, first: bool = False, **change: object) -> Plan:
    release = release_of({"spec": change} if change else None)
    return plan_of(release, strategy=strategy, first=first, scrape=1000, start=9_000)


def test_a_manifest_is_made_ready() -> None:
    found = made()

    assert found.steps == (
        Step(weight=10, hold=300_000, analysis="errors", before=30_000, count=10),
        Step(weight=50, hold=600_000, analysis="errors", before=30_000, count=20),
        Step(weight=100),
    )
    assert found.automatic == frozenset({"errors", "wrong-labels"})
    assert found.verify == ("errors",)
    assert (found.window, found.back, found.start) == (0, 60_000, 9_000)
    assert found.beside == ()
    assert found.modes["wrong-labels"].action == "rollback"


def test_the_last_measurement_falls_on_the_end_of_a_step() -> None:
    for one in made().steps:
        if one.analysis:
            assert one.before + (one.count - 1) * 30_000 == one.hold


def test_a_count_may_take_longer_than_the_step() -> None:
    analyses = [{**ANALYSIS, "count": 20}]

    (step, *_) = made(rollout={"strategy": "canary", "steps": STEPS, "analysis": analyses}).steps

    assert (step.before, step.count) == (0, 20)


ANALYSIS = {"name": "errors", "query": "up", "success": "value == 1", "interval": "30s"}
STEPS = [{"weight": 20, "hold": "1m", "analysis": "errors"}]


def test_the_last_step_is_all_requests() -> None:
    rollout = {"strategy": "canary", "steps": STEPS, "analysis": [ANALYSIS]}

    assert [one.weight for one in made(rollout=rollout).steps] == [20, 100]


def test_without_one_before_it_it_gets_all_requests_at_once() -> None:
    found = made(first=True)

    assert found.steps == (Step(weight=100),)
    assert (found.window, found.beside) == (0, ())


def test_where_all_requests_move_at_once_one_step_judges_them() -> None:
    rollout = {"strategy": "recreate", "steps": STEPS, "analysis": [ANALYSIS]}

    (step,) = made(Strategy.RECREATE, rollout=rollout).steps

    assert (step.weight, step.analysis, step.count) == (100, "errors", 2)


def test_a_restored_release_comes_at_once() -> None:
    found = made(Strategy.RESTORE)

    assert found.steps == (Step(weight=100),)
    assert (found.window, found.beside) == (0, ())


def test_an_analysis_of_no_step_is_asked_beside_them() -> None:
    rollout = {
        "strategy": "canary",
        "steps": [{"weight": 100}],
        "analysis": [ANALYSIS],
    }

    assert made(rollout=rollout).beside == ("errors",)


def test_a_manifest_that_says_nothing_moves_all_requests_at_once() -> None:
    release = release_of({"spec": {"rollout": None, "rollback": None, "failureModes": None}})

    assert strategy_of(release) is Strategy.ROLLING
    found = plan_of(release, strategy=Strategy.ROLLING, first=False, scrape=1, start=1)
    assert found.steps == (Step(weight=100),)
    assert (found.automatic, found.back) == (None, DEFAULT_BACK)
    assert found.turns("anything")


def test_a_window_is_read_and_a_failure_mode_without_a_signal_is_watched_by_nobody() -> None:
    rollback = {"to": "previous", "window": "1h"}
    modes = [{"id": "slow", "symptom": "it is slow", "action": "page"}]

    found = made(rollback=rollback, failureModes=modes)

    assert found.window == 3_600_000
    assert not found.modes
