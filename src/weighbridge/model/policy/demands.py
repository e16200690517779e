"""What a policy demands beside conditions: evidence, approvals, targets, packages, a way back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from weighbridge.model.authoring.base import Section, fault
from weighbridge.model.authoring.fields import Digest, Duration, Name, Text, Version
from weighbridge.model.authoring.opens import refuse_what_has_no_form
from weighbridge.model.authoring.rule_codes import AnyCode, ParameterName
from weighbridge.model.policy.fields import EvidenceType, Expression, Role, RuleCode
from weighbridge.model.replay import Reproduced
from weighbridge.model.risk import Risk


class RiskRule(Section):
    """When a release counts as riskier than its manifest says."""

    risk: Risk = Field(description="The level it then has at least.")
    when: Expression = Field(description="Condition (CEL); one that errors counts as met.")


class SignedBy(Section):
    """Whose signature counts."""

    role: Role = Field(description="The role its signers must hold.")


class Evidence(Section):
    """Evidence a release must have."""

    type: EvidenceType = Field(
        description="`report`, `provenance`, `replay`, `behaviour`, `sbom`, `spdx`, `vex`, "
        "`advisories`, `sarif`, `tests`, `publish`, `summary`, `parity`, `delivery`, or the URI of "
        "a predicate type."
    )
    when: Expression | None = Field(
        None, description="Condition (CEL) under which it is demanded; always without it."
    )
    max_age: Duration | None = Field(None, description="How old it may be.")
    signed_by: SignedBy | None = Field(None, description="Whose signature counts.")
    min: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="How many different signers it needs; 1 if nothing is said."
    )
    none_above: Literal["note", "warning", "error"] | None = Field(
        None, description="For a report or SARIF: findings of a higher severity block."
    )
    at_least: Reproduced | None = Field(
        None, description="For a replay: the weakest verdict that is enough."
    )
    inconclusive: Literal["block", "allow"] | None = Field(
        None, description="Whether what could not be decided blocks; `block` if nothing is said."
    )

    @field_validator("none_above")
    @classmethod
    def _grade_reports(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _only_for(("report", "sarif"), value, info)

    @field_validator("at_least")
    @classmethod
    def _grade_replays(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _only_for(("replay",), value, info)

    @property
    def signers(self) -> int:
        """How many different signers it needs."""
        return self.min or 1

    @property
    def blocks_inconclusive(self) -> bool:
        """Whether what could not be decided blocks."""
        return self.inconclusive != "allow"


def _only_for(wanted: tuple[str, ...], value: str | None, info: ValidationInfo) -> str | None:
    """Refuse a grade on evidence that has no such grades. A faulty type is told by itself."""
    kind = info.data.get("type", wanted[0])
    if value is not None and kind not in wanted:
        message = f"says nothing about evidence of the type {kind}"
        named = " or ".join(wanted)
        raise fault("grade", message, wanted=f"type: {named}", hint="remove the key")
    return value


class Approval(Section):
    """Approvals a promotion needs; every entry that applies must be met."""

    when: Expression | None = Field(
        None, description="Condition (CEL) under which they are needed; always without it."
    )
    min: Annotated[int, Field(ge=1, le=1000)] = Field(
        description="How many different people must approve."
    )
    roles: Annotated[list[Role], Field(min_length=1)] = Field(
        description="Roles whose holders may approve."
    )


class Waivable(Section):
    """Findings that may be waived; those of rules no entry names may not."""

    rules: Annotated[list[RuleCode], Field(min_length=1)] = Field(
        description="Codes of the rules whose findings may be waived."
    )
    roles: Annotated[list[Role], Field(min_length=1)] = Field(
        description="Roles whose holders may waive them."
    )
    longest: Duration = Field(description="How long a waiver may be valid.")


class Targets(Section):
    """Which of a release's targets must have been validated."""

    required: Literal["all-validated", "any-validated"] = Field(
        description="Whether each declared target needs passing evidence, or one of them."
    )


class Packages(Section):
    """What the packages of a release are held against: those of its runtime lock."""

    baseline: Text | None = Field(
        None,
        description="The approved versions: NAME of a file `data/NAME.json` that gives each "
        "package a version, a specifier or a list of them (DEP010).",
    )
    off_baseline: Literal["block", "warn"] | None = Field(
        None, description="What a package off the baseline does; it blocks if nothing is said."
    )
    unexpected_transitives: Literal["block", "warn", "allow"] | None = Field(
        None,
        description="What a package does that nobody asked for itself, and that is new, gone or "
        "of another version since the release now there (DEP011); `allow` if nothing is said.",
    )

    @field_validator("off_baseline")
    @classmethod
    def _be_off_something(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("baseline", value) is None:
            message = "is said of a baseline, and none is named"
            raise fault("baseline", message, wanted="baseline", hint="name it, or remove the key")
        return value

    @property
    def compares(self) -> bool:
        """Whether packages are held against those of the release now there."""
        return self.unexpected_transitives in {"block", "warn"}


class Interface(Section):
    """What the inputs and outputs of a release are held against."""

    breaking: Literal["block", "warn", "allow"] = Field(
        description="What an input or output does that those who call the release now there could "
        "not use (CMP010)."
    )

    @property
    def compares(self) -> bool:
        """Whether inputs and outputs are held against those of the release now there."""
        return self.breaking != "allow"


class RulePackDemand(Section):
    """A rule pack whose rules must have run, with the thresholds they must have run with."""

    name: Name = Field(description="Name of the pack.")
    version: Version = Field(description="Its version, always quoted.")
    digest: Digest = Field(description="What its bytes must be: `rules list` shows it.")
    parameters: dict[AnyCode, dict[ParameterName, Any]] | None = Field(
        None, description="Thresholds other than the defaults, by code of the rule and name."
    )

    @field_validator("parameters")
    @classmethod
    def _keep_exact(cls, value: object) -> object:
        refuse_what_has_no_form(value)
        return value

    @property
    def title(self) -> str:
        """Its name and version: `name@version`."""
        return f"{self.name}@{self.version}"


class OnDeny(Section):
    """What a denial sets off."""

    action: Literal["request-change", "none"] = Field(description="What is done.")


class RollbackPolicy(Section):
    """What an environment may be rolled back to."""

    allow: Literal["previously-promoted", "any", "none"] = Field(
        description="Releases it may be rolled back to."
    )
    hold: bool | None = Field(
        None,
        description="Whether a rollback holds the environment until it is lifted; `true` if "
        "nothing is said.",
    )

    @property
    def holds(self) -> bool:
        """Whether a rollback holds the environment."""
        return self.hold is not False
