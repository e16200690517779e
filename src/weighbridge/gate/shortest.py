"""The shortest set of actions after which the gate would allow a release.

Of as many actions the set whose actions are the cheapest (`Do`), then the first by name: the same
case gives the same set. While there are few ways to choose from, all are tried; beyond that each
condition takes its plainest. Either way nothing is in the set that it would pass without, as far as
can be foreseen.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, product
from typing import TYPE_CHECKING

from weighbridge.gate.foreseen import NEXT, foresee
from weighbridge.gate.speaking import typed
from weighbridge.gate.ways import Ways, trusting
from weighbridge.model.decision import GateVerdict
from weighbridge.model.step import TURN, Action, Do, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weighbridge.gate.case import Case
    from weighbridge.gate.decide import Place
    from weighbridge.gate.foreseen import Foreseen
    from weighbridge.gate.program import Program
    from weighbridge.gate.ways import Way
    from weighbridge.model.decision import Decision, Judged, Need

_COMBINATIONS = 64
"""How many choices among ways are looked into."""
_ROUNDS = 8
"""How often something new may come up once something else is done."""
_GROUPS = 4_096
"""How many ways to divide approvals among people are tried."""

Claims = dict["Place", dict["Way", None]]
Approvals = dict["Action", tuple[str, ...]]
"""What people sign who approve, and the demands each counts for."""


def shortest(case: Case, decision: Decision, program: Program) -> tuple[Step, ...]:
    """Find the shortest set of actions after which a case would be allowed.

    Args:
        case: The case.
        decision: What was decided on it.
        program: The expressions of its policy.

    Returns:
        What is to be done, in the order it is done in; empty if nothing is.
    """
    if decision.verdict is GateVerdict.ALLOWED:
        return ()
    plans = [_Plan(case, program, first).completed() for first in _choices(case, decision)]
    best = min(plans, key=lambda plan: plan.weight)
    return best.steps()


def _choices(case: Case, decision: Decision) -> list[tuple[tuple[Judged, Way], ...]]:
    """List the choices of one way for each condition that is open, the shortest first."""
    ways = Ways(case, decision)
    open_ = [one for one in decision.conditions if one.is_open and not _is_approval(one)]
    asked = [[(one, way) for way in ways.of(one)] for one in open_]
    several = 1
    for options in asked:
        several *= len(options)
        if several > _COMBINATIONS:
            return [tuple(options[0] for options in asked)]
    return [tuple(choice) for choice in product(*asked)]


def _is_approval(judged: Judged) -> bool:
    """Tell whether people must approve: whom that takes is known once all else is done."""
    return judged.need is not None and judged.need.count > 0


class _Plan:
    """A set of actions that grows until it is enough."""

    def __init__(
        self, case: Case, program: Program, chosen: Iterable[tuple[Judged, Way]] = ()
    ) -> None:
        self._case, self._program = case, program
        self._claims: Claims = {}
        self._actions: dict[Action, None] = {}
        self._approvals: Approvals = {}
        self.passes = False
        for judged, way in chosen:
            self._take(judged, way)

    def _take(self, judged: Judged, way: Way) -> None:
        self._claims.setdefault((judged.id, judged.pointer), {})[way] = None
        self._actions |= dict.fromkeys(way)

    def completed(self) -> _Plan:
        """Add what comes up once the actions are taken, and drop what is not needed."""
        for _ in range(_ROUNDS):
            seen, approvals = self._foresee(self._actions)
            self.passes = seen.decision.verdict is GateVerdict.ALLOWED
            if self.passes:
                self._approvals = approvals
                self._prune()
            if self.passes or not self._extend(seen):
                break
        return self

    def _foresee(self, actions: Iterable[Action]) -> tuple[Foreseen, Approvals]:
        """Look where actions lead once the fewest have approved that are enough.

        Who may approve hangs on all else that is done: on who signs, and on which release it is.
        """
        seen = foresee(self._case, ordered(actions), self._claims, self._program)
        open_ = [one for one in seen.decision.conditions if one.is_open]
        needs = [one.need for one in open_ if one.need is not None and _is_approval(one)]
        if not needs or len(needs) < len(open_):
            return seen, {}
        approvals = _approvals(needs)
        return seen.approved(ordered(approvals), self._program), approvals

    def _extend(self, seen: Foreseen) -> bool:
        """Add a way for each condition that is open; tell whether anything was added."""
        before = len(self._actions)
        ways = Ways(seen.case, seen.decision)
        open_ = [one for one in seen.decision.conditions if one.is_open]
        for one in open_:
            if _is_approval(one):
                continue
            place = (one.id, one.pointer)
            known = self._claims.get(place, {})
            fresh = [way for way in ways.of(one) if way not in known]
            if fresh:
                self._take(one, min(fresh, key=_weight))
        if all(map(_is_approval, open_)):
            needs = [one.need for one in open_ if one.need is not None]
            self._actions |= dict.fromkeys(_lacking(needs))
        return len(self._actions) > before

    def _prune(self) -> None:
        """Drop each action it would pass without, the dearest first."""
        for action in sorted(self._actions, key=lambda one: (-one.do.cost, one.about)):
            less = [one for one in self._actions if one != action]
            seen, approvals = self._foresee(less)
            if seen.decision.verdict is GateVerdict.ALLOWED:
                del self._actions[action]
                self._approvals = approvals

    @property
    def weight(self) -> tuple[object, ...]:
        """What tells a better plan: it passes, is shorter, is cheaper, comes first by name."""
        return (not self.passes, *_weight((*self._actions, *self._approvals)))

    def steps(self) -> tuple[Step, ...]:
        """Write the plan down, with commands that can be typed."""
        found: dict[Action, Step] = {}
        sealed = False
        for action in ordered((*self._actions, *self._approvals)):
            command = typed(action.command, self._case, version=NEXT if sealed else None)
            sealed = sealed or action.do.seals
            alike = replace(action, command=command, number=0)
            known = found.get(alike)
            times, before = (known.times, known.meets) if known is not None else (0, ())
            meets = tuple(dict.fromkeys((*before, *self._meets(action))))
            found[alike] = Step(action=alike, meets=meets, times=times + 1)
        return tuple(found.values())

    def _meets(self, action: Action) -> list[str]:
        found = [
            name for (name, _), ways in self._claims.items() if any(action in way for way in ways)
        ]
        return list(dict.fromkeys([*found, *self._approvals.get(action, ())]))


def _approvals(needs: Sequence[Need]) -> Approvals:
    """Have the fewest people approve that are enough; nobody, where there are too few."""
    found: Approvals = {}
    for people, names, count in divided(needs) or ():
        roles = {role for need in needs if need.condition in names for role in need.roles}
        for number in range(count):
            action = Action(
                do=Do.APPROVE,
                command="weighbridge approve REF --to ENV --key NAME",
                about=",".join(names),
                roles=tuple(sorted(roles)),
                people=people,
                number=number,
            )
            found[action] = names
    return found


def _lacking(needs: Sequence[Need]) -> Iterator[Action]:
    """Have owners trust as many more people as each demand has too few of."""
    for need in needs:
        if need.roles:
            for place in range(need.count - len(need.people)):
                yield trusting(need.roles[0], place)


def _weight(actions: Sequence[Action]) -> tuple[object, ...]:
    costs = sorted(action.do.cost for action in actions)
    return (len(actions), costs, sorted((action.command, action.number) for action in actions))


def ordered(actions: Iterable[Action]) -> list[Action]:
    """Put actions in the order they are taken: what is made while one waits may be too old then."""
    known = list(actions)
    waits = any(action.do is Do.WAIT for action in known)
    made = {Do.ATTEST, Do.CHECK}
    turn = {do: place for place, do in enumerate(TURN)}
    late = turn[Do.WAIT] + 0.5

    def place(action: Action) -> tuple[object, ...]:
        at = late if waits and action.do in made else turn[action.do]
        return (at, action.until, action.about, action.number)

    return sorted(known, key=place)


def divided(
    needs: Sequence[Need],
) -> list[tuple[tuple[str, ...], tuple[str, ...], int]] | None:
    """Divide approvals among people, so that the fewest are asked.

    Whoever holds roles of several demands counts for each of them. People who count for the same
    demands are as good as each other.

    Returns:
        Groups of people, the demands they count for, and how many of them must approve; None if
        there are too few.
    """
    able: dict[tuple[str, ...], list[str]] = {}
    for person in sorted({person for need in needs for person in need.people}):
        names = tuple(need.condition for need in needs if person in need.people)
        able.setdefault(names, []).append(person)
    groups = sorted(able.items(), key=lambda group: (-len(group[0]), group[1]))
    most = [min(len(people), sum(need.count for need in needs)) for _, people in groups]
    least = max((need.count for need in needs), default=0)
    found: tuple[int, ...] | None = None
    for tried in islice(_counts(most, range(least, sum(most) + 1)), _GROUPS):
        if _is_enough(tried, groups, needs):
            found = tried
            break
    found = found or _everybody(most, groups, needs)
    if found is None:
        return None
    chosen = zip(found, groups, strict=True)
    return [(tuple(people), names, count) for count, (names, people) in chosen if count]


Groups = list[tuple[tuple[str, ...], list[str]]]


def _counts(most: Sequence[int], sizes: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """List how many of each group could be taken, the fewest first, of the first groups first."""

    def of(size: int, left: Sequence[int]) -> Iterator[tuple[int, ...]]:
        if not left:
            if size == 0:
                yield ()
            return
        for count in range(min(size, left[0]), -1, -1):
            yield from ((count, *rest) for rest in of(size - count, left[1:]))

    return (counts for size in sizes for counts in of(size, most))


def _is_enough(counts: Sequence[int], groups: Groups, needs: Sequence[Need]) -> bool:
    return all(
        need.count
        <= sum(n for n, (names, _) in zip(counts, groups, strict=True) if need.condition in names)
        for need in needs
    )


def _everybody(most: list[int], groups: Groups, needs: Sequence[Need]) -> tuple[int, ...] | None:
    """Take everybody, and let go whom it does without: enough, and perhaps not the fewest."""
    if not _is_enough(most, groups, needs):
        return None
    for at in reversed(range(len(most))):
        while most[at] and _is_enough([*most[:at], most[at] - 1, *most[at + 1 :]], groups, needs):
            most[at] -= 1
    return tuple(most)
