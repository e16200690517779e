"""Pairs of values of which one may not exceed the other: requests and limits, soft and hard."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from weighbridge.model.authoring.todo import TODO
from weighbridge.rules import items, placed
from weighbridge.rules.interface import Item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release.environment import Amounts, Environment
    from weighbridge.rules.interface import Judgement

_ENVIRONMENT = "/spec/environment"
_RESOURCES = f"{_ENVIRONMENT}/resources"
_NO_LIMIT = Decimal("Infinity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One of the two values.

    Attributes:
        pointer: Its JSON pointer.
        amount: How much it is.
        text: Its canonical form.
    """

    pointer: str
    amount: Decimal
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two values, the first of which may not exceed the second.

    Attributes:
        what: What both are of, for people.
        low: The one that may not be greater; called `low_name`.
        high: The one that bounds it; called `high_name`.
        low_name: What the first is called.
        high_name: What the second is called.
    """

    what: str
    low: Bound
    high: Bound
    low_name: str
    high_name: str


def pairs(facts: Facts) -> Iterator[Item[Pair]]:
    """Yield every pair of the manifest's environment, placed at the first of the two."""
    if facts.release is None:
        return
    environment = facts.release.spec.environment
    for pair in (*_resources(environment), *_limits(environment)):
        where = items.place(facts, pair.low.pointer)
        yield Item(subject=placed.path(facts, pair.low.pointer), location=where, value=pair)


def judge(pair: Pair, facts: Facts) -> Iterator[Judgement]:
    """Compare the two."""
    if pair.low.amount > pair.high.amount:
        low, high = (_shown(facts, bound) for bound in (pair.low, pair.high))
        endless = pair.low.amount == _NO_LIMIT
        yield placed.against(
            facts,
            pair.low.pointer,
            f"{pair.low_name} {low} of {pair.what} is above the {pair.high_name} {high}",
            seen=low,
            wanted=f"at most {high}",
            remediation=(
                placed.setting(facts, pair.low.pointer, high),
                f"or raise the {pair.high_name}: "
                + placed.setting(facts, pair.high.pointer, "VALUE" if endless else low),
            ),
        )


def _shown(facts: Facts, bound: Bound) -> str:
    written = placed.as_written(facts, bound.pointer, bound.text)
    return f"{written} (none)" if bound.amount == _NO_LIMIT else written


def _resources(environment: Environment) -> Iterator[Pair]:
    resources = environment.resources
    if resources is None or resources.requests is None or resources.limits is None:
        return
    requested = _amounts(resources.requests, f"{_RESOURCES}/requests")
    limits = _amounts(resources.limits, f"{_RESOURCES}/limits")
    for what in sorted(requested.keys() & limits.keys()):
        low, high = requested[what], limits[what]
        yield Pair(what=what, low=low, high=high, low_name="request", high_name="limit")


def _amounts(amounts: Amounts, at: str) -> dict[str, Bound]:
    found = {}
    if amounts.cpu is not None:
        number = Decimal(amounts.cpu.removesuffix("m"))
        found["cpu"] = Bound(pointer=f"{at}/cpu", amount=number, text=amounts.cpu)
    if amounts.memory is not None:
        number = Decimal(amounts.memory)
        found["memory"] = Bound(pointer=f"{at}/memory", amount=number, text=amounts.memory)
    for index, accelerator in enumerate(amounts.accelerators or ()):
        where, count = f"{at}/accelerators/{index}/count", str(accelerator.count)
        if TODO not in (count, accelerator.type):
            bound = Bound(pointer=where, amount=Decimal(count), text=count)
            found[f"accelerator {accelerator.type}"] = bound
    return found


def _limits(environment: Environment) -> Iterator[Pair]:
    system = environment.system
    for index, limit in enumerate(system.ulimits or () if system else ()):
        at = f"{_ENVIRONMENT}/system/ulimits/{index}"
        if str(limit.soft) != TODO and limit.hard is not None:
            low, high = _limit(f"{at}/soft", limit.soft), _limit(f"{at}/hard", limit.hard)
            what = f"ulimit {limit.name}"
            yield Pair(what=what, low=low, high=high, low_name="soft limit", high_name="hard limit")


def _limit(at: str, value: int) -> Bound:
    amount = _NO_LIMIT if value < 0 else Decimal(value)
    return Bound(pointer=at, amount=amount, text=str(value))
