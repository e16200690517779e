"""A policy bundle: a policy with everything it refers to; nothing else is needed to decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.policy import Condition, PromotionPolicy
    from weighbridge.model.policy.shapes import Speech
    from weighbridge.model.report import RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleLimits:
    """Budgets of a bundle.

    Attributes:
        files: Data files.
        data: Bytes of all data files.
        bundle: Bytes of the bundle as it is stored.
    """

    files: int = 64
    data: int = 4 << 20
    bundle: int = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandedRules:
    """The rules a policy demands, as they were when it was published.

    Attributes:
        name: Name of the rule set.
        rule_set: Version and digest of the rules.
        codes: Their codes, sorted.
    """

    name: str
    rule_set: RuleSet
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCondition:
    """A condition and where it comes from.

    Attributes:
        condition: The condition.
        origin: Name of the policy it stands in: this one, or one that is included.
        pointer: JSON pointer of it in that policy.
    """

    condition: Condition
    origin: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyBundle:
    """A policy with everything it refers to.

    Attributes:
        policy: The policy, in its resolved form.
        included: The policies whose conditions it includes, by what it includes them as.
        data: What its expressions see as `data`, by name: plain JSON without decimals.
        rules: The rules it demands.
        speech: What its expressions were checked against; empty in a bundle of old.
    """

    policy: PromotionPolicy
    included: Mapping[str, PromotionPolicy]
    data: Mapping[str, Any]
    rules: DemandedRules
    speech: Speech = field(default_factory=dict)

    def conditions(self) -> tuple[PlacedCondition, ...]:
        """List every condition, the included ones too, in the order of their ids."""
        sources = [self.policy, *(self.included[name] for name in sorted(self.included))]
        found = [
            PlacedCondition(
                condition=condition,
                origin=policy.metadata.name,
                pointer=f"/spec/conditions/{index}",
            )
            for policy in sources
            for index, condition in enumerate(policy.spec.conditions or ())
        ]
        return tuple(sorted(found, key=lambda placed: placed.condition.id))
