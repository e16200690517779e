"""`metadata`: what the release is called, whose it is, how much is at stake."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from weighbridge.model.authoring.base import TODO, Section, fault
from weighbridge.model.authoring.fields import Day, Key, Name, Text, Timestamp, Version

_SEMVER = re.compile(
    r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)"
    r"(?:-(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)
_CALVER = re.compile(
    r"\d{4}\.(?:0?[1-9]|1[0-2])(?:\.(?:0?[1-9]|[12]\d|3[01]))?(?:[.-]\d+)?", re.ASCII
)


class Owner(Section):
    """Who answers for the release."""

    team: Text = Field(description="The responsible team.")
    contact: Text | None = Field(None, description="Where the team is reached.")
    escalation: Text | None = Field(None, description="Who is called when the team is not reached.")


class Metadata(Section):
    """Name, version and owner of the release."""

    name: Name = Field(description="Name of the release, the same in every version.")
    versioning: Literal["semver", "calver"] | None = Field(
        None, description="The scheme `version` follows: SemVer 2 or calendar versions."
    )
    version: Version = Field(description="Version of the release, always quoted.")
    released_at: Timestamp | None = Field(None, description="When it was released (RFC 3339).")
    supported_until: Day | None = Field(
        None,
        description="Last day on which it is meant to be in service, such as `2028-03-01`; what it "
        "runs on has to be supported that long.",
    )
    owner: Owner = Field(description="Who answers for the release.")
    risk: Literal["low", "medium", "high"] | None = Field(
        None, description="How much is at stake; a policy can raise it, never lower it."
    )
    labels: dict[Key, str] | None = Field(None, description="Free labels for searching.")
    annotations: dict[Key, str] | None = Field(
        None, description="Free notes of other tools; no rule reads them."
    )

    @field_validator("version")
    @classmethod
    def _follow_scheme(cls, value: str, info: ValidationInfo) -> str:
        scheme = info.data.get("versioning")
        if value == TODO or scheme is None:
            return value
        if scheme == "semver" and not _SEMVER.fullmatch(value):
            raise fault("version", "is not a SemVer 2 version", wanted="for example 1.4.0")
        if scheme == "calver" and not _CALVER.fullmatch(value):
            raise fault("version", "is not a calendar version", wanted="for example 2026.11.22")
        return value
