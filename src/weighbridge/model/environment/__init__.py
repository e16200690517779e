"""The authored kind `Environment`: a place releases are promoted to, and what it demands.

Not to be taken for `spec.environment` of a manifest, which is what a release runs in.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from weighbridge.model.authoring.base import Section, fault
from weighbridge.model.authoring.fields import Duration, Key, Name, Text
from weighbridge.model.policy.fields import EntryName, PolicyReference, Role, TimeZone
from weighbridge.model.recurrence import RecurrenceError, read_recurrence


def _read_rule(value: str) -> str:
    try:
        read_recurrence(value)
    except RecurrenceError as error:
        wanted = "a recurrence rule (RFC 5545), such as FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=9"
        raise fault("recurrence", str(error), wanted=wanted) from error
    return value


_LONGEST = 366 * 86_400
_MOST_WINDOWS = 16
Named = Annotated[list[Role], Field(min_length=1)]
"""Roles for a part of what is done; whoever means nobody names a role nobody holds."""


class Roles(Section):
    """Who may act on the environment."""

    creators: Named | None = Field(
        None,
        description="Roles whose signature under a release counts here; `builder` if nothing is "
        "said. Provenance counts by them alone, too, once they are named.",
    )
    reviewers: Named | None = Field(
        None,
        description="Roles whose evidence counts here, out of those the policy names; provenance "
        "is the creators'.",
    )
    approvers: Named | None = Field(
        None, description="Roles that may approve here, out of those the policy names."
    )
    deployers: Named | None = Field(
        None,
        description="Roles that may promote, deliver and roll back; `releaser` if nothing is said.",
    )
    auditors: Named | None = Field(
        None,
        description="Roles that look over what happens here, for people to see. It keeps nobody "
        "from reading: who reads the ledger reads all of it.",
    )
    break_glass: Named | None = Field(
        None, description="Roles that may break the glass here; nobody if nothing is said."
    )


class Window(Section):
    """A time at which promotions may happen."""

    rrule: Annotated[Text, AfterValidator(_read_rule)] = Field(
        description="When it opens: a recurrence rule (RFC 5545) that names its days, without "
        "COUNT and INTERVAL; at midnight if it names no hour."
    )
    duration: Duration = Field(description="How long it stays open.")
    timezone: TimeZone = Field(description="Time zone of the rule, such as `Europe/Berlin`.")

    @field_validator("duration")
    @classmethod
    def _stay_open(cls, value: str) -> str:
        if value == "0s":
            raise fault("window", "never opens", wanted="a duration of more than nothing")
        if Decimal(value.removesuffix("s")) > _LONGEST:
            raise fault("window", "stays open too long", wanted="a duration of at most 366 days")
        return value


class Target(Section):
    """Where and how a release is delivered."""

    kind: Name = Field(description="What delivers, such as `argo-rollouts` or `kserve`.")
    version: Text | None = Field(None, description="Its version, quoted.")
    namespace: Text | None = Field(None, description="Namespace it delivers into.")
    options: dict[Key, str] | None = Field(
        None, description="What this kind of target takes besides."
    )


class Difference(Section):
    """Something in which releases may run otherwise than elsewhere."""

    entries: Annotated[list[EntryName], Field(min_length=1)] = Field(
        description="Names of entries as `weighbridge parity` has them; `*` is any one part, and "
        "what lies below a name is meant, too."
    )
    reason: Text = Field(description="Why they may differ.")


class Parity(Section):
    """What parity is told of the environment."""

    allowed: list[Difference] | None = Field(
        None, description="Entries that may differ, or be unknown."
    )


class Metadata(Section):
    """Name of the environment."""

    name: Name = Field(description="Name of the environment.")


class Spec(Section):
    """What the environment demands and allows."""

    promotes_from: Name | None = Field(
        None, description="The environment a release must have been promoted to before."
    )
    policy: PolicyReference = Field(description="The policy it demands: `name@version`.")
    roles: Roles | None = Field(None, description="Who may act on it.")
    projects: dict[Name, Roles] | None = Field(
        None,
        description="Who may for releases of one name: what is said here stands in place of the "
        "same part of `roles`, and what is not said stays.",
    )
    windows: list[Window] | None = Field(
        None,
        max_length=_MOST_WINDOWS,
        description="When promotions may happen; at any time without them.",
    )
    soak: Duration | None = Field(
        None, description="How long a release must have been in the environment before."
    )
    enforcement: Literal["enforce", "observe"] | None = Field(
        None,
        description="Whether an unmet policy blocks (`enforce`, also if nothing is said) or is "
        "only recorded (`observe`).",
    )
    target: Target | None = Field(None, description="Where and how a release is delivered.")
    parity: Parity | None = Field(
        None,
        description="In what releases here may run otherwise than elsewhere "
        "(`weighbridge parity`); in nothing without it.",
    )

    @field_validator("soak")
    @classmethod
    def _soak_before(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("promotes_from", value) is None:
            message = "is asked for, and no environment comes before"
            raise fault("soak", message, wanted="promotesFrom", hint="name it, or remove soak")
        return value

    @property
    def enforces(self) -> bool:
        """Whether an unmet policy blocks."""
        return self.enforcement != "observe"


class Environment(Section):
    """A promotion target."""

    api_version: Literal["weighbridge.dev/v1"] = Field(description="Version of this format.")
    kind: Literal["Environment"] = Field(description="What the document is.")
    metadata: Metadata = Field(description="Name of the environment.")
    spec: Spec = Field(description="What it demands and allows.")

    @field_validator("spec")
    @classmethod
    def _come_after_another(cls, value: Spec, info: ValidationInfo) -> Spec:
        metadata = info.data.get("metadata")
        if isinstance(metadata, Metadata) and metadata.name == value.promotes_from:
            message = f"promotes from {metadata.name}, which is the environment itself"
            raise fault("order", message, wanted="promotesFrom: another environment")
        return value
