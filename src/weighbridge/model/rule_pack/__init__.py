"""The authored kind `RulePack`: rules of an organisation's own, judged by `check` beside ours.

The classes say what is legal in a document. Whether its expressions compile and its examples hold
is the gate's business.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from weighbridge.model.authoring.base import Section, UniqueBy, fault
from weighbridge.model.authoring.fields import Name, Text, Version
from weighbridge.model.authoring.rule_codes import is_ours
from weighbridge.model.rule_pack.rules import PackExample, PackRule, Retirement

__all__ = ["MAX_RULES", "PackExample", "PackRule", "Retirement", "RulePack"]

MAX_RULES = 100
"""Rules of one pack: each may need a language of its own, which is slow to set up."""


class PackOwner(Section):
    """Who answers for the pack."""

    team: Text = Field(description="The responsible team.")
    contact: Text | None = Field(None, description="Where the team is reached.")


class PackMetadata(Section):
    """Name, version and owner of the pack."""

    name: Name = Field(description="Name of the pack, the same in every version.")
    version: Version = Field(description="Version of the pack, always quoted.")
    owner: PackOwner = Field(description="Who answers for it.")


class PackSpec(Section):
    """What the pack holds."""

    rules: Annotated[
        list[PackRule], Field(min_length=1, max_length=MAX_RULES), UniqueBy("code")
    ] = Field(description="The rules. One that is retired stays in the list, so that it is told.")

    @field_validator("rules")
    @classmethod
    def _name_standing_successors(cls, value: list[PackRule]) -> list[PackRule]:
        standing = {rule.code for rule in value if rule.retired is None}
        for rule in value:
            after = rule.retired.successor if rule.retired else None
            if after is not None and after not in standing and not is_ours(after):
                message = f"has {after} in the place of {rule.code}, which is no rule of it"
                wanted = "a rule of the pack that is not retired itself, or one of ours"
                raise fault("successor", message, wanted=wanted)
        return value


class RulePack(Section):
    """A pack of rules."""

    api_version: Literal["weighbridge.dev/v1"] = Field(description="Version of this format.")
    kind: Literal["RulePack"] = Field(description="What the document is.")
    metadata: PackMetadata = Field(description="Name, version and owner.")
    spec: PackSpec = Field(description="Its rules.")

    @property
    def title(self) -> str:
        """Its name and version: `name@version`."""
        return f"{self.metadata.name}@{self.metadata.version}"
