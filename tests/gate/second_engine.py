"""Conditions and documents made by the thousand, and a second engine to ask about them.

The engines differ in one class of cases, by design: standard CEL lets `&&`, `||`, `all` and
`exists` absorb an error, ours does not. So each condition has two texts: as an author writes it,
and `spelled_out`, with `? :` for `&&` and `||` and member by member for `all` and `exists`, where
there is nothing that could absorb. Text is ASCII and integers are small: the engines count text
differently, and that is not what is asked here.
"""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.gate.shapes import BOOLEAN, INTEGER, TEXT, ListOf, Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.gate.shapes import Shape

    Node = Callable[[bool, str], str]

PARTS = 3
_FIELDS: dict[str, Shape] = {
    "number": INTEGER,
    "name": TEXT,
    "ready": BOOLEAN,
    "tags": ListOf(TEXT),
}
ITEM_SHAPE = Record({**_FIELDS, "parts": ListOf(Record(_FIELDS))})
_NAMES = ("alpha", "beta", "sha256:9f", "sha256:", "a")


@dataclass(frozen=True, slots=True)
class Case:
    text: str
    spelled_out: str
    document: dict[str, object]


def case(seed: int, *, presence: bool = True) -> Case:
    """Make a condition and a whole document; without `presence` nothing is asked by `has()`."""
    chance = random.Random(seed)  # noqa: S311 - the same cases every time
    node = _Maker(chance, presence=presence).condition(3)
    document = {**_record(chance), "parts": [_record(chance) for _ in range(PARTS)]}
    return Case(node(False, "item"), node(True, "item"), document)  # noqa: FBT003


def without_a_field(document: dict[str, object], seed: int) -> dict[str, object]:
    """Take one field away, here or in one of the parts."""
    chance = random.Random(seed)  # noqa: S311 - the same cases every time
    rest = copy.deepcopy(document)
    parts = rest["parts"]
    assert isinstance(parts, list)
    holder = chance.choice([rest, *parts])
    del holder[chance.choice(sorted(holder))]
    return rest


def second_opinion(text: str, document: dict[str, object]) -> bool | None:
    """Ask the second engine; None if it cannot tell."""
    import cel  # noqa: PLC0415 - it brings its own command line, half a second of it

    try:
        answer = cel.evaluate(text, {"item": document})
    except (LookupError, TypeError, ArithmeticError, ValueError, RuntimeError):
        return None
    assert isinstance(answer, bool)
    return answer


def _record(chance: random.Random) -> dict[str, object]:
    return {
        "number": chance.randrange(-3, 4),
        "name": chance.choice(_NAMES),
        "ready": chance.random() < 0.5,
        "tags": chance.sample(_NAMES, chance.randrange(3)),
    }


class _Maker:
    def __init__(self, chance: random.Random, *, presence: bool) -> None:
        self._chance = chance
        self._presence = presence

    def condition(self, depth: int, *, within: bool = False) -> Node:
        makers: list[Callable[[int, bool], Node]] = [self._plain]
        if depth:
            makers += [self._not, self._both, self._both, self._either, self._either, self._chosen]
            makers += [] if within else [self._quantified, self._quantified, self._counted]
        maker = self._chance.choice(makers)
        return maker(depth - 1, within)

    def _plain(self, _depth: int, _within: bool) -> Node:  # noqa: FBT001
        number, name = self._chance.randrange(-3, 4), self._chance.choice(_NAMES)
        comparison = self._chance.choice(("==", "!=", "<", "<=", ">", ">="))
        templates = [
            f"H.number {comparison} {number}",
            f"H.number * 2 - 1 {comparison} {number}",
            f"H.number % 2 == {abs(number) % 2}",
            f"10 / H.number > {number}",
            f'H.name {comparison} "{name}"',
            f'H.name.startsWith("{name}")',
            f'H.name.contains("{name}")',
            f"H.name.size() > {number}",
            'H.name.matches("^[a-z]+$")',
            f'"{name}" in H.tags',
            f'H.tags[0] == "{name}"',
            f"H.tags.size() {comparison} {number}",
            "H.ready",
        ]
        if self._presence:
            templates += [f"has(H.{field})" for field in ("name", "number", "ready", "tags")]
        template = self._chance.choice(templates)
        return lambda _, here: f"({template.replace('H.', f'{here}.')})"

    def _not(self, depth: int, within: bool) -> Node:  # noqa: FBT001
        inner = self.condition(depth, within=within)
        return lambda spelled, here: f"!{inner(spelled, here)}"

    def _both(self, depth: int, within: bool) -> Node:  # noqa: FBT001
        left, right = (self.condition(depth, within=within) for _ in range(2))

        def text(spelled: bool, here: str) -> str:  # noqa: FBT001
            first, second = left(spelled, here), right(spelled, here)
            return f"({first} ? {second} : false)" if spelled else f"({first} && {second})"

        return text

    def _either(self, depth: int, within: bool) -> Node:  # noqa: FBT001
        left, right = (self.condition(depth, within=within) for _ in range(2))

        def text(spelled: bool, here: str) -> str:  # noqa: FBT001
            first, second = left(spelled, here), right(spelled, here)
            return f"({first} ? true : {second})" if spelled else f"({first} || {second})"

        return text

    def _chosen(self, depth: int, within: bool) -> Node:  # noqa: FBT001
        parts = [self.condition(depth, within=within) for _ in range(3)]

        def text(spelled: bool, here: str) -> str:  # noqa: FBT001
            first, second, third = (part(spelled, here) for part in parts)
            return f"({first} ? {second} : {third})"

        return text

    def _quantified(self, depth: int, _within: bool) -> Node:  # noqa: FBT001
        inner = self.condition(min(depth, 1), within=True)
        macro = self._chance.choice(("all", "exists"))

        def text(spelled: bool, here: str) -> str:  # noqa: FBT001
            if not spelled:
                return f"{here}.parts.{macro}(part, {inner(False, 'part')})"  # noqa: FBT003
            members = [inner(True, f"{here}.parts[{index}]") for index in range(PARTS)]  # noqa: FBT003
            whole = "true" if macro == "all" else "false"
            for member in reversed(members):
                rest = f"{whole} : false" if macro == "all" else f"true : {whole}"
                whole = f"({member} ? {rest})"
            return whole

        return text

    def _counted(self, depth: int, _within: bool) -> Node:  # noqa: FBT001
        inner = self.condition(min(depth, 1), within=True)
        number = self._chance.randrange(PARTS)
        template = self._chance.choice(
            ("H.parts.exists_one(part, P)", f"(H.parts.filter(part, P).size() == {number})")
        )
        return lambda spelled, here: template.replace("P", inner(spelled, "part")).replace(
            "H.", f"{here}."
        )
