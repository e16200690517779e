"""What all tests share: how hard hypothesis tries, and when slow tests run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import settings

if TYPE_CHECKING:
    import pytest

# Derandomised in CI: the same commit gives the same verdict, on every machine.
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True)
settings.register_profile("here", max_examples=25, deadline=None)


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("ci" if in_ci() else "here")
    if not in_ci() and not config.option.markexpr:
        config.option.markexpr = "not slow"
