"""Weigh a machine-learning release against its papers before it may drive on."""

from __future__ import annotations

__version__ = "0.1.0"
