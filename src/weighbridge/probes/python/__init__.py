"""Python environments, observed by their files. Nothing of one is run, imported or unpacked."""

from __future__ import annotations

from weighbridge.probes.python.observing import observe_python

__all__ = ["observe_python"]
