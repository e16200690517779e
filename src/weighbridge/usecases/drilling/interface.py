"""What a fault is, and what comes of the act it is planted before."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

    from weighbridge.usecases.drilling.scene import Scene

Line = tuple[str, ...]
"""One line of defence: what caught, and what asks for that; each of them is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of an act.

    Attributes:
        refused: Whether it was denied or refused, or what was planted was told.
        verdict: In a word.
        lines: What stood in the way.
        why: In a sentence.
    """

    refused: bool
    verdict: str
    lines: frozenset[Line] = frozenset()
    why: str = ""


def anywhere(scene: Scene) -> str:
    """Say that any twin can host a fault."""
    del scene
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """An act without any fault, which must pass.

    Attributes:
        name: Its name.
        begins: The moment of the twin it begins at.
        act: What is done.
    """

    name: str
    begins: str
    act: Callable[[Scene], Trial]


@dataclass(frozen=True, slots=True)
class Fault:
    """An attack or a fault.

    Attributes:
        name: Its name, in a few words of lower case with hyphens.
        says: What is planted, in a sentence.
        plant: Plants it and does what must not pass.
        catchers: What should catch it: codes of rules, ids of conditions, errors, checks.
        family: What it belongs to.
        begins: The moment of the twin it is planted at: `founded`, `weighed`, `approved`,
            `promoted` or `succeeded` (a second release took the first one's place).
        control: The same act without it.
        missing: Says why a twin cannot host it, or empty.
        close: What closes the gap if it gets through, the command last.
    """

    name: str
    says: str
    plant: Callable[[Scene], Trial]
    catchers: AbstractSet[str]
    _: KW_ONLY
    family: str
    begins: str
    control: str = "promotion"
    missing: Callable[[Scene], str] = anywhere
    close: tuple[str, ...] = ()
