"""What is seen of a delivery while somebody looks: how releases run, and what their signals say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.delivery import Delivery, Health, Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A release that runs, or should.

    Attributes:
        release: Its digest.
        weight: Share of requests it is to get, in percent.
        health: How it runs; None if that cannot be told.
        measured: What its signals say now.
        firing: Failure modes whose alerts fire, each with the alert; None if that is not known.
    """

    release: str
    weight: int
    health: Health | None = None
    measured: tuple[Measured, ...] = ()
    firing: Mapping[str, str] | None = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A delivery, and what is seen of it now.

    Attributes:
        delivery: The delivery, as the ledger has it.
        shares: The releases that are to run, the new one first.
        problem: Why nothing could be seen; empty if it could.
    """

    delivery: Delivery
    shares: tuple[Share, ...]
    problem: str = ""
