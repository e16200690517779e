"""The tables of this version."""

from __future__ import annotations

from typing import Final

from weighbridge.model.compatibility_data import CompatibilityData
from weighbridge.model.lifecycle import LifecycleData
from weighbridge.rules.compatibility.tables import (
    cuda,
    distributions,
    frameworks,
    lifecycles,
    orchestrators,
)
from weighbridge.rules.compatibility.tables.making import CHECKED

COMPATIBILITY: Final = CompatibilityData(
    version=CHECKED,
    rows=(*cuda.rows(), *frameworks.rows(), *orchestrators.rows(), *distributions.rows()),
)
"""What goes with what."""

LIFECYCLES: Final = LifecycleData(version=CHECKED, rows=tuple(lifecycles.cycles()))
"""How long what is supported."""
