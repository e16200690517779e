from __future__ import annotations

from tests.kept.reader import kept

__all__ = ["kept"]
