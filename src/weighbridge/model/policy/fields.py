"""The scalar types of policies and environments, beside those of manifests."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema

from weighbridge.model.release.base import fault
from weighbridge.model.release.fields import Duration, Text, _matching

Expression = Text
"""A text in the Common Expression Language; the gate compiles it, nothing here reads it."""

Collection = Literal[
    "release.images",
    "release.artifacts",
    "release.parameters",
    "release.targets",
    "release.externalServices",
    "release.alerts",
    "evidence",
    "findings",
]
"""What a condition can be asked of, item by item."""
