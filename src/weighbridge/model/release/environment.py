"""`spec.environment`: what the release runs in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weighbridge.model.authoring.base import Section, SetBy, UniqueBy
from weighbridge.model.authoring.fields import Count, Digest, Key, Name, Text, Version
from weighbridge.model.release.forms import (
    ImageReference,
    KernelName,
    PackageName,
    PackageVersion,
    Snapshot,
)
from weighbridge.model.release.placement import Placement
from weighbridge.model.release.quantities import Cpu, Memory


class BaseImage(Section):
    """The image another one was built from."""

    ref: ImageReference = Field(description="Name of the image, without its digest.")
    digest: Digest = Field(description="Digest of its manifest or index.")


class Image(Section):
    """The container image the release runs in."""

    ref: ImageReference = Field(description="Name of the image, without its digest.")
    digest: Digest = Field(description="Digest of its manifest or index.")
    base: BaseImage | None = Field(None, description="The image it was built from.")
    build_steps: list[Text] | None = Field(
        None, description="How it was built, a step an entry, in order."
    )


class OsPackage(Section):
    """A package of the operating system."""

    name: PackageName = Field(description="Name of the package.")
    version: PackageVersion = Field(description="Its exact version, quoted.")


class OperatingSystem(Section):
    """The operating system below the language runtime."""

    distribution: Name = Field(description="Distribution, such as `debian` (`ID` of os-release).")
    release: Version | None = Field(None, description="Release, quoted, such as `12`.")
    snapshot: Snapshot | None = Field(
        None, description="Day or time of the package archive that is installed from."
    )
    packages: Annotated[list[OsPackage] | None, SetBy("name")] = Field(
        None, description="Packages it needs beside those of the base image."
    )


class Runtime(Section):
    """The language runtime, to the patch level."""

    implementation: Literal["cpython", "pypy", "graalpy"] = Field(
        description="Implementation of Python."
    )
    version: Version = Field(description="Version to the patch level, quoted, such as `3.11.7`.")


class Accelerator(Section):
    """Accelerators of one type."""

    type: Text = Field(description="Type, such as `nvidia.com/gpu` or `nvidia-a100-80gb`.")
    count: Annotated[Count, Field(ge=1)] = Field(description="How many of them.")
    memory: Memory | None = Field(None, description="Memory each of them has at least.")


class Amounts(Section):
    """Processor time, memory and accelerators, in Kubernetes' quantities."""

    cpu: Cpu | None = Field(None, description="Processor time: `500m` is half a core.")
    memory: Memory | None = Field(None, description="Memory: `512Mi`, `16Gi`.")
    accelerators: Annotated[list[Accelerator] | None, UniqueBy("type")] = Field(
        None, description="Accelerators, by type."
    )


class Resources(Section):
    """What a replica asks for and what it may use at most."""

    requests: Amounts | None = Field(None, description="What a replica is given.")
    limits: Amounts | None = Field(None, description="What a replica may use at most.")


class KernelSetting(Section):
    """A setting of the kernel."""

    name: KernelName = Field(description="Its name, such as `net.core.somaxconn`.")
    value: Text = Field(description="Its value, quoted.")


class UserLimit(Section):
    """A limit of a process (`setrlimit`), in Compose's words."""

    name: Name = Field(description="Its name, such as `nofile`.")
    soft: Annotated[int, Field(ge=-1)] = Field(description="Soft limit; -1 for none.")
    hard: Annotated[int, Field(ge=-1)] | None = Field(None, description="Hard limit; -1 for none.")


class System(Section):
    """Knobs of the process and the system around it."""

    env: dict[Key, str] | None = Field(
        None, description="Environment variables; secrets go by reference, never by value."
    )
    args: list[str] | None = Field(None, description="Arguments of the server's command, in order.")
    sysctls: Annotated[list[KernelSetting] | None, SetBy("name")] = Field(
        None, description="Settings of the kernel."
    )
    ulimits: Annotated[list[UserLimit] | None, SetBy("name")] = Field(
        None, description="Limits of the process."
    )
    threads: Annotated[Count, Field(ge=1)] | None = Field(
        None, description="Threads the numeric libraries may use."
    )


class Environment(Section):
    """What the release runs in."""

    image: Image | None = Field(None, description="The container image.")
    os: OperatingSystem | None = Field(None, description="The operating system.")
    runtime: Runtime = Field(description="The language runtime.")
    resources: Resources | None = Field(None, description="What a replica needs and may use.")
    placement: Placement | None = Field(None, description="Where replicas may run.")
    system: System | None = Field(None, description="Knobs of the process and the system.")
    replicate: Text | None = Field(
        None,
        description="How to replicate it in a sandbox or in staging, beside the generated steps.",
    )
