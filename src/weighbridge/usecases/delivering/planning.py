"""What a manifest demands of a delivery to a target, or where it cannot be driven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.delivery import Strategy
from weighbridge.model.errors import DeliveryError
from weighbridge.rollout.plan import DEFAULT_START, plan_of
from weighbridge.rollout.questions import PlanError
from weighbridge.usecases.delivering.cargo import option_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.delivery import Place
    from weighbridge.rollout.plan import Plan
    from weighbridge.rollout.questions import Question
    from weighbridge.usecases.delivering.cargo import SealedCargo

SCRAPE: Final = 60_000
"""Milliseconds between two samples where nobody says otherwise."""
_SECOND: Final = 1000


def asked_of(cargo: SealedCargo, place: Place) -> Mapping[str, Question]:
    """Return the analyses of a release by name, as it is asked once it is back; none if none can.

    It knows best what its own server's metrics are called.
    """
    try:
        return planned(cargo, Strategy.RESTORE, place, previous="").questions
    except DeliveryError:
        return {}


def planned(cargo: SealedCargo, strategy: Strategy, place: Place, *, previous: str) -> Plan:
    """Make a manifest's demands ready.

    Args:
        cargo: The release.
        strategy: How it takes the place of the one before.
        place: The target: it says how often metrics are read, and how long a start may take.
        previous: Digest of the release before; empty if there is none.

    Raises:
        DeliveryError: They cannot be driven.
    """
    scrape = option_of(place, "scrapeSeconds")
    start = option_of(place, "startSeconds")
    try:
        return plan_of(
            cargo.release,
            strategy=strategy,
            first=not previous,
            scrape=int(scrape) * _SECOND if scrape else SCRAPE,
            start=int(start) * _SECOND if start else DEFAULT_START,
        )
    except PlanError as error:
        raise DeliveryError(
            f"{cargo.title} cannot be rolled out: {error.message}",
            location=cargo.named.document.location(error.pointer),
            seen=error.seen,
            help=[error.hint] if error.hint else (),
        ) from error
