"""`demo --course`: a repository with faults planted in it, for who learns alone."""

from __future__ import annotations

from weighbridge.usecases.demo.course.layout import LESSONS, lay_out

__all__ = ["LESSONS", "lay_out"]
