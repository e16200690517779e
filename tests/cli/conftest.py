from __future__ import annotations

from tests.usecases.conftest import bench, committed, run

__all__ = ["bench", "committed", "run"]
