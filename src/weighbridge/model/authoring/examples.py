"""Examples beside what is asked once, or item by item with `forEach`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.authoring.base import fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationInfo


def check_items(items: Iterable[object], info: ValidationInfo) -> None:
    """Refuse an example without an item beside `forEach`, and one with an item without it.

    Args:
        items: The item of each example, or None.
        info: What was read before the examples, `for_each` among it unless that has a fault.
    """
    if "for_each" not in info.data:
        return
    wants = info.data["for_each"] is not None
    if any(wants is (item is None) for item in items):
        message = f"has an example {'without' if wants else 'with'} item"
        wanted = "an item in each: it has forEach" if wants else "no item: it has no forEach"
        raise fault("item", message, wanted=wanted)
