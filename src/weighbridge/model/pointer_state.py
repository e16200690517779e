"""Where release names point, what the gate says of it now, and what runs there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.model.decision import GateVerdict, Judged
    from weighbridge.model.delivery import Delivery
    from weighbridge.model.link import Link

NOTHING = "nothing"
"""What drift is where nothing gets requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointerState:
    """Where a release name points in an environment.

    Attributes:
        environment: The environment.
        name: The release name.
        version: Version it points to.
        release: Release digest it points to.
        generation: How many moves it has made.
        since: When it came there.
        by: Who moved it there.
        held: Why it may not be moved forward, or empty.
        verdict: What the gate says of that release, which is there, now.
        why: Why it may not stay as it is, in one line; empty if it may.
        changed: Since when that verdict is in the ledger; empty if it is not.
        frozen: Why nothing is promoted there at all, or empty.
        told: Conditions that are to be told beside the verdict: those that warn, and what was
            waived and no longer is.
        unreviewed: Who broke the glass there, and nobody has reviewed it yet; or empty.
        links: Where its logs, traces and metrics are.
        delivery: The newest delivery there; None if none was begun.
    """

    environment: str
    name: str
    version: str
    release: str
    generation: int
    since: str
    by: str
    held: str
    verdict: GateVerdict
    why: str = ""
    changed: str = ""
    frozen: str = ""
    unreviewed: str = ""
    told: tuple[Judged, ...] = ()
    links: tuple[Link, ...] = ()
    delivery: Delivery | None = None

    @property
    def drift(self) -> str:
        """Digest of the release that gets requests instead of what it points to; empty if none."""
        one = self.delivery
        return "" if one is None or one.serving == self.release else one.serving or NOTHING
