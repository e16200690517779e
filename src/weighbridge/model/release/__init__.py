"""The authored manifest: `kind: ModelRelease`, one class a section.

The classes say what is legal in a document and what each value's canonical form is. Whether the
document tells the truth is not their business: that is what rules are for.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weighbridge.model.authoring.base import TODO, Section, SetBy, Unsealed
from weighbridge.model.authoring.fields import Key
from weighbridge.model.release.artifacts import MANY_FILES, Artifact
from weighbridge.model.release.build import Build
from weighbridge.model.release.compatibility import Compatibility
from weighbridge.model.release.dependencies import Dependencies, LockFile
from weighbridge.model.release.environment import Environment
from weighbridge.model.release.evaluation import Evaluation
from weighbridge.model.release.flags import Flag
from weighbridge.model.release.forms import TemplateReference
from weighbridge.model.release.governance import Governance
from weighbridge.model.release.identity import Model, Source
from weighbridge.model.release.lineage import Card, Lineage
from weighbridge.model.release.metadata import Metadata
from weighbridge.model.release.observability import Observability
from weighbridge.model.release.parameters import Parameter
from weighbridge.model.release.rollout import FailureMode, Rollback, Rollout
from weighbridge.model.release.services import ExternalService
from weighbridge.model.release.signature import Processing, Signature

__all__ = [
    "Artifact",
    "LockFile",
    "ModelRelease",
    "Parameter",
    "Spec",
]


class Spec(Section):
    """What the release is."""

    source: Source = Field(description="The commit it was made from; `{}` lets `seal` ask git.")
    model: Model = Field(description="What the model is.")
    signature: Signature | None = Field(None, description="What it takes and what it answers.")
    processing: Processing | None = Field(None, description="Steps before and behind the model.")
    environment: Environment = Field(description="What it runs in.")
    dependencies: Dependencies = Field(description="What it needs.")
    compatibility: Compatibility | None = Field(None, description="What it is meant to run on.")
    parameters: dict[Key, Parameter] | None = Field(None, description="Every knob, by name.")
    flags: dict[Key, Flag] | None = Field(None, description="Feature flags, by name.")
    artifacts: Annotated[list[Artifact], SetBy("name"), Field(min_length=1), MANY_FILES] = Field(
        description="Every file it consists of."
    )
    build: Build | None = Field(None, description="How it was made.")
    evaluation: Evaluation | None = Field(None, description="What it must do, how well, how fast.")
    rollout: Rollout | None = Field(None, description="How it reaches its users.")
    failure_modes: Annotated[list[FailureMode] | None, SetBy("id")] = Field(
        None, description="Ways to fail that were thought of beforehand."
    )
    rollback: Rollback | None = Field(None, description="How it is undone.")
    observability: Observability | None = Field(
        None, description="Metrics, alerts, objectives, logs and traces."
    )
    external_services: Annotated[list[ExternalService] | None, SetBy("name")] = Field(
        None, description="Services it calls."
    )
    governance: Governance | None = Field(None, description="Who may do what.")
    lineage: Lineage | None = Field(None, description="What the model was made from.")
    card: Card | None = Field(None, description="The page that describes the model.")

    def files(self) -> list[tuple[str, Artifact]]:
        """List what the release consists of, each part with its JSON pointer.

        These are its artifacts, and its card where that is none of them.
        """
        found = [(f"/spec/artifacts/{index}", one) for index, one in enumerate(self.artifacts)]
        card = self.card
        if card is not None and card.path not in (TODO, *(one.path for one in self.artifacts)):
            page = Artifact.model_construct(
                name="card", role="card", path=card.path, digest=card.digest
            )
            found.append(("/spec/card", page))
        return found


class ModelRelease(Section):
    """A model release."""

    api_version: Literal["weighbridge.dev/v1"] = Field(description="Version of this format.")
    kind: Literal["ModelRelease"] = Field(description="What the document is.")
    extends: Annotated[TemplateReference | None, Unsealed()] = Field(
        None, description="The template this document is a merge patch over: `name@version`."
    )
    metadata: Metadata = Field(description="Name, version and owner.")
    spec: Spec = Field(description="What the release is.")
