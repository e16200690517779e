"""`spec.environment`: what the release runs in."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from weighbridge.model.release.base import Section
from weighbridge.model.release.fields import Version


class Runtime(Section):
    """The language runtime, to the patch level."""

    implementation: Literal["cpython", "pypy", "graalpy"] = Field(
        description="Implementation of Python."
    )
    version: Version = Field(description="Version to the patch level, quoted, such as `3.11.7`.")


class Environment(Section):
    """What the release runs in."""

    runtime: Runtime = Field(description="The language runtime.")
