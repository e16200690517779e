"""Finding releases by a part of their names, without a search of all rows."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from weighbridge.model.errors import LedgerError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.log_ports import LedgerView
    from weighbridge.server.services import Services
    from weighbridge.usecases.chronicle.names import Order

Row = tuple[str, str, str]
"""Name, version and digest of a release."""


def find_releases(
    services: Services, part: str, after: tuple[str, str] | None, limit: int
) -> tuple[list[Row], int]:
    """List a page of releases whose names contain something, in their order.

    Args:
        services: Whose registry, and whose chronicle.
        part: What they contain, upper and lower case apart; all names contain nothing.
        after: The name and version behind which to begin; None for the beginning.
        limit: How many at most.

    Returns:
        The rows, and the size of the ledger they are of.
    """
    order = _order(services) if part else None
    with services.registry.reading() as view:
        if order is None:
            return view.releases_after(after, limit, containing=part), view.size
        return [*islice(_rows(view, order, part, after), limit)], view.size


def _order(services: Services) -> Order | None:
    """Return all names; None where the tables know better.

    That is without a ledger, or with one that is damaged, or so large that it is still being read.
    """
    try:
        with services.chronicle.reading(services.registry) as told:
            return told.names.order() if told.size else None
    except (LedgerError, UnavailableError):
        return None


def _rows(
    view: LedgerView, order: Order, part: str, after: tuple[str, str] | None
) -> Iterator[Row]:
    for name in order.containing(part, "" if after is None else after[0]):
        for version, digest in view.versions(name):
            if after is None or (name, version) > after:
                yield name, version, digest
