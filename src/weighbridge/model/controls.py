"""Controls of frameworks others have written, and what in an evidence pack answers each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How far a pack answers a control."""

    THERE = "there"
    PARTLY = "partly there"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place in a pack.

    Attributes:
        path: The paper.
        entry: Index of the ledger's entry it stands by, or None.
        where: Place within the paper: a JSON pointer, or the id of a condition; or empty.
    """

    path: str
    entry: int | None = None
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One thing a control asks for.

    Attributes:
        asked: What it asks for, in our words: a clause that could follow "there is".
        sources: Where the pack answers it; empty if it does not.
    """

    asked: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedControl:
    """A control, held against a pack.

    Attributes:
        id: What its framework calls it.
        title: What it is about, in our words.
        standing: How far the pack answers it.
        answers: What it asks for that a pack can hold.
        supply: What the organisation must bring itself.
    """

    id: str
    title: str
    standing: Standing
    answers: tuple[Answer, ...]
    supply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedFramework:
    """A framework, held against a pack.

    Attributes:
        id: Our name of it.
        title: Its name.
        edition: Which edition of it was read.
        controls: Its controls, in its order.
    """

    id: str
    title: str
    edition: str
    controls: tuple[MappedControl, ...]
