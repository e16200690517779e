"""The machine: what its files say of it, and what its driver does. Nothing on it is changed."""

from __future__ import annotations

from weighbridge.probes.host.observing import observe_host

__all__ = ["observe_host"]
