"""`spec.source` and `spec.model`: where the release came from and what the model is."""

from __future__ import annotations

from pydantic import Field

from weighbridge.model.authoring.base import Section
from weighbridge.model.authoring.fields import Commit, Text, Version


class Source(Section):
    """The git commit the release was made from; `seal` fills what is left out."""

    repo: Text | None = Field(None, description="Address of the repository, without credentials.")
    commit: Commit | None = Field(None, description="Commit, 40 or 64 hexadecimal digits.")
    ref: Text | None = Field(None, description="Branch or tag the commit was taken from.")
    dirty: bool | None = Field(None, description="Whether files differed from the commit.")


class Model(Section):
    """What the model is."""

    name: Text = Field(description="Name of the model.")
    version: Text | None = Field(None, description="Version of the model itself.")
    family: Text | None = Field(None, description="Model family, such as `onnx-classifier`.")
    task: Text | None = Field(None, description="What it does, such as `classification`.")
    format: Text | None = Field(None, description="Format of its weights, such as `onnx`.")
    format_version: Text | None = Field(None, description="Version of that format.")
    framework: Text | None = Field(None, description="Framework that wrote it.")
    framework_version: Version | None = Field(None, description="Version of that framework.")
    license: Text | None = Field(None, description="Licence (SPDX expression).")
