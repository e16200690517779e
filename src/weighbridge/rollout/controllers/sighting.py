"""How far a controller has come with a release, and what is asked of it in return."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weighbridge.model.delivery import WHOLE, Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.delivery import Cause, Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """How far a controller has come (`Sighting`).

    Attributes:
        phase: Where it stands.
        step: Index of the manifest's step, from 0.
        weight: Share of requests the release gets, in percent.
        paused: Why it waits for a person; None if it does not.
        cause: What turned it round; None if it goes on.
        measured: Measurements it has taken, oldest first.
    """

    phase: Phase
    step: int = 0
    weight: int = 0
    paused: Cause | None = None
    cause: Cause | None = None
    measured: tuple[Measured, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A merge patch of an object (RFC 7396).

    Attributes:
        body: The patch.
        status: Whether it is one of its status, which has an address of its own.
    """

    body: Mapping[str, Any] = field(default_factory=dict)
    status: bool = False


PREPARING = Sighted(phase=Phase.PREPARING)
"""The controller has not begun, or what it says is not of this release."""


def delivered(step: int, measured: tuple[Measured, ...] = ()) -> Sighted:
    """Say that a release gets all requests, and that its controller is done."""
    return Sighted(phase=Phase.DELIVERED, step=step, weight=WHOLE, measured=measured)
