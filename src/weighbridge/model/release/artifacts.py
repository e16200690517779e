"""`spec.artifacts`: every file the release consists of, in the words of OCI descriptors."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from weighbridge.model.authoring.fields import Digest, MediaType, Name, Path, Size, Text
from weighbridge.model.release.at_most import AtMost
from weighbridge.model.release.located import Located

Role = Literal[
    "weights",
    "tokenizer",
    "preprocessing",
    "featureDefinitions",
    "featureStore",
    "schema",
    "code",
    "dataset",
    "card",
]

MANY_FILES = AtMost(10_000, hint="list a folder of files as one artifact: path: FOLDER")
"""More artifacts than a person can read: the listing of a folder is kept out of the manifest."""


class Artifact(Located):
    """A file or directory of the release."""

    name: Name = Field(description="Name, unique within the release.")
    role: Role = Field(description="What it is for.")
    path: Path | None = Field(
        None, description="Path of a file or directory, relative to the manifest's folder."
    )
    uri: Text | None = Field(
        None, description="Address, for what does not lie beside the manifest."
    )
    media_type: MediaType | None = Field(None, description="Media type (RFC 6838).")
    format: Text | None = Field(None, description="Format, such as `onnx` or `safetensors`.")
    size: Size | None = Field(None, description="Size in bytes.")
    digest: Digest | None = Field(
        None, description="Digest of its bytes, or of the listing of a directory."
    )
    version: Text | None = Field(None, description="Version of the artifact.")
