"""Ask the advisories of this place about what locks name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.advisory import AdvisoryFacts
from weighbridge.model.errors import UnavailableError
from weighbridge.model.fact import NO_ADVISORIES, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.fact import ObservedLock
    from weighbridge.model.ports import AdvisorySource


def advisory_facts(
    source: AdvisorySource | None, locks: Iterable[ObservedLock | Unavailable]
) -> AdvisoryFacts | Unavailable:
    """Gather the advisories about every package of the locks.

    Args:
        source: Who knows advisories.
        locks: The locks; of those that could not be read nothing is asked.
    """
    names = {
        pin.name
        for one in locks
        if not isinstance(one, Unavailable) and not isinstance(one.lock, Unavailable)
        for pin in one.lock.pins
    }
    try:
        data = None if source is None else source.data()
        if source is None or data is None:
            return NO_ADVISORIES
        return AdvisoryFacts(data=data, about=source.about(sorted(names)))
    except UnavailableError as error:
        hint = error.faults[0].help
        return Unavailable(str(error), hint[0] if hint else "")
