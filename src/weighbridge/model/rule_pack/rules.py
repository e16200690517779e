"""`spec.rules` of a pack: what must hold of a release, with texts, thresholds and examples."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from weighbridge.model.authoring.base import Open, Section, fault
from weighbridge.model.authoring.examples import check_items
from weighbridge.model.authoring.fields import Text, Timestamp
from weighbridge.model.authoring.opens import FORMED, Tree
from weighbridge.model.authoring.rule_codes import ParameterName, RuleCode
from weighbridge.model.policy.fields import Expression
from weighbridge.model.policy.periods import end_after_start
from weighbridge.model.rule_pack.fields import PackCode, PackCollection, RuleName

Parameters = Annotated[dict[ParameterName, Any] | None, Open(), FORMED]


class PackExample(Section):
    """What a rule sees in one example; what is left out is not there."""

    release: Tree = Field(None, description="The release: `metadata` and `spec`.")
    item: Tree = Field(None, description="The item, of a rule with `forEach`.")
    parameters: Parameters = Field(
        None, description="Thresholds that are others than the defaults here."
    )
    now: Timestamp | None = Field(None, description="The time of the check (RFC 3339).")


class PackExamples(Section):
    """Examples; `policy test` runs them."""

    passing: Annotated[list[PackExample], Field(min_length=1)] = Field(
        alias="pass", description="Cases in which the rule must find nothing."
    )
    failing: Annotated[list[PackExample], Field(min_length=1)] = Field(
        alias="fail", description="Cases in which it must."
    )


class Retirement(Section):
    """What became of a rule."""

    on: Timestamp = Field(description="From when it is not asked any more (RFC 3339).")
    successor: RuleCode | None = Field(None, description="Code of the rule that took its place.")
    reason: Text = Field(description="Why.")


class PackRule(Section):
    """One rule of a pack."""

    code: PackCode = Field(description="Code, never given to another rule.")
    name: RuleName = Field(description="Name, of words joined by `-`.")
    title: Text = Field(description="What a failure means, in a sentence.")
    severity: Literal["error", "warning", "note"] = Field(description="How much a failure weighs.")
    checks: Text | None = Field(None, description="What it checks (Markdown), if title is short.")
    why: Text = Field(description="Why it matters (Markdown).")
    how_to_fix: Annotated[list[Text], Field(min_length=1)] = Field(
        description="What to do, a step an entry."
    )
    references: list[Text] | None = Field(None, description="Where it comes from.")
    parameters: Parameters = Field(
        None, description="Thresholds and their defaults; a policy may give others."
    )
    for_each: PackCollection | None = Field(
        None, description="The collection it is asked of, item by item; once without it."
    )
    when: Expression | None = Field(
        None, description="Condition (CEL) under which it is asked; always without it."
    )
    expr: Expression = Field(description="What must be true (CEL).")
    message: Expression = Field(description="What to say where it is not (CEL, a text).")
    effective_on: Timestamp | None = Field(None, description="From when it is asked (RFC 3339).")
    expires_on: Timestamp | None = Field(None, description="From when it is asked no longer.")
    retired: Retirement | None = Field(None, description="What became of it, if it is retired.")
    tests: PackExamples = Field(description="Examples, at least one passing and one failing.")

    _period = field_validator("expires_on")(end_after_start)

    @field_validator("parameters")
    @classmethod
    def _give_defaults(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        for name, default in (value or {}).items():
            if default is None:
                raise fault("default", f"gives {name} no default", wanted="a threshold")
        return value

    @field_validator("tests")
    @classmethod
    def _give_an_item(cls, value: PackExamples, info: ValidationInfo) -> PackExamples:
        check_items((case.item for case in (*value.passing, *value.failing)), info)
        return value

    @property
    def thresholds(self) -> dict[str, Any]:
        """Its parameters with their defaults."""
        return dict(self.parameters or {})

    def why_not_at(self, now: str) -> str:
        """Say why it is not asked at a time, or empty."""
        at = _moment(now)
        if self.retired is not None and _moment(self.retired.on) <= at:
            return f"retired on {self.retired.on}"
        if self.effective_on is not None and at < _moment(self.effective_on):
            return f"not in force before {self.effective_on}"
        if self.expires_on is not None and _moment(self.expires_on) <= at:
            return f"not in force since {self.expires_on}"
        return ""


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
