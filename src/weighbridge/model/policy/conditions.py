"""`spec.conditions`: what must hold, each with examples that prove it can pass and fail."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from weighbridge.model.authoring.base import Open, Section, fault
from weighbridge.model.authoring.examples import check_items
from weighbridge.model.authoring.fields import Duration, Name, Text, Timestamp
from weighbridge.model.authoring.opens import FORMED, Tree
from weighbridge.model.policy.exceptions import Severity
from weighbridge.model.policy.fields import Collection, Expression
from weighbridge.model.policy.periods import FROM, GRACE, UNTIL, end_after_start

Listed = Annotated[list[Any] | None, Open(), FORMED]


class Example(Section):
    """The variables a condition sees in one example; one left out is not set."""

    release: Tree = Field(None, description="The release, as it was sealed.")
    environment: Tree = Field(None, description="The environment.")
    evidence: Listed = Field(None, description="The evidence.")
    findings: Listed = Field(None, description="The findings.")
    item: Tree = Field(None, description="The item, of a condition with `forEach`.")
    data: Tree = Field(None, description="The policy's data, by name.")
    now: Timestamp | None = Field(None, description="The time of the decision (RFC 3339).")


class Examples(Section):
    """Examples; `policy test` runs them."""

    passing: Annotated[list[Example], Field(min_length=1)] = Field(
        alias="pass", description="Cases in which the condition must hold."
    )
    failing: Annotated[list[Example], Field(min_length=1)] = Field(
        alias="fail", description="Cases in which it must not."
    )


class Condition(Section):
    """One condition of a policy."""

    id: Name = Field(description="Name, unique within the policy and what it includes.")
    title: Text = Field(description="What must hold, in a sentence.")
    for_each: Collection | None = Field(
        None, description="The collection it is asked of, item by item; once without it."
    )
    when: Expression | None = Field(
        None, description="Condition (CEL) under which it is asked; always without it."
    )
    expr: Expression = Field(description="What must be true (CEL).")
    message: Expression = Field(description="What to say where it is not (CEL, a text).")
    remediation: list[Text] | None = Field(None, description="What to do then, a step an entry.")
    severity: Severity | None = Field(
        None, description="Whether it blocks (`block`, also if nothing is said) or only warns."
    )
    effective_on: Timestamp | None = Field(None, description=FROM)
    expires_on: Timestamp | None = Field(None, description=UNTIL)
    grace: Duration | None = Field(None, description=f"With `forEach: findings`: {GRACE}")
    tests: Examples = Field(description="Examples, at least one passing and one failing.")

    _period = field_validator("expires_on")(end_after_start)

    @field_validator("grace")
    @classmethod
    def _date_findings(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("for_each", "findings") != "findings":
            message = "is given to findings, and this condition does not go through them"
            raise fault("grace", message, wanted="forEach: findings", hint="remove the key")
        return value

    @field_validator("tests")
    @classmethod
    def _give_an_item(cls, value: Examples, info: ValidationInfo) -> Examples:
        check_items((case.item for case in (*value.passing, *value.failing)), info)
        return value
