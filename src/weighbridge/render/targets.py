"""The targets there are. A new one is a module with a `Target`, and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.render.argo import Argo
from weighbridge.render.compose import Compose
from weighbridge.render.flagger import Flagger
from weighbridge.render.kargo import Kargo
from weighbridge.render.kserve import KServe
from weighbridge.render.kubernetes import Kubernetes
from weighbridge.render.local import Local
from weighbridge.render.prometheus import Prometheus
from weighbridge.render.sandbox import Sandbox
from weighbridge.render.systemd import Systemd

if TYPE_CHECKING:
    from weighbridge.model.rendering import Target

TARGETS: Final[tuple[Target, ...]] = (
    Kubernetes(),
    Argo(),
    KServe(),
    Flagger(),
    Prometheus(),
    Kargo(),
    Compose(),
    Systemd(),
    Local(),
    Sandbox(),
)


def target_of(kind: str) -> Target | None:
    """Find a target by its kind."""
    return next((one for one in TARGETS if one.kind == kind), None)
