"""The authored kind `ReleaseTemplate`: what manifests of one family have in common.

A manifest that names it in `extends` is a merge patch over its `spec.release`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from weighbridge.model.authoring.base import Section, SetBy
from weighbridge.model.authoring.fields import Name, Text, Version


class Hook(Section):
    """A place where special cases plug in: own steps, own inputs, own measures."""

    name: Name = Field(description="Its name.")
    at: Text = Field(description="The value of the manifest it is, such as `spec.processing.pre`.")
    description: Text = Field(description="What belongs there, and when it is needed.")
    required: bool | None = Field(None, description="Whether a manifest without it is refused.")


class Metadata(Section):
    """Name and purpose of the template."""

    name: Name = Field(description="Name of the template: the family it is for.")
    version: Version = Field(
        description="Its version, quoted; what it says never changes under the same one."
    )
    title: Text = Field(description="What it is for, in a line.")
    description: Text | None = Field(None, description="When to take it, and what it assumes.")


class Spec(Section):
    """What the template gives."""

    hooks: Annotated[list[Hook] | None, SetBy("name")] = Field(
        None, description="Places where special cases plug in."
    )
    release: dict[str, Any] = Field(
        description="Part of a ModelRelease: `metadata` and `spec` as far as the family has them."
    )


class ReleaseTemplate(Section):
    """What manifests of one family have in common."""

    api_version: Literal["weighbridge.dev/v1"] = Field(description="Version of this format.")
    kind: Literal["ReleaseTemplate"] = Field(description="What the document is.")
    metadata: Metadata = Field(description="Name and purpose.")
    spec: Spec = Field(description="What it gives.")
