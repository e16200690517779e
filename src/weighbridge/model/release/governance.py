"""`spec.governance`: who may do what. It can only tighten what a policy says."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weighbridge.model.authoring.base import Section
from weighbridge.model.authoring.fields import Duration, Text

Demand = Literal["required", "optional", "none"]


class Approvers(Section):
    """Whose approval the release asks for."""

    min: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        None, description="How many different people must approve."
    )
    roles: list[Text] | None = Field(None, description="Roles whose holders may approve.")


class Encryption(Section):
    """Where the release asks for encryption."""

    at_rest: Demand | None = Field(None, description="Of stored bytes.")
    in_transit: Demand | None = Field(None, description="Of bytes on the wire.")


class Secrets(Section):
    """How the release's secrets are kept."""

    rotation: Duration | None = Field(None, description="How old a secret may grow.")


class Governance(Section):
    """Who may create, approve and deploy the release."""

    creators: list[Text] | None = Field(None, description="Who may make releases.")
    approvers: Approvers | None = Field(None, description="Whose approval is asked for.")
    deployers: list[Text] | None = Field(None, description="Who may deploy.")
    encryption: Encryption | None = Field(None, description="Where encryption is asked for.")
    secrets: Secrets | None = Field(None, description="How secrets are kept.")
    retention: Duration | None = Field(None, description="How long the release is kept.")
    audit: Text | None = Field(None, description="Where its audit trail is kept.")
