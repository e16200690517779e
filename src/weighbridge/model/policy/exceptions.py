"""`spec.exceptions`: where a condition or a rule counts for more or less than elsewhere."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from weighbridge.model.authoring.base import Section, fault
from weighbridge.model.authoring.fields import Name, Text, Timestamp
from weighbridge.model.authoring.rule_codes import RuleCode

Severity = Literal["block", "warn"]
Excepted = Literal["block", "warn", "off"]

STRICTEST: Final[tuple[Excepted, ...]] = ("off", "warn", "block")
"""In the order of what they stop; of two exceptions for one thing the stricter counts."""


class PolicyException(Section):
    """An exception from the policy, for some environments, with its reason.

    What makes the policy laxer ends at a day.
    """

    conditions: list[Name] | None = Field(
        None, description="Ids of conditions, the included ones too."
    )
    rules: list[RuleCode] | None = Field(
        None, description="Codes of rules, whose findings count otherwise."
    )
    environments: Annotated[list[Name], Field(min_length=1)] = Field(
        description="Names of the environments it is for."
    )
    expires_on: Timestamp | None = Field(
        None, description="From when it counts no longer (RFC 3339); `warn` and `off` need it."
    )
    severity: Excepted = Field(
        description="What they do there: `block`, `warn`, or nothing (`off`): then the decision "
        "lists what was left out."
    )
    reason: Text = Field(description="Why; every decision it plays a part in says it.")

    @field_validator("severity")
    @classmethod
    def _except_something(cls, value: Excepted, info: ValidationInfo) -> Excepted:
        known = info.data
        if not known.get("conditions", "faulty") and not known.get("rules", "faulty"):
            raise fault("exception", "excepts nothing", wanted="conditions or rules beside it")
        if value != "block" and known.get("expires_on", "faulty") is None:
            message = f"is {value}, and the exception never ends"
            hint = "what makes a policy laxer ends at a day"
            raise fault("exception", message, wanted="expiresOn beside it", hint=hint)
        return value
