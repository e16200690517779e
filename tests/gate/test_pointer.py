from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.gate.cases import act, make
from weighbridge.gate.case import Act, Said
from weighbridge.gate.pointer import Move, Pointer, fold
from weighbridge.model.event import Event, Kind


class History:
    """What happens to a pointer, one entry after the other."""

    def __init__(self) -> None:
        self.events: list[tuple[int, Event]] = []
        self.said: list[Said] = []
        self.entry = 10
        self.generation = 0

    def _add(self, kind: Kind, **body: Any) -> None:  # noqa: ANN401 - plain values
        self.entry += 1
        time = f"2026-01-01T00:00:{self.entry:02}Z"
        self.events.append((self.entry, Event(kind=kind, time=time, control=0, body=body)))

    def asked(self, release: str, kind: Kind = Kind.PROMOTION_BLOCKED, person: str = "rob") -> None:
        self._add(kind, release=release, version=release, person=person)

    def moved(self, release: str, kind: Kind = Kind.PROMOTION_DONE, **body: Any) -> None:  # noqa: ANN401
        self.generation += 1
        self._add(
            kind,
            release=release,
            version=f"v{release}",
            person="rob",
            generation=self.generation,
            **body,
        )

    def back(self, release: str, *, hold: object = True) -> None:
        self.moved(release, Kind.ROLLBACK_DONE, hold=hold)

    def judged(self, verdict: str, action: str) -> None:
        self._add(Kind.VERDICT_CHANGED, verdict=verdict, action=action, why="it is bad")

    def lifted(self, what: Act = Act.LIFT) -> None:
        self.entry += 1
        self.said.append(replace(act(make(), "rob", what), entry=self.entry))

    def pointer(self) -> Pointer:
        return fold(self.events, self.said)


def test_where_nothing_happened_nothing_points() -> None:
    pointer = fold([], [])
    assert pointer == Pointer()
    assert (pointer.generation, pointer.release, pointer.held) == (0, "", "")
    assert pointer.arrived("a") == ""
    assert pointer.requesters("a") == frozenset()


def test_a_promotion_moves_it() -> None:
    history = History()
    history.moved("a")
    history.moved("b")
    pointer = history.pointer()
    assert (pointer.generation, pointer.release) == (2, "b")
    assert pointer.moves[0] == Move(
        generation=1,
        release="a",
        version="va",
        at="2026-01-01T00:00:11Z",
        by="rob",
        back=False,
        entry=11,
    )
    assert pointer.arrived("a") == "2026-01-01T00:00:11Z"
    assert pointer.arrived("b") == "2026-01-01T00:00:12Z"
    assert pointer.arrived("c") == ""


def test_what_came_twice_counts_from_the_second_time() -> None:
    history = History()
    for release in "aba":
        history.moved(release)
    assert history.pointer().arrived("a") == "2026-01-01T00:00:13Z"


def test_a_release_departs_when_another_takes_its_place() -> None:
    history = History()
    for release in "abca":
        history.moved(release)
    pointer = history.pointer()
    times = {release: pointer.departed(release) for release in "abcd"}
    assert times == {"a": "", "b": "2026-01-01T00:00:13Z", "c": "2026-01-01T00:00:14Z", "d": ""}


def test_the_promotion_that_brought_a_release_is_found_behind_rollbacks() -> None:
    history = History()
    for release in "ab":
        history.moved(release)
    history.back("a")
    pointer = history.pointer()
    assert pointer.promoted is not None
    assert (pointer.promoted.generation, pointer.before(pointer.promoted)) == (1, "")
    history.moved("b")
    again = history.pointer()
    assert again.promoted is not None
    assert (again.promoted.generation, again.before(again.promoted)) == (4, "a")
    history.back("c")
    assert history.pointer().promoted is None


def test_a_verdict_holds_if_the_policy_says_so_until_somebody_lifts_it() -> None:
    history = History()
    history.moved("a")
    history.judged("denied", "none")
    assert history.pointer().held == ""
    history.judged("denied", "hold")
    assert history.pointer().held == "denied since 2026-01-01T00:00:13Z: it is bad"
    history.judged("allowed", "none")
    assert history.pointer().held
    history.lifted()
    assert history.pointer().held == ""
    assert history.pointer().requests == {("rob", "a")}


def test_everyone_who_asked_is_remembered_whatever_came_of_it() -> None:
    history = History()
    history.asked("a", Kind.PROMOTION_BLOCKED, "max")
    history.asked("a", Kind.PROMOTION_OBSERVED, "mia")
    history.moved("a")
    history.asked("b", Kind.PROMOTION_BLOCKED, "sid")
    history.asked("a", Kind.ROLLBACK_BLOCKED, "sue")
    pointer = history.pointer()
    assert pointer.requesters("a") == {"max", "mia", "rob"}
    assert pointer.requesters("b") == {"sid"}
    assert pointer.generation == 1


def test_a_rollback_leaves_a_release_and_holds() -> None:
    history = History()
    for release in "ab":
        history.moved(release)
    history.back("a")
    pointer = history.pointer()
    assert (pointer.release, pointer.generation) == ("a", 3)
    assert pointer.held == "rolled back by rob at 2026-01-01T00:00:13Z"
    assert pointer.left == {"b"}
    assert pointer.arrived("b") == ""
    assert pointer.arrived("a") == "2026-01-01T00:00:13Z"
    assert [move.back for move in pointer.moves] == [False, False, True]


def test_a_policy_may_roll_back_without_holding() -> None:
    history = History()
    for release in "ab":
        history.moved(release)
    history.back("a", hold=False)
    assert history.pointer().held == ""
    assert history.pointer().left == {"b"}


def test_only_a_plain_no_keeps_a_rollback_from_holding() -> None:
    history = History()
    history.moved("a")
    history.moved("b")
    history.back("a", hold=None)
    assert history.pointer().held


def test_a_hold_is_lifted_by_a_later_act_and_no_other() -> None:
    history = History()
    history.moved("a")
    history.lifted()
    history.moved("b")
    history.back("a")
    assert history.pointer().held
    history.lifted(Act.APPROVE)
    assert history.pointer().held
    history.lifted()
    assert history.pointer().held == ""
    assert history.pointer().left == {"b"}


def test_a_hold_outlives_a_move_that_was_let_through() -> None:
    history = History()
    history.moved("a")
    history.moved("b")
    history.back("a")
    history.moved("c")
    assert history.pointer().held == "rolled back by rob at 2026-01-01T00:00:13Z"
    history.back("a", hold=False)
    assert history.pointer().held == "rolled back by rob at 2026-01-01T00:00:13Z"
    history.lifted()
    assert history.pointer().held == ""


def test_who_may_deploy_holds_without_a_rollback() -> None:
    history = History()
    history.moved("a")
    history.lifted(Act.HOLD)
    history.moved("b")
    assert history.pointer().held == f"rob at {history.said[0].at}: "
    history.back("a")
    assert history.pointer().held.startswith("rolled back by rob")
    history.lifted(Act.HOLD)
    assert history.pointer().held.startswith("rob at ")
    history.lifted()
    assert history.pointer().held == ""


def test_one_lift_lifts_every_hold_before_it() -> None:
    history = History()
    for release in "abc":
        history.moved(release)
    history.back("b")
    history.back("a")
    history.lifted()
    assert history.pointer().held == ""
    assert history.pointer().left == {"b", "c"}


def test_a_release_that_is_promoted_again_has_come_back() -> None:
    history = History()
    history.moved("a")
    history.moved("b")
    history.back("a")
    history.lifted()
    history.moved("b")
    pointer = history.pointer()
    assert (pointer.left, pointer.held) == (frozenset(), "")
    assert pointer.arrived("b") == "2026-01-01T00:00:15Z"
