"""Where deliveries stand and how they ended, for people and programs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.rollout.worlds import BEGAN, NEW, OLD, delivery
from weighbridge.model.delivery import (
    Cause,
    Delivery,
    Health,
    Measured,
    Outcome,
    Phase,
    Position,
    Tally,
    Why,
)
from weighbridge.model.live import Seen, Share
from weighbridge.report.delivery import (
    cause_words,
    delivery_json,
    live_json,
    measured_words,
    position_words,
    render_delivery,
    render_live,
    title,
)
from weighbridge.report.style import paint

if TYPE_CHECKING:
    from weighbridge.report.style import Style

VERSIONS = {NEW: "1.1.0", OLD: "1.0.0"}
BAD = Cause(why=Why.ANALYSIS, name="errors", text="value is 0.3; value > 0.05 fails")
MEASURED = Measured(
    analysis="errors",
    at=BEGAN + 4_000,
    outcome=Outcome.FAILURE,
    value="0.30000000000000004",
    samples="400",
    text="value is 0.3",
)


def standing(phase: Phase, **more: Any) -> Delivery:  # noqa: ANN401 - whatever a position has
    position = Position(phase=phase, since=BEGAN + 9_500, **more)
    return delivery(position=position, exposed=BEGAN + 2_000)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (standing(Phase.PREPARING), "is prepared, in place of 1.0.0"),
        (replace(standing(Phase.PREPARING), previous=""), "is prepared"),
        (standing(Phase.ROLLING_OUT, step=1, weight=50), "gets 50 % of requests (step 2)"),
        (standing(Phase.WATCHING), "gets all requests, and is watched"),
        (standing(Phase.ROLLING_BACK, cause=Cause(why=Why.ORDER)), "is taken out: order"),
        (standing(Phase.DELIVERED), "is delivered"),
        (
            standing(Phase.ROLLED_BACK, cause=BAD, late=True),
            f"was rolled back to 1.0.0 in 7.5 s, later than it may: analysis errors: {BAD.text}",
        ),
        (standing(Phase.FAILED), "was taken out: nobody said why"),
        (standing(Phase.STOPPED), "was ended"),
        (
            standing(Phase.ROLLING_OUT, weight=10, paused=Cause(why=Why.ORDER, name="max")),
            "gets 10 % of requests (step 1); paused: order max",
        ),
    ],
)
def test_where_it_stands_is_said_in_a_line(one: Delivery, said: str) -> None:
    assert position_words(one, VERSIONS) == said
    assert render_delivery(one, VERSIONS) == f"demo@1.1.0 in production {said}\n"


def test_a_release_nobody_knows_the_version_of_is_called_by_its_digest() -> None:
    assert position_words(standing(Phase.PREPARING), {}).endswith(OLD)


def test_a_sandbox_is_marked() -> None:
    one = delivery(unpromoted=True, environment="local")

    assert title(one) == "demo@1.1.0 here (sandbox, not promoted)"


@pytest.mark.parametrize(
    ("phase", "style"),
    [
        (Phase.DELIVERED, "good"),
        (Phase.FAILED, "error"),
        (Phase.ROLLED_BACK, "warning"),
        (Phase.WATCHING, "strong"),
    ],
)
def test_how_it_ended_has_its_colour(phase: Phase, style: Style) -> None:
    one = standing(phase)
    words = paint(position_words(one, VERSIONS), style, styled=True)

    assert render_delivery(one, VERSIONS, styled=True) == f"demo@1.1.0 in production {words}\n"


def test_what_was_measured_is_said_in_a_line() -> None:
    neither = replace(MEASURED, value="", samples="", outcome=Outcome.INCONCLUSIVE, text="")

    assert measured_words(MEASURED) == "errors 0.3000 of 400 samples: failure (value is 0.3)"
    assert measured_words(neither) == "errors no value: inconclusive"
    assert "errors NaN of" in measured_words(replace(MEASURED, value="NaN"))
    assert "errors fast of" in measured_words(replace(MEASURED, value="fast"))


def test_nothing_a_metric_or_a_person_says_reaches_the_terminal_as_it_is() -> None:
    wild = "a\x1b[2Jb"
    one = standing(Phase.FAILED, cause=Cause(why=Why.CRASH, name=wild, text=wild))

    for said in (
        measured_words(replace(MEASURED, analysis=wild, value=wild, samples=wild, text=wild)),
        cause_words(one.position.cause),
        render_delivery(replace(one, name=wild, environment=wild), {OLD: wild}),
    ):
        assert "\x1b" not in said


def test_programs_get_all_of_it() -> None:
    tally = Tally(successes=3, failures=1, inconclusive=2, last=MEASURED)
    one = replace(
        standing(Phase.ROLLED_BACK, step=1, cause=BAD),
        tallies={"errors": tally, "unasked": Tally()},
    )

    assert delivery_json(one) == {
        "schemaVersion": 1,
        "environment": "production",
        "name": "demo",
        "version": "1.1.0",
        "release": NEW,
        "previous": OLD,
        "generation": 2,
        "unpromoted": False,
        "entry": 7,
        "strategy": "canary",
        "target": "local",
        "phase": "rolled-back",
        "step": 1,
        "weight": 0,
        "paused": None,
        "cause": {"name": "errors", "text": "value is 0.3; value > 0.05 fails", "why": "analysis"},
        "late": False,
        "milliseconds": 9_500,
        "measured": [
            {
                "analysis": "errors",
                "at": BEGAN + 4_000,
                "outcome": "failure",
                "samples": "400",
                "text": "value is 0.3",
                "value": "0.30000000000000004",
                "successes": 3,
                "failures": 1,
                "inconclusives": 2,
            }
        ],
    }
    first = delivery_json(replace(one, previous="", generation=0))
    assert (first["previous"], first["generation"]) == (None, None)


SHARES = (
    Share(release=NEW, weight=10, health=Health(ready=True), measured=(MEASURED,)),
    Share(release=OLD, weight=90, health=Health(), firing={"slow": "Latency"}),
)


def test_a_live_table_shows_shares_health_signals_and_alerts() -> None:
    one = standing(Phase.ROLLING_OUT, weight=10)

    text = render_live([Seen(delivery=one, shares=SHARES)], VERSIONS, now=BEGAN + 12_500)

    assert text == (
        "demo@1.1.0 in production gets 10 % of requests (step 1)\n"
        "  for 3 s\n"
        "  1.1.0         10 %  ready\n"
        "    errors           0.3000 of 400      failure  value is 0.3\n"
        "  1.0.0         90 %  not ready\n"
        "    slow firing (Latency)\n"
    )


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (None, "how it runs, its controller knows"),
        (Health(gone="was ended by SIGKILL"), "was ended by SIGKILL"),
    ],
)
def test_what_does_not_run_or_is_not_known_is_told(health: Health | None, said: str) -> None:
    one = Seen(
        delivery=standing(Phase.WATCHING),
        shares=(Share(release=NEW, weight=100, health=health, firing=None),),
        problem="Prometheus does not answer",
    )

    text = render_live([one], {}, now=BEGAN)

    assert f"  {NEW[:19]} 100 %  {said}\n" in text
    assert "  not seen: Prometheus does not answer\n" in text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(59, "59 s"), (61, "1 min 1 s"), (3_599, "59 min 59 s"), (7_260, "2 h 1 min")],
)
def test_how_long_it_lasts_is_said_as_people_say_it(seconds: int, said: str) -> None:
    one = delivery(position=Position(phase=Phase.DELIVERED, since=BEGAN))

    text = render_live([Seen(delivery=one, shares=())], VERSIONS, now=BEGAN + seconds * 1000)

    assert f"  for {said}\n" in text


def test_where_nothing_was_delivered_that_is_said() -> None:
    assert render_live([], VERSIONS, now=BEGAN) == "nothing was delivered there\n"
    assert live_json([]) == {"schemaVersion": 1, "deliveries": []}


def test_programs_get_what_is_seen() -> None:
    seen = Seen(delivery=standing(Phase.ROLLING_OUT, weight=10), shares=SHARES)

    (found,) = live_json([seen])["deliveries"]

    assert (found["phase"], found["problem"]) == ("rolling-out", None)
    new, old = found["shares"]
    assert (new["ready"], new["gone"], new["firing"]) == (True, None, {})
    assert new["signals"][0]["outcome"] == "failure"
    assert (old["ready"], old["weight"], old["firing"]) == (False, 90, {"slow": "Latency"})
    (unknown,) = live_json([replace(seen, shares=(Share(release=NEW, weight=1, firing=None),))])[
        "deliveries"
    ]
    assert unknown["shares"][0] | {"signals": []} == {
        "release": NEW,
        "weight": 1,
        "ready": None,
        "gone": None,
        "signals": [],
        "firing": None,
    }
