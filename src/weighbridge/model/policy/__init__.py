"""The authored kind `PromotionPolicy`: what an environment demands of a release.

The classes say what is legal in a document. Whether its expressions compile and its examples hold
is the gate's business.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from weighbridge.model.authoring.base import Section, SetBy, fault
from weighbridge.model.authoring.fields import Name, Text, Version
from weighbridge.model.policy.conditions import Condition, Example, Examples
from weighbridge.model.policy.demands import (
    WARN_BEFORE,
    Approval,
    Evidence,
    Expected,
    Interface,
    KeptRisk,
    OnChange,
    OnDeny,
    Packages,
    RiskRule,
    RollbackPolicy,
    RulePackDemand,
    Targets,
    Unusual,
    Vex,
    Waivable,
)
from weighbridge.model.policy.exceptions import PolicyException
from weighbridge.model.policy.fields import Included

__all__ = [
    "BASELINE",
    "COMPLETE",
    "STANDARD",
    "WARN_BEFORE",
    "Approval",
    "Condition",
    "Evidence",
    "Example",
    "Examples",
    "Expected",
    "Interface",
    "Packages",
    "PolicyException",
    "PromotionPolicy",
    "RiskRule",
    "RulePackDemand",
    "Spec",
    "Unusual",
    "Waivable",
]

BASELINE = "baseline"
"""The collection of conditions that is shipped, as `baseline.yaml` in this package."""

STANDARD = "standard"
"""The rule set a policy demands if it names none: every rule of `check` that needs nothing but
the release and its papers."""

COMPLETE = "complete"
"""Every rule of `check`, those included that need data of the place: advisories, what an index says
of its files, the environment verified."""


class Owner(Section):
    """Who answers for the policy."""

    team: Text = Field(description="The responsible team.")
    contact: Text | None = Field(None, description="Where the team is reached.")


class Metadata(Section):
    """Name, version and owner of the policy."""

    name: Name = Field(description="Name of the policy, the same in every version.")
    version: Version = Field(description="Version of the policy, always quoted.")
    owner: Owner = Field(description="Who answers for it.")


class Spec(Section):
    """What the policy demands."""

    include: list[Included] | None = Field(
        None,
        description="Collections of conditions: `baseline`, `./NAME` for a file or folder beside "
        "the policy, `name@version` for a published one.",
    )
    rule_set: Name | None = Field(
        None,
        description="Rules that must have run; one that did not is inconclusive. `standard` (also "
        "if nothing is said): all that need the release alone. `complete`: all, those that need "
        "advisories and other data of the place included.",
    )
    risk_when: list[RiskRule] | None = Field(None, description="What raises the risk of a release.")
    evidence: list[Evidence] | None = Field(None, description="Evidence a release must have.")
    approvals: list[Approval] | None = Field(None, description="Approvals a promotion needs.")
    waivers: list[Waivable] | None = Field(None, description="Findings that may be waived.")
    vex: Vex | None = Field(
        None, description="Whose word is taken that a known vulnerability does not count here."
    )
    conditions: Annotated[list[Condition] | None, SetBy("id")] = Field(
        None, description="What must hold besides."
    )
    exceptions: list[PolicyException] | None = Field(
        None, description="Where a condition or a rule counts for more or less, and why."
    )
    targets: Targets | None = Field(None, description="Targets that must have been validated.")
    dependencies: Packages | None = Field(
        None, description="What the packages of the runtime lock are held against."
    )
    signature: Interface | None = Field(
        None, description="What the inputs and outputs are held against."
    )
    risk: KeptRisk | None = Field(None, description="What the effective risk is held against.")
    manifest: Expected | None = Field(
        None, description="What the values of the manifest are held against."
    )
    unusual: Unusual | None = Field(
        None, description="What a release is held against that is usual of its name here."
    )
    rule_packs: Annotated[list[RulePackDemand] | None, SetBy("name")] = Field(
        None, description="Rule packs whose rules must have run, too (`check --sign --for-env`)."
    )
    on_deny: OnDeny | None = Field(None, description="What a denial sets off.")
    on_change: OnChange | None = Field(
        None, description="What it sets off that a release may not stay where it stands any more."
    )
    rollback_policy: RollbackPolicy | None = Field(
        None, description="What an environment may be rolled back to."
    )

    @field_validator("rule_packs")
    @classmethod
    def _have_a_report(
        cls, value: list[RulePackDemand] | None, info: ValidationInfo
    ) -> list[RulePackDemand] | None:
        if value and "evidence" in info.data:
            demands = info.data["evidence"] or ()
            if all(one.type != "report" for one in demands):
                message = "are asked by a report, and no report is demanded"
                raise fault("no-report", message, wanted="evidence of the type report")
        return value

    @property
    def demanded_rules(self) -> str:
        """Name of the rule set that must have run."""
        return self.rule_set or STANDARD

    @property
    def compares_packages(self) -> bool:
        """Whether packages are held against those of the release now there."""
        return self.dependencies is not None and self.dependencies.compares

    @property
    def compares_signature(self) -> bool:
        """Whether inputs and outputs are held against those of the release now there."""
        return self.signature is not None and self.signature.compares

    @property
    def compares_risk(self) -> bool:
        """Whether the effective risk is held against that of the release promoted before."""
        return self.risk is not None and self.risk.compares

    @property
    def reads_lock(self) -> bool:
        """Whether the release's own lock is looked into."""
        named = self.dependencies is not None and self.dependencies.baseline is not None
        return named or self.compares_packages or self.counts_packages

    @property
    def looks_back(self) -> bool:
        """Whether it is asked what is usual of the releases before it."""
        return self.unusual is not None and self.unusual.looks

    @property
    def counts_packages(self) -> bool:
        """Whether that is asked of packages, too."""
        return self.unusual is not None and self.unusual.counts_packages


class PromotionPolicy(Section):
    """A promotion policy."""

    api_version: Literal["weighbridge.dev/v1"] = Field(description="Version of this format.")
    kind: Literal["PromotionPolicy"] = Field(description="What the document is.")
    metadata: Metadata = Field(description="Name, version and owner.")
    spec: Spec = Field(description="What it demands.")

    @field_validator("spec")
    @classmethod
    def _demand_something(cls, value: Spec) -> Spec:
        if not any(getattr(value, name) for name in Spec.model_fields):
            wanted = "what a release must have: include, evidence, approvals, conditions …"
            raise fault("empty", "demands nothing", wanted=wanted)
        return value
