"""What VEX statements say of exposures: the newest word about a flaw in a version counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.vex import newest_word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.advisory import Exposure
    from weighbridge.model.vex import VexStatement


def answer(one: Exposure, statements: Iterable[VexStatement]) -> VexStatement | None:
    """Find the statement by which a flaw does not count here; None if there is none.

    A package that is an attack is cleared by nobody's word.
    """
    if one.is_malicious or not one.id:
        return None
    found = newest_word(statements, ids=one.ids, package=one.package, version=one.version)
    return found if found is not None and found.status.clears else None
