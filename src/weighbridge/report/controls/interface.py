"""What a table of controls is made of, and the facts its rules look into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.controls import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.pack import Told, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Something somebody signed, and where it lies.

    Attributes:
        word: Who said what, when.
        path: Its paper in the pack.
        predicate: What it says; empty where only that it was said counts.
    """

    word: Word
    path: str
    predicate: Mapping[str, Any]

    @property
    def source(self) -> Source:
        """Where it is to be found."""
        return Source(path=self.path, entry=self.word.entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is in a pack, for rules to look into.

    Attributes:
        told: What it tells.
        manifest: The sealed manifest as it would be written today, plain values.
        environment: The environment record, plain values.
        evidence: What was signed about the release, oldest first.
        acts: What people said of the promotion.
        approvals: Those of them that approve and counted: of people who neither asked for it nor
            signed anything about the release, for just this outcome.
        control: What owners changed, oldest first.
    """

    told: Told
    manifest: Mapping[str, Any]
    environment: Mapping[str, Any]
    evidence: tuple[Signed, ...] = ()
    acts: tuple[Signed, ...] = ()
    approvals: tuple[Signed, ...] = ()
    control: tuple[Signed, ...] = ()


Finder = Callable[[Facts], tuple[Source, ...]]
"""Finds where facts answer something; nowhere if it returns nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A control of a framework.

    Attributes:
        id: What the framework calls it.
        title: What it is about, in our words.
        supply: What the organisation must bring itself.
        asks: What it asks for that a pack can hold, with the rule that looks for it.
        whole: Whether that is all it asks for. If not, a pack answers it in part at most.
    """

    id: str
    title: str
    supply: str
    asks: tuple[tuple[str, Finder], ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A framework, as a table.

    Attributes:
        id: Our name of it.
        title: Its name.
        edition: Which edition of it was read.
        controls: Its controls, in its order.
    """

    id: str
    title: str
    edition: str
    controls: tuple[Control, ...]
