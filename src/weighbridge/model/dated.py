"""Tables of facts that are true for a time: rows with a source and a day they are good until."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from weighbridge.model.canonical import canonical_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

CONFIDENCES: Final = ("high", "medium", "low")
"""How sure a row is; one of low confidence never makes anything fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """What every row says of itself.

    Attributes:
        id: Its name in its table, by which a verdict refers to it.
        source: Address of where it was read.
        source_date: Day of that source, or empty if it bears none.
        checked: Day it was last held against the source.
        valid_until: Last day on which it is believed.
        confidence: `high`, `medium` or `low`.
    """

    id: str
    source: str
    source_date: str = ""
    checked: str
    valid_until: str
    confidence: str = "high"

    def holds(self, now: str) -> bool:
        """Whether it is believed at a time (RFC 3339); at no time that nobody told."""
        return bool(now) and now[:10] <= self.valid_until

    def faults(self) -> list[str]:
        """Say what is wrong with it by itself."""
        found = [
            f"{self.id}: {name} is no day: {value}"
            for name, value in (("checked", self.checked), ("validUntil", self.valid_until))
            if not is_day(value)
        ]
        if not self.source.startswith("https://"):
            found.append(f"{self.id}: it has no source")
        if self.source_date and not is_day(self.source_date):
            found.append(f"{self.id}: sourceDate is no day: {self.source_date}")
        if self.confidence not in CONFIDENCES:
            found.append(f"{self.id}: confidence is {self.confidence}")
        if self.valid_until < self.checked:
            found.append(f"{self.id}: it was checked after it ceased to be valid")
        return found


RowT = TypeVar("RowT", bound=Dated)


@dataclass(frozen=True, kw_only=True)
class Table(Generic[RowT]):
    """Rows of one kind, with a version and a digest.

    Attributes:
        version: When the table was made, as a date.
        rows: The rows.
    """

    row: ClassVar[type[Dated]]
    version: str
    rows: tuple[RowT, ...]

    @cached_property
    def data(self) -> dict[str, Any]:
        """The table as a plain value, from which it can be made again."""
        return {"version": self.version, "rows": [_plain(row) for row in self.rows]}

    @cached_property
    def digest(self) -> str:
        """Digest of the canonical JSON of the table."""
        return f"sha256:{sha256(canonical_bytes(self.data)).hexdigest()}"

    @property
    def valid_until(self) -> str:
        """The first day on which one of its rows ceases to be believed."""
        return min((row.valid_until for row in self.rows), default="")

    def faults(self) -> list[str]:
        """Say what is wrong with the table: rows without sources, rows that contradict others."""
        found = [fault for row in self.rows for fault in row.faults()]
        seen: set[str] = set()
        for row in self.rows:
            if row.id in seen:
                found.append(f"{row.id}: it stands there twice")
            seen.add(row.id)
        return found

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Self:
        """Make a table from the plain value that `data` gives.

        Raises:
            ValueError: It is of another form, or contradicts itself.
        """
        if value.keys() != {"version", "rows"} or not isinstance(value["version"], str):
            raise ValueError("the table has other parts than version, rows")
        if not isinstance(value["rows"], list):
            raise ValueError("`rows` is not a list")  # noqa: TRY004 - whoever reads asks for one error
        rows: Any = tuple(_read(cls.row, row) for row in value["rows"])
        table = cls(version=value["version"], rows=rows)
        faults = table.faults()
        if faults:
            raise ValueError("; ".join(faults[:5]))
        return table


def is_day(text: str) -> bool:
    """Whether a text is a day, `2026-11-28`."""
    try:
        return len(text) == len("2026-11-28") and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _key(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _plain(row: Dated) -> dict[str, str]:
    """Write a row; what is empty is left out."""
    values = ((_key(field.name), getattr(row, field.name)) for field in fields(row))
    return {key: value for key, value in values if value}


def _read(kind: type[Dated], value: Any) -> Dated:  # noqa: ANN401 - whatever somebody wrote
    names = {_key(field.name): field.name for field in fields(kind)}
    if not isinstance(value, dict) or not value.keys() <= names.keys():
        raise ValueError("a row has other parts than " + ", ".join(names))
    if not all(isinstance(one, str) for one in value.values()):
        raise ValueError(f"the row {value.get('id')} has a part that is no text")
    try:
        return kind(**{names[key]: one for key, one in value.items()})
    except TypeError as error:
        raise ValueError(f"the row {value.get('id')} lacks a part: {error}") from error
