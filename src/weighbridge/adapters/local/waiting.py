"""Waiting for something to become so, and no longer than a time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_EVERY: Final = 0.01


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until a condition holds; tell whether it does.

    Args:
        condition: Looks whether it is so.
        seconds: The longest it is waited for.
    """
    never = threading.Event()
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        never.wait(_EVERY)
    return True
