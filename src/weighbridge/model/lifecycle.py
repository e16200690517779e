"""How long something is looked after: the day on which each release of a product ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from weighbridge.model.dated import Dated, Table, is_day

if TYPE_CHECKING:
    from weighbridge.model.lock import Pin

PACKAGE = "pypi/"
"""What products that are Python packages begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle(Dated):
    """One release series of a product.

    Attributes:
        product: `python`, `debian`, `kubernetes`, `pypi/numpy` …
        cycle: The series: `3.11`, `12`, `22.04`.
        released: Day of its first release, or empty if that is not recorded.
        eol: Last day on which it is supported; empty while no end is set.
        extended: Last day of long-term or extended support, where there is such.
        extended_by: What that support is called, in words.
    """

    product: str
    cycle: str
    released: str = ""
    eol: str = ""
    extended: str = ""
    extended_by: str = ""

    @property
    def key(self) -> tuple[int, ...]:
        """The series as numbers, to put series in order."""
        return tuple(int(part) for part in self.cycle.split("."))

    def faults(self) -> list[str]:
        """Say what is wrong with it by itself."""
        found = Dated.faults(self)
        if not all(part.isdecimal() and part.isascii() for part in self.cycle.split(".")):
            found.append(f"{self.id}: the series {self.cycle} is no number")
        days = [day for day in (self.released, self.eol, self.extended) if day]
        if not all(is_day(day) for day in days):
            found.append(f"{self.id}: a day of it is none")
        elif days != sorted(days):
            found.append(f"{self.id}: it ends before it begins")
        if self.extended and not (self.eol and self.extended_by):
            found.append(f"{self.id}: its support is extended beyond nothing, or by nobody")
        return found


@dataclass(frozen=True, kw_only=True)
class LifecycleData(Table[Cycle]):
    """Every series that is known, with a version and a digest."""

    row = Cycle

    @cached_property
    def _by_product(self) -> dict[str, dict[tuple[int, ...], Cycle]]:
        found: dict[str, dict[tuple[int, ...], Cycle]] = {}
        for row in self.rows:
            found.setdefault(row.product, {})[row.key] = row
        return found

    def products(self) -> list[str]:
        """List the products that are known."""
        return list(self._by_product)

    def find(self, product: str, version: tuple[int, ...]) -> Cycle | None:
        """Find the series a version belongs to, the closest one if series lie in each other."""
        known = self._by_product.get(product, {})
        for length in range(len(version), 0, -1):
            if version[:length] in known:
                return known[version[:length]]
        return None

    def oldest(self, product: str) -> Cycle | None:
        """Return the oldest series of a product that is known."""
        known = self._by_product.get(product, {})
        return known[min(known)] if known else None

    def of_package(self, pin: Pin) -> str:
        """Return the product a pin is of, or empty if nothing is known of it."""
        product = f"{PACKAGE}{pin.name}"
        return product if pin.ecosystem == "pypi" and product in self._by_product else ""

    def faults(self) -> list[str]:
        """Say what is wrong: of single rows, and of series that stand there twice."""
        found = Table.faults(self)
        seen: set[tuple[str, str]] = set()
        for row in self.rows:
            if (row.product, row.cycle) in seen:
                found.append(f"{row.id}: {row.product} {row.cycle} stands there twice")
            seen.add((row.product, row.cycle))
        return found
