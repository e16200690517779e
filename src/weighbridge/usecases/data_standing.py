"""Which data counts here, in a line each: its version, its digest, how long it is good for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.fact import NO_INDEX, Unavailable
from weighbridge.model.wording import plural
from weighbridge.usecases.index_pages import read_index

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.usecases.data_sets import DataSets


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is said of some data.

    Attributes:
        name: Its name.
        version: Its version, or the day it was captured.
        digest: Its digest.
        published: Whether owners published it.
        valid_until: Day from which some of it is no longer believed, or empty.
        origin: Where it is from, in words.
    """

    name: str
    version: str
    digest: str
    published: bool
    valid_until: str
    origin: str

    @property
    def line(self) -> str:
        """The line people read."""
        good = f"; good until {self.valid_until}" if self.valid_until else ""
        return f"{self.name}@{self.version}  {self.digest}  {self.origin}{good}"

    @property
    def entry(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "name": self.name,
            "version": self.version,
            "digest": self.digest,
            "published": self.published,
            "validUntil": self.valid_until or None,
        }


def standings(data: DataSets, registry: Path | None) -> list[Standing]:
    """List the data that counts: what ships or was published, and what is kept in a registry.

    Args:
        data: What ships or was published.
        registry: The registry's folder; None if nothing is kept here.
    """
    found = [
        Standing(
            name=one.kind.name,
            version=one.value.version,
            digest=one.value.digest,
            published=one.published,
            valid_until=one.valid_until,
            origin="published by the owners of the registry"
            if one.published
            else "of this version",
        )
        for one in data.sets.values()
    ]
    index = NO_INDEX if registry is None else read_index(registry)
    if not isinstance(index, Unavailable):
        count = plural(len(index.projects), "project")
        found.append(
            Standing(
                name="index",
                version=index.captured,
                digest=index.digest,
                published=False,
                valid_until="",
                origin=f"kept here, {count}",
            )
        )
    return found
