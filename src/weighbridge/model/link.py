"""A link to where something can be looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A link.

    Attributes:
        name: What it is called.
        url: The address.
    """

    name: str
    url: str
