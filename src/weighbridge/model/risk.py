"""How much is at stake with a release: one scale for manifests, policies and decisions."""

from __future__ import annotations

from typing import Literal, get_args

Risk = Literal["low", "medium", "high"]
"""The levels, lowest first. A policy can raise what a manifest declares, never lower it."""

RISKS: tuple[Risk, ...] = get_args(Risk)
