"""The authored manifest: `kind: ModelRelease`, one class a section.

The classes say what is legal in a document and what each value's canonical form is. Whether the
document tells the truth is not their business: that is what rules are for.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weighbridge.model.release.artifacts import MANY_FILES, Artifact
from weighbridge.model.release.base import TODO, Section, SetBy
from weighbridge.model.release.dependencies import Dependencies, LockFile
from weighbridge.model.release.environment import Environment
from weighbridge.model.release.fields import Key
from weighbridge.model.release.governance import Governance
from weighbridge.model.release.identity import Model, Source
from weighbridge.model.release.metadata import Metadata
from weighbridge.model.release.parameters import Parameter
from weighbridge.model.release.rollout import Rollout

__all__ = [
    "API_VERSION",
    "KIND",
    "TODO",
    "Artifact",
    "LockFile",
    "ModelRelease",
    "Parameter",
    "Spec",
]

API_VERSION = "weighbridge.dev/v1"
KIND = "ModelRelease"


class Spec(Section):
    """What the release is."""

    source: Source = Field(description="The commit it was made from; `{}` lets `seal` ask git.")
    model: Model = Field(description="What the model is.")
    environment: Environment = Field(description="What it runs in.")
    dependencies: Dependencies = Field(description="What it needs.")
    parameters: dict[Key, Parameter] | None = Field(None, description="Every knob, by name.")
    artifacts: Annotated[list[Artifact], SetBy("name"), Field(min_length=1), MANY_FILES] = Field(
        description="Every file it consists of."
    )
    rollout: Rollout | None = Field(None, description="How it reaches its users.")
    governance: Governance | None = Field(None, description="Who may do what.")


class ModelRelease(Section):
    """A model release."""

    api_version: Literal["weighbridge.dev/v1"] = Field(description="Version of this format.")
    kind: Literal["ModelRelease"] = Field(description="What the document is.")
    metadata: Metadata = Field(description="Name, version and owner.")
    spec: Spec = Field(description="What the release is.")
