"""The scalar types of rule packs, beside those they share with manifests and policies."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator

from weighbridge.model.authoring.base import fault
from weighbridge.model.authoring.fields import matching
from weighbridge.model.authoring.rule_codes import RESERVED, RuleCode, is_ours

PackCollection = Literal[
    "release.images",
    "release.artifacts",
    "release.parameters",
    "release.targets",
    "release.externalServices",
    "release.alerts",
    "facts.files",
    "facts.packages",
]
"""What a rule can be asked of, item by item."""


def _check_own(value: str) -> str:
    if is_ours(value):
        message = (
            f"begins as codes of weighbridge do, and those are reserved: {', '.join(RESERVED)}"
        )
        raise fault("reserved-code", message, wanted="letters of your own, such as ORG")
    return value


PackCode = Annotated[RuleCode, AfterValidator(_check_own)]
"""The code of a rule of a pack."""

RuleName = matching(
    r"^[a-z0-9]+(?:-[a-z0-9]+){0,15}$", "lower-case words joined by `-`, such as weights-format"
)
