"""The arguments and the dictionary of a fastText model."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from weighbridge.formats.interface import BudgetExceededError

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.cursor import Cursor
    from weighbridge.formats.interface import Request
    from weighbridge.model.limits import Limits

_ARGUMENTS: Final = struct.Struct("<12id")
_LOSSES: Final = {1: "hierarchical softmax", 2: "negative sampling", 3: "softmax", 4: "one vs all"}
_MODELS: Final = {1: "cbow", 2: "skipgram", 3: "supervised"}
_SUPERVISED: Final = 3
_COUNTS: Final = struct.Struct("<3i2q")
_TAIL: Final = 9
_PAIR: Final = 8
_LABEL: Final = 1


class PartError(Exception):
    """A part is not what the format says.

    Attributes:
        offset: Where it is not.
    """

    def __init__(self, message: str, offset: int) -> None:
        """Say what is wrong, and where."""
        super().__init__(message)
        self.offset = offset


def exactly(cursor: Cursor, form: struct.Struct) -> Generator[Request, bytes, tuple[Any, ...]]:
    """Read numbers of a form.

    Raises:
        PartError: The file ends before they do.
    """
    raw = yield from cursor.take(form.size)
    if len(raw) < form.size:
        raise PartError("the file ends inside its numbers", cursor.position)
    return form.unpack(raw)


def passed(cursor: Cursor, length: int, what: str) -> Generator[Request, bytes, None]:
    """Leave out bytes that have to be there.

    Raises:
        PartError: They are not.
    """
    start = cursor.position
    if length > cursor.left or not (yield from cursor.skip(length)):
        raise PartError(f"{what} goes beyond the end of the file", start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What a model was trained with, as far as the rest of the file depends on it.

    Attributes:
        dimension: Numbers of a vector.
        loss: Number of the loss.
        model: Number of the kind of model.
        buckets: Vectors that character n-grams share.
        shortest: Characters of the shortest n-gram.
        longest: Characters of the longest n-gram.
        words: Words of the longest word n-gram.
    """

    dimension: int
    loss: int
    model: int
    buckets: int
    shortest: int
    longest: int
    words: int

    @property
    def supervised(self) -> bool:
        """Whether the model answers labels."""
        return self.model == _SUPERVISED

    @classmethod
    def read(cls, cursor: Cursor) -> Generator[Request, bytes, Self]:
        """Read the arguments.

        Raises:
            PartError: One has no meaning.
        """
        start = cursor.position
        numbers = yield from exactly(cursor, _ARGUMENTS)
        found = cls(
            dimension=numbers[0],
            words=numbers[5],
            loss=numbers[6],
            model=numbers[7],
            buckets=numbers[8],
            shortest=numbers[9],
            longest=numbers[10],
        )
        if found.dimension < 1 or found.buckets < 0:
            raise PartError("the dimension or the number of buckets has no meaning", start)
        if found.loss not in _LOSSES or found.model not in _MODELS:
            raise PartError("the loss or the kind of model is unknown", start)
        return found

    def facts(self) -> list[tuple[str, str]]:
        """Say the arguments as text."""
        return [
            ("model", _MODELS[self.model]),
            ("loss", _LOSSES[self.loss]),
            ("dimension", str(self.dimension)),
            ("buckets", str(self.buckets)),
            ("character-ngrams", f"{self.shortest} to {self.longest}"),
            ("word-ngrams", str(self.words)),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionary:
    """The dictionary's counts; the words are not kept.

    Attributes:
        words: Words in it.
        labels: Labels in it.
        tokens: Tokens it was counted from.
        pruned: Buckets that are left after pruning; negative if none was pruned.
    """

    words: int
    labels: int
    tokens: int
    pruned: int

    def facts(self) -> list[tuple[str, str]]:
        """Say the counts as text."""
        return [("words", str(self.words)), ("labels", str(self.labels))]


def read_dictionary(cursor: Cursor, limits: Limits) -> Generator[Request, bytes, Dictionary]:
    """Read the dictionary, word by word.

    Raises:
        PartError: The counts are not those of the words, or the file ends.
        BudgetExceededError: A word is longer than `limits.text`.
    """
    start = cursor.position
    size, words, labels, tokens, pruned = yield from exactly(cursor, _COUNTS)
    if min(size, words, labels, tokens) < 0 or size != words + labels:
        raise PartError("the counts of the dictionary do not agree", start)
    if size * (_TAIL + 1) > cursor.left:
        raise PartError(f"a dictionary of {size} entries goes beyond the end of the file", start)
    found = 0
    for _ in range(size):
        found += yield from _entry(cursor, limits)
    if found != labels:
        raise PartError(f"the dictionary has {found} labels, not {labels}", start)
    if pruned > 0:
        yield from passed(cursor, pruned * _PAIR, "the index of what was pruned")
    return Dictionary(words=words, labels=labels, tokens=tokens, pruned=pruned)


def _entry(cursor: Cursor, limits: Limits) -> Generator[Request, bytes, int]:
    """Read one entry; return 1 if it is a label."""
    end = cursor.buffer.find(b"\0", cursor.index, cursor.index + limits.text)
    if end < 0 or end + _TAIL >= len(cursor.buffer):
        yield from cursor.fill(limits.text + 1 + _TAIL)
        end = cursor.buffer.find(b"\0", cursor.index, cursor.index + limits.text)
    if end < 0:
        if cursor.left > limits.text:
            raise BudgetExceededError(f"a word is longer than {limits.text} bytes")
        raise PartError("the file ends inside a word", cursor.position)
    at = end + _TAIL
    if at >= len(cursor.buffer):
        raise PartError("the file ends inside an entry of the dictionary", cursor.position)
    kind = cursor.buffer[at]
    if kind > _LABEL:
        raise PartError(f"an entry is of the kind {kind}, neither word nor label", cursor.position)
    cursor.index = at + 1
    return kind
