"""Parity of what releases run in, on and with: of two releases, and of one and a machine."""

from __future__ import annotations

from weighbridge.diffing.parity.delivered import compare_deliveries
from weighbridge.diffing.parity.judging import allow
from weighbridge.diffing.parity.machine import hold_against_machine, unasked_of
from weighbridge.diffing.parity.releases import compare_releases, silent_of
from weighbridge.diffing.parity.variables import wanted_variables

__all__ = [
    "allow",
    "compare_deliveries",
    "compare_releases",
    "hold_against_machine",
    "silent_of",
    "unasked_of",
    "wanted_variables",
]
