"""The policies that are shipped whole, to be taken as they are or copied: `library/NAME`."""

from __future__ import annotations

from typing import Final

SHIPPED: Final = "shipped:"
"""How the address of one begins."""

LIBRARY: Final = {
    "air-gapped": "for places without a network: whatever is needed comes along",
    "baseline": "where to begin: weighed, signed by its author, approved by risk",
    "high-risk": "for models that decide about people: made again, tried, seen by three roles",
    "regulated": "for auditors: provenance, parts and flaws known, no waiver without an end",
}
"""What each is for, by name."""
