"""Targets of deliveries: the one place that knows who drives or follows which kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.delivery import DRIVEN, FOLLOWED
from weighbridge.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.delivery import Place
    from weighbridge.model.delivery_ports import Driven, Followed

DELIVERIES = "deliveries"
"""Folder of the registry's home that what runs on this machine lies in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What targets are opened with.

    Attributes:
        home: The registry's folder.
        environment: Name of the environment.
        name: Name of the release.
        environ: Environment variables.
        contained: Whether what runs here is kept from the rest of the machine.
        offline: Whether the network must not be used.
        gitops: The folder files are handed over in; None to hand them to a cluster.
    """

    home: Path
    environment: str
    name: str
    environ: Mapping[str, str]
    contained: bool = False
    offline: bool = False
    gitops: Path | None = None


def open_target(place: Place, around: Around) -> Driven | Followed:
    """Open the target of a delivery.

    Args:
        place: What it is.
        around: What it is opened with.

    Raises:
        UsageError: Nothing delivers to such a target.
        UnavailableError: What it takes is not there.
    """
    if place.kind == "local":
        from weighbridge.adapters.local.target import LocalTarget

        return LocalTarget(
            folder=around.home / DELIVERIES / around.environment / around.name,
            options=place.options,
            environ=around.environ,
            contained=around.contained,
            offline=around.offline,
        )
    if place.kind in DRIVEN | FOLLOWED:
        from weighbridge.adapters.cluster import target_for

        return target_for(place, environ=around.environ, gitops=around.gitops)
    raise UsageError(
        f"nothing delivers to a target {place.kind}",
        seen=place.kind,
        wanted=", ".join(sorted(DRIVEN | FOLLOWED)),
        help=[f"write its files, and bring them there: weighbridge render --target {place.kind}"],
    )
