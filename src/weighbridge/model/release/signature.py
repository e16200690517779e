"""`spec.signature`, `spec.processing`: what goes into the model, what comes out, by which steps."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from weighbridge.model.authoring.base import Section, UniqueBy
from weighbridge.model.authoring.fields import Digest, Key, Text
from weighbridge.model.authoring.opens import FORMED
from weighbridge.model.release.forms import EntryPoint

DataType = Literal[
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "string",
    "bytes",
    "datetime",
]

Dimension = Annotated[int, Field(ge=-1, le=1 << 40)]


class Tensor(Section):
    """An input or output of the model."""

    name: Text = Field(description="Name the model gives it.")
    dtype: DataType = Field(
        description="Type of its elements: NumPy's word for an Open Inference Protocol type."
    )
    shape: list[Dimension] | None = Field(
        None, description="Dimensions, outermost first; -1 fits any size. None for a scalar."
    )


class Signature(Section):
    """What the model takes and what it answers."""

    inputs: Annotated[list[Tensor] | None, UniqueBy("name")] = Field(
        None, description="What it takes, in order."
    )
    outputs: Annotated[list[Tensor] | None, UniqueBy("name")] = Field(
        None, description="What it answers, in order."
    )


class ProcessingStep(Section):
    """One step before or behind the model."""

    name: Text = Field(description="Name of the step.")
    entrypoint: EntryPoint | None = Field(
        None, description="Code that does it: `module:function`, as in entry points."
    )
    digest: Digest | None = Field(None, description="Digest of the file that code is in.")
    parameters: Annotated[dict[Key, Any] | None, FORMED] = Field(
        None, description="What the step is called with."
    )


class Processing(Section):
    """Steps before and behind the model."""

    pre: Annotated[list[ProcessingStep] | None, UniqueBy("name")] = Field(
        None, description="Steps before the model, in order."
    )
    post: Annotated[list[ProcessingStep] | None, UniqueBy("name")] = Field(
        None, description="Steps behind the model, in order."
    )
