"""The authored kinds: what people write, and how to speak of each.

Their classes are not imported here: who reads a manifest need not wait for those of policies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.model.authoring.base import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One authored kind.

    Attributes:
        name: What stands under `kind`, and the name of its class.
        noun: What people call such a document.
        schema_file: File name of its JSON Schema.
        advice: How to come by one.
        drafts: Whether `TODO` may stand in it for what is yet to be said.
    """

    name: str
    noun: str
    schema_file: str
    advice: str
    drafts: bool = False


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="ModelRelease",
            noun="manifest",
            schema_file="model-release.schema.json",
            advice="run `weighbridge init` to write a manifest",
            drafts=True,
        ),
        Kind(
            name="ReleaseTemplate",
            noun="template",
            schema_file="release-template.schema.json",
            advice="run `weighbridge template new NAME` to begin one",
            drafts=True,
        ),
        Kind(
            name="PromotionPolicy",
            noun="policy",
            schema_file="promotion-policy.schema.json",
            advice="run `weighbridge schema PromotionPolicy` to see what a policy is",
        ),
        Kind(
            name="Environment",
            noun="environment",
            schema_file="environment.schema.json",
            advice="run `weighbridge schema Environment` to see what an environment is",
        ),
        Kind(
            name="RulePack",
            noun="rule pack",
            schema_file="rule-pack.schema.json",
            advice="run `weighbridge schema RulePack` to see what a rule pack is",
        ),
    )
}
"""Every authored kind, by name."""


def kind_of(model: type[Section]) -> Kind:
    """Find the kind a class stands for."""
    return KINDS[model.__name__]
