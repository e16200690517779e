"""`deliver`, `pause`, `resume` and `abort`, as they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.delivering.yard import NEW, OLD, STAGING
from weighbridge.bootstrap import delivery as bootstrap
from weighbridge.cli import delivering as cli
from weighbridge.model.delivery import LOCAL, Phase

if TYPE_CHECKING:
    from tests.usecases.delivering.yard import Yard
    from tests.usecases.workshop import Ran

IN = ("demo", "--in=staging")
OPEN_TARGET = bootstrap.open_target
"""As it is, before the yard puts its machine there."""
SANDBOX = (NEW, "--to=local", "--unpromoted", "--option=command={python} serve.py --port {port}")


@pytest.fixture
def typed(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> Yard:
    """Have verbs deliver to the simulated machine, by its clock."""

    def opened(place: Any, around: bootstrap.Around) -> Any:  # noqa: ANN401 - as the real one
        return yard.machine if place.kind == LOCAL else OPEN_TARGET(place, around)

    monkeypatch.setattr(bootstrap, "open_target", opened)
    monkeypatch.setattr(cli, "milliseconds", lambda: yard.machine.now)
    monkeypatch.setattr(cli, "wait", yard.machine.wait)
    return yard


@pytest.fixture
def standing(typed: Yard) -> Yard:
    """The first release runs, and the second is promoted."""
    assert typed("deliver", *IN, by="dora").code == 0
    typed.arrive(NEW)
    return typed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("demo",), "say where: --in ENV, or --to local --unpromoted"),
        (("demo", "--in=staging", "--to=local"), "say where: --in ENV"),
        ((NEW, "--to=local"), "say so with --unpromoted"),
        ((*IN, "--unpromoted"), "an environment has its own"),
        ((*IN, "--option=port=1"), "an environment has its own"),
        ((*SANDBOX, "--gitops=out"), "--gitops goes with --in"),
        ((NEW, "--to=systemd", "--unpromoted"), "'systemd' is not"),
        ((*SANDBOX, "--option=bind"), "bind"),
        (("demo@9", "--to=local", "--unpromoted"), "demo@9"),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_entered(
    words: tuple[str, ...], said: str, typed: Yard
) -> None:
    entries = len(typed.entries())

    found = typed("deliver", *words)

    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert len(typed.entries()) == entries


@pytest.mark.parametrize("kind", ["systemd", "compose", "sandbox"])
def test_what_nothing_delivers_to_says_what_to_do_before_anything_begins(
    kind: str, typed: Yard
) -> None:
    typed.apply(f"{STAGING.partition('  target:')[0]}  target: {{kind: {kind}}}\n")
    entries = len(typed.entries())

    found = typed("deliver", *IN, by="dora")

    assert found.code == 2
    assert f"nothing delivers to a target {kind}" in found.err
    assert f"weighbridge render --target {kind}" in found.err
    assert len(typed.entries()) == entries


def test_what_would_be_done_is_told_without_a_key(standing: Yard) -> None:
    entries = len(standing.entries())

    found = standing("deliver", *IN, "--dry-run")

    assert (found.code, found.out.splitlines()) == (
        0,
        [
            "demo@2.1.0 would be delivered to staging: canary",
            "  10 % for 5 s, judged by errors (5 times)",
            "  50 % for 5 s, judged by errors (5 times)",
            "  100 % for 0 s",
        ],
    )
    assert found.err == "nothing was signed, started or entered\n"
    assert len(standing.entries()) == entries
    told = standing("deliver", *IN, "--dry-run", "--output-format=json").json
    assert (told["schemaVersion"], told["runs"], told["strategy"]) == (1, False, "canary")
    assert (told["release"], told["previous"]) == (standing.release(NEW), standing.release(OLD))
    assert told["steps"][0] == {
        "weight": 10,
        "milliseconds": 5000,
        "analysis": "errors",
        "count": 5,
    }


def test_what_runs_already_is_told_as_that(typed: Yard) -> None:
    typed.done("deliver", *IN, by="dora")

    assert typed("deliver", *IN, "--dry-run").out == "demo@2.0.0 is what runs in staging\n"


def test_a_delivery_is_told_while_it_goes_and_when_it_ends(standing: Yard) -> None:
    found = standing("deliver", *IN, by="dora")

    assert (found.code, found.out) == (0, "demo@2.1.0 in staging is delivered\n")
    lines = found.err.splitlines()
    assert "demo@2.1.0 in staging is prepared, in place of 2.0.0" in lines
    assert "demo@2.1.0 in staging gets 50 % of requests (step 2)" in lines
    assert "  errors 0.0 of 400 samples: success" in lines
    assert lines[-1] == "watch it: weighbridge watch staging --live"


def test_one_that_is_rolled_back_exits_by_it(standing: Yard) -> None:
    new, old = standing.release(NEW), standing.release(OLD)
    standing.machine.errors[new] = 0.3

    found = standing("deliver", *IN, "--output-format=json", by="dora")

    told = found.json
    assert found.code == 1
    assert {key: told[key] for key in ("schemaVersion", "environment", "name", "version")} == {
        "schemaVersion": 1,
        "environment": "staging",
        "name": "demo",
        "version": "2.1.0",
    }
    assert (told["phase"], told["release"], told["previous"]) == ("rolled-back", new, old)
    assert (told["cause"]["why"], told["cause"]["name"]) == ("analysis", "errors")
    assert (told["generation"], told["unpromoted"], told["paused"]) == (2, False, None)


def test_what_a_refused_one_leaves_in_the_ledger_can_be_read(standing: Yard) -> None:
    standing.done("block", NEW, "--reason=a backdoor", by="ann ben")

    found = standing("deliver", *IN, by="dora")

    assert found.code == 1
    assert found.err.startswith("error[WB230]: demo@2.1.0 is not delivered: ")
    assert "weighbridge status demo --in staging" in found.err
    assert standing.last()["body"]["person"] == "dora"
    shown = standing.done("log", "show").out.splitlines()[-1]
    assert "demo@2.1.0 to staging, asked for by dora, is refused: gate" in shown
    assert standing("deliver", *IN, "--dry-run").code == 1
    assert "looked at again" in standing.done("explain", "WB230").out


def test_a_sandbox_is_marked_wherever_it_is_told(typed: Yard) -> None:
    dry = typed("deliver", *SANDBOX, "--dry-run")
    assert dry.out.startswith("demo@2.1.0 would be run here, as a sandbox: canary\n")
    assert not typed.machine.starts

    found = typed("deliver", *SANDBOX)

    assert (found.code, found.out) == (
        0,
        "demo@2.1.0 here (sandbox, not promoted) is delivered\n",
    )
    assert "delivery.started" in typed.kinds()
    again = typed("deliver", *SANDBOX, "--dry-run", "--output-format=json").json
    assert (again["runs"], again["unpromoted"], again["environment"]) == (True, True, "local")
    ended = typed("deliver", *SANDBOX, "--stop")
    assert ended.out == "demo@2.1.0 here (sandbox, not promoted) was ended\n"


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_nothing_that_runs_is_not_ended(words: tuple[str, ...], typed: Yard) -> None:
    found = typed("deliver", *IN, "--stop", *words)

    assert found.code == 2
    assert "nothing of demo runs on this machine for staging" in found.err


def test_what_runs_is_ended_once_it_is_said_twice_too(standing: Yard) -> None:
    dry = standing("deliver", *IN, "--stop", "--dry-run")
    assert (dry.code, dry.err) == (0, "nothing was ended or entered\n")
    assert "demo@2.0.0 in staging would be ended" in dry.out
    assert standing.machine.running

    for _ in range(2):
        assert standing.done("deliver", *IN, "--stop").out == "demo@2.0.0 in staging was ended\n"
    assert not standing.machine.running
    assert standing.delivered()[-1].position.phase is Phase.STOPPED
    assert [one["body"]["phase"] for one in standing.entries() if one["kind"] == "delivery.moved"][
        -2:
    ] == ["delivered", "stopped"], "it is entered once"

    assert standing("deliver", *IN, by="dora").out == "demo@2.1.0 in staging is delivered\n"


def waiting(yard: Yard) -> None:
    """Deliver until it waits for a person, because there are no requests."""
    yard.machine.quiet = True
    assert interrupted(yard).code == 130


def interrupted(yard: Yard) -> Ran:
    """Deliver until nothing more happens by itself; then press Ctrl-C."""
    wait = yard.machine.wait
    looks = 0

    def patient(seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks > 60:
            raise KeyboardInterrupt
        wait(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "wait", patient)
        return yard("deliver", *IN, by="dora")


@pytest.mark.parametrize("verb", ["pause", "resume", "abort"])
def test_nothing_is_ordered_where_nothing_is_on_its_way(verb: str, typed: Yard) -> None:
    words = (verb, *IN, "--reason=so I say")

    never = typed(*words, by="dora")
    typed.done("deliver", *IN, by="dora")
    over = typed(*words, by="dora")
    unknown = typed(verb, "demo", "--in=nowhere", "--reason=x", by="dora")
    silent = typed(verb, *IN, by="dora")

    assert [one.code for one in (never, over, unknown, silent)] == [2, 2, 2, 2]
    assert "none was ever begun" in never.err
    assert "the last one: demo@2.0.0 delivered" in over.err
    assert "weighbridge deliver demo --in staging" in over.err
    assert "nowhere" in unknown.err
    assert "--reason" in silent.err


def test_orders_that_make_no_sense_are_refused(standing: Yard) -> None:
    waiting(standing)
    paused = standing("pause", *IN, "--reason=so I say", by="dora")
    blank = standing("resume", *IN, "--reason= ", by="dora")
    dry = standing("resume", *IN, "--reason=so I say", "--dry-run")
    wrong = standing("pause", *IN, "--reason=so I say", "--dry-run")
    nobody = standing("abort", *IN, "--reason=so I say", by="mia")

    assert [one.code for one in (paused, blank, dry, wrong, nobody)] == [2, 2, 0, 2, 4]
    assert "demo@2.1.0 cannot be told to pause" in paused.err
    assert "it is paused" in paused.err
    assert "weighbridge watch staging --live" in paused.err
    assert "needs a reason" in blank.err
    assert dry.out == "demo@2.1.0 in staging would be told to resume\n"
    assert not [kind for kind in standing.kinds() if kind == "delivery.ordered"]
    assert standing.last()["kind"] == "act.refused"
    assert standing.last()["body"]["act"] == "abort"


def test_a_step_is_skipped_by_whoever_answers_for_it(standing: Yard) -> None:
    waiting(standing)

    told = standing.done("resume", *IN, "--skip", "--reason=seen by hand", by="dora")

    entry = standing.last()
    assert told.out.startswith("demo@2.1.0 in staging is told to skip, entry ")
    assert "weighbridge deliver demo --in staging" in told.err
    said = standing.predicate(entry["body"]["bundle"])
    assert {name: said[name] for name in ("environment", "order", "reason", "delivery")} == {
        "environment": "staging",
        "order": "skip",
        "reason": "seen by hand",
        "delivery": standing.delivered()[-1].entry,
    }
    standing.machine.quiet = False
    assert standing("deliver", *IN, by="dora").code == 0


def test_a_sandbox_is_told_what_to_do_without_a_key(typed: Yard) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    typed.machine.never.add(typed.release(NEW))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "wait", interrupted)
        assert typed("deliver", *SANDBOX).code == 130

    told = typed("abort", "demo", "--in=local", "--reason=seen enough")

    assert told.code == 0
    assert typed.last()["body"]["person"] == ""
    failed = typed("deliver", *SANDBOX)
    assert (failed.code, failed.out) == (
        1,
        "demo@2.1.0 here (sandbox, not promoted) was taken out: order: seen enough\n",
    )
