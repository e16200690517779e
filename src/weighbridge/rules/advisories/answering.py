"""What VEX statements say of exposures: the newest word about a flaw in a version counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.vex import VexStatus
from weighbridge.rules.advisories import order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.advisory import Exposure
    from weighbridge.model.vex import VexProduct, VexStatement

_CLEARS = {VexStatus.NOT_AFFECTED, VexStatus.FIXED}


def answer(one: Exposure, statements: Iterable[VexStatement]) -> VexStatement | None:
    """Find the statement by which a flaw does not count here; None if there is none.

    A package that is an attack is cleared by nobody's word. Of two statements of one time that
    contradict each other, the one that clears nothing counts.
    """
    if one.is_malicious or not one.id:
        return None
    ids = {*one.ids}
    about = [
        statement
        for statement in statements
        if statement.ids & ids and any(_is(product, one) for product in statement.products)
    ]
    if not about:
        return None
    newest = max(about, key=lambda said: (said.at, said.status not in _CLEARS))
    return newest if newest.status in _CLEARS else None


def _is(product: VexProduct, one: Exposure) -> bool:
    if product.name != one.package:
        return False
    if product.version in ("", one.version):
        return True
    said, pinned = order.pypi(product.version), order.pypi(one.version)
    return said is not None and said == pinned
