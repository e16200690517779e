"""Targets of deliveries: the one place that knows who drives or follows which kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.delivery import Place
    from weighbridge.model.delivery_ports import Driven, Followed
    from weighbridge.model.settings import Settings


def open_target(
    place: Place,
    *,
    settings: Settings,
    environment: str,
    name: str,
    contained: bool,
    environ: Mapping[str, str],
    offline: bool,
    gitops: Path | None = None,
) -> Driven | Followed:
    """Open the target of a delivery.

    Args:
        place: What it is.
        settings: They name the registry, beside which what runs here is laid out.
        environment: Name of the environment.
        name: Name of the release.
        contained: Whether what runs is kept from the rest of the machine.
        environ: Environment variables.
        offline: Whether the network must not be used.
        gitops: The folder files are handed over in; None to hand them to a cluster.

    Raises:
        UsageError: Nothing delivers to such a target.
    """
    raise UsageError(f"nothing delivers to a target {place.kind}")
