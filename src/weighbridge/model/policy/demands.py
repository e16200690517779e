"""What a policy demands beside conditions: evidence, approvals, targets, packages, a way back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from weighbridge.model.authoring.base import Section, fault
from weighbridge.model.authoring.fields import Digest, Duration, Name, Text, Timestamp, Version
from weighbridge.model.authoring.opens import FORMED
from weighbridge.model.authoring.rule_codes import ParameterName, RuleCode
from weighbridge.model.policy.fields import EvidenceType, Expression, Role
from weighbridge.model.policy.periods import FROM, GRACE, UNTIL, end_after_start
from weighbridge.model.replay import Reproduced
from weighbridge.model.risk import Risk

SPARED = ("DEP005", "DEP007", "DEP008")
"""Rules whose findings may stay for a while if a policy names no others: a flaw becomes known, a
runtime ends, a file is yanked, and not one byte of the release has changed."""

WARN_BEFORE = "1209600s"
"""How long before it ends a waiver is warned of, where a policy says nothing: 14 days."""


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
        "`advisories`, `sarif`, `tests`, `opa`, `conftest`, `publish`, `summary`, `parity`, "
        "`delivery`, `drill`, or the URI of a predicate type."
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
        None, description="For a report, SARIF or advisories: findings of a higher severity block."
    )
    at_least: Reproduced | None = Field(
        None, description="For a replay: the weakest verdict that is enough."
    )
    explained: Literal["block", "allow"] | None = Field(
        None,
        description="For a replay: whether a difference that somebody explained, who did not make "
        "the release, is enough; `block` if nothing is said.",
    )
    inconclusive: Literal["block", "allow"] | None = Field(
        None, description="Whether what could not be decided blocks; `block` if nothing is said."
    )
    effective_on: Timestamp | None = Field(None, description=FROM)
    expires_on: Timestamp | None = Field(None, description=UNTIL)
    grace: Duration | None = Field(None, description=f"For a report: {GRACE}")
    grace_rules: Annotated[list[RuleCode], Field(min_length=1)] | None = Field(
        None,
        description="Rules whose findings have that time; DEP005, DEP007 and DEP008 if nothing is "
        "said: what the world learns of a release that did not change.",
    )

    _period = field_validator("expires_on")(end_after_start)

    @field_validator("grace")
    @classmethod
    def _date_reports(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _only_for(("report",), value, info)

    @field_validator("grace_rules")
    @classmethod
    def _have_grace(cls, value: list[str] | None, info: ValidationInfo) -> list[str] | None:
        if value is not None and info.data.get("grace", value) is None:
            message = "names the rules of a grace, and none is given"
            raise fault("grace", message, wanted="grace", hint="give it, or remove the key")
        return value

    @field_validator("none_above")
    @classmethod
    def _grade_reports(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _only_for(("report", "sarif", "advisories"), value, info)

    @field_validator("at_least")
    @classmethod
    def _grade_replays(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _only_for(("replay",), value, info)

    @field_validator("explained")
    @classmethod
    def _explain_replays(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _only_for(("replay",), value, info)

    @property
    def spares(self) -> frozenset[str]:
        """The rules whose findings may stay for a while."""
        return frozenset(self.grace_rules or SPARED) if self.grace is not None else frozenset()

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
    effective_on: Timestamp | None = Field(None, description=FROM)
    expires_on: Timestamp | None = Field(None, description=UNTIL)

    _period = field_validator("expires_on")(end_after_start)
    risk: Risk | None = Field(
        None, description="The effective risk from which on they are needed; any without it."
    )
    valid_for: Duration | None = Field(
        None, description="How long an approval counts; without it, as long as its outcome does."
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
    warn_before: Duration | None = Field(
        None, description="How long before it ends a waiver is warned of; `14d` if nothing is said."
    )
    unused: Literal["block", "warn"] | None = Field(
        None,
        description="What a waiver does that covers nothing of the newest report (GOV003); it "
        "warns if nothing is said.",
    )


class Targets(Section):
    """Which of a release's targets must have been validated."""

    required: Literal["all-validated", "any-validated"] = Field(
        description="Whether each declared target needs passing evidence, or one of them."
    )
    effective_on: Timestamp | None = Field(None, description=FROM)
    expires_on: Timestamp | None = Field(None, description=UNTIL)

    _period = field_validator("expires_on")(end_after_start)


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


class Expected(Section):
    """What the values of a manifest are held against."""

    baseline: Text = Field(
        description="What is expected: NAME of a file `data/NAME.json` that gives JSON pointers "
        "into the manifest a value, or a list of those that will do (GOV004)."
    )
    off_baseline: Literal["block", "warn"] | None = Field(
        None, description="What a value off the baseline does; it blocks if nothing is said."
    )


class Unusual(Section):
    """What a release does that is unlike those that were in the environment before it."""

    change: Literal["block", "warn", "allow"] = Field(
        description="What a signer, source, base image or build host none of them had does, and a "
        "number of packages or a size of artifacts far from theirs (GOV004)."
    )
    ignore: (
        list[
            Literal["signer", "source", "base-image", "build-host", "dependencies", "artifact-size"]
        ]
        | None
    ) = Field(None, description="What is not looked at.")

    @property
    def looks(self) -> bool:
        """Whether it is looked at anything."""
        return self.change != "allow"

    @property
    def counts_packages(self) -> bool:
        """Whether locks are looked into."""
        return self.looks and "dependencies" not in (self.ignore or ())


class KeptRisk(Section):
    """What the risk of a release is held against."""

    lowered: Literal["block", "warn", "allow"] = Field(
        description="What a release does that counts as less risky than the last one promoted "
        "before it (GOV008). Owners alone answer for it, where `waivers` names the rule."
    )

    @property
    def compares(self) -> bool:
        """Whether risk is held against that of the release promoted before."""
        return self.lowered != "allow"


class RulePackDemand(Section):
    """A rule pack whose rules must have run, with the thresholds they must have run with."""

    name: Name = Field(description="Name of the pack.")
    version: Version = Field(description="Its version, always quoted.")
    digest: Digest = Field(description="What its bytes must be: `rules list` shows it.")
    parameters: Annotated[dict[RuleCode, dict[ParameterName, Any]] | None, FORMED] = Field(
        None, description="Thresholds other than the defaults, by code of the rule and name."
    )

    @property
    def title(self) -> str:
        """Its name and version: `name@version`."""
        return f"{self.name}@{self.version}"


class OnDeny(Section):
    """What a denial sets off."""

    action: Literal["halt", "request-change", "request-waiver", "rollback", "none"] = Field(
        description="What is done: `halt` holds the environment for releases of that name, "
        "`request-change` records the commands that would pass, `rollback` goes back where the "
        "denied release is the one that is there, `request-waiver` has who asked for the promotion "
        "ask for the waivers that would pass."
    )


class Vex(Section):
    """Whose word is taken that a known vulnerability does not count here."""

    roles: Annotated[list[Role], Field(min_length=1)] = Field(
        description="Roles whose holders' OpenVEX statements answer findings of DEP005."
    )


class OnChange(Section):
    """What it sets off that a release may not stay where it stands any more."""

    action: Literal["none", "hold", "rollback"] = Field(
        description="What `watch` does when the verdict becomes `denied`: nothing, hold the "
        "environment for releases of that name, or roll back to the release before."
    )


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
