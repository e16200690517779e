"""`spec.build`: how the release was made, so that it can be made again."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from weighbridge.model.authoring.base import Said, Section, SetBy, UniqueBy
from weighbridge.model.authoring.fields import (
    MAX_INTEGER,
    Amount,
    Digest,
    Key,
    Name,
    Path,
    Text,
    Version,
)
from weighbridge.model.release.environment import Accelerator
from weighbridge.model.release.located import Located
from weighbridge.model.release.quantities import Memory


class Tolerance(Section):
    """How far a number may be off; within either of both is near enough."""

    absolute: Amount | None = Field(None, description="Largest difference.")
    relative: Amount | None = Field(None, description="Largest share of the expected value.")


class Resource(Located):
    """A file that went into the build or came out of it (SLSA ResourceDescriptor)."""

    name: Text | None = Field(None, description="Name, for people.")
    path: Path | None = Field(None, description="Path relative to the manifest's folder.")
    uri: Text | None = Field(
        None, description="Address, for what does not lie beside the manifest."
    )
    digest: Digest | None = Field(None, description="Digest of its bytes.")


class Variable(Section):
    """An environment variable of the build."""

    name: Key = Field(description="Its name.")
    value: str | None = Field(None, description="Its value; left out if it is secret.")


class Seed(Section):
    """A seed of a random number generator."""

    name: Name = Field(description="Whose seed, such as `python`, `numpy`, `torch`.")
    value: Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)] = Field(description="The seed.")


class Compiler(Section):
    """A compiler that made native code of the release."""

    name: Text = Field(description="Its name, such as `gcc`.")
    version: Version | None = Field(None, description="Its version, quoted.")


class Hardware(Section):
    """The machine it was made on."""

    cpu: Text | None = Field(None, description="Processor, such as `AMD EPYC 9554`.")
    memory: Memory | None = Field(None, description="Memory of the machine.")
    accelerators: Annotated[list[Accelerator] | None, UniqueBy("type")] = Field(
        None, description="Accelerators, by type."
    )


class Build(Section):
    """How the release was made."""

    command: list[str] | None = Field(None, description="The command and its arguments, in order.")
    working_directory: Path | None = Field(
        None, description="Folder it ran in, relative to the manifest's."
    )
    environment: Annotated[list[Variable] | None, SetBy("name"), Said()] = Field(
        None, description="Environment variables it ran with."
    )
    inputs: Annotated[list[Resource] | None, Said()] = Field(
        None, description="What it read: data, base model, code."
    )
    outputs: list[Resource] | None = Field(None, description="What it wrote.")
    seeds: Annotated[list[Seed] | None, SetBy("name"), Said()] = Field(
        None, description="Seeds of random number generators."
    )
    compiler: Annotated[list[Compiler] | None, UniqueBy("name"), Said()] = Field(
        None, description="Compilers of native code."
    )
    hardware: Hardware | None = Field(None, description="The machine it ran on.")
    tolerance: Tolerance | None = Field(
        None, description="How far a rebuilt model's numbers may be off."
    )
