"""`demo`: the whole story on a real model, told with the commands a user would type."""

from __future__ import annotations

from weighbridge.usecases.demo.story import tell

__all__ = ["tell"]
