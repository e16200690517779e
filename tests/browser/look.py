"""How a page lies on the screen: nothing sideways, cut off, on top of another, or too small."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.visiting import Window


def flaws(window: Window, *, strict: bool = True) -> list[str]:
    """List what is wrong with how the page lies there, one line each.

    Args:
        window: Where the page is.
        strict: Whether each control must be large enough for a finger, however far it is from
            others; that is asked of pages with our own style.
    """
    size = window.page.viewport_size
    assert size is not None
    told = window.page.evaluate(_source(), {"width": size["width"], "strict": strict})
    return [str(one) for one in told]


@functools.cache
def _source() -> str:
    return Path(__file__).with_suffix(".js").read_text()
