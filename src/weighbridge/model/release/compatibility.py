"""`spec.compatibility`: the exact combinations the release is meant to run on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weighbridge.model.authoring.base import Section, SetBy
from weighbridge.model.authoring.fields import Name, Text, Version
from weighbridge.model.release.forms import ComputeCapability, CpuLevel, PythonVersion


class Cuda(Section):
    """What the target's NVIDIA stack is."""

    toolkit: Version | None = Field(None, description="Version of the CUDA toolkit, quoted.")
    driver: Version | None = Field(None, description="Version of the driver, quoted.")
    compute_capability: list[ComputeCapability] | None = Field(
        None, description="Compute capabilities of its GPUs, quoted."
    )


class Orchestrator(Section):
    """What runs the containers of the target."""

    kind: Name = Field(description="Kind, such as `kubernetes`.")
    version: Version | None = Field(None, description="Version, quoted.")


class Target(Section):
    """One exact combination."""

    name: Name = Field(description="Name of the target.")
    os: Literal["linux", "macos", "windows"] = Field(description="Operating system.")
    os_version: Version | None = Field(None, description="Version of the operating system, quoted.")
    arch: Literal["x86_64", "aarch64", "armv7l", "i686", "ppc64le", "riscv64", "s390x"] = Field(
        description="Processor architecture; `amd64` is `x86_64`, `arm64` is `aarch64`."
    )
    cpu: CpuLevel | None = Field(None, description="Oldest processors meant, as a level.")
    libc: Literal["glibc", "musl"] | None = Field(None, description="C library (Linux).")
    libc_version: Version | None = Field(None, description="Version of the C library, quoted.")
    python: PythonVersion | None = Field(None, description="Version of Python, quoted.")
    implementation: Literal["cpython", "pypy"] | None = Field(
        None, description="Implementation of Python; `cpython` if not set."
    )
    cuda: Cuda | None = Field(None, description="The NVIDIA stack, where there is one.")
    container_runtime: Text | None = Field(None, description="Container runtime and its version.")
    orchestrator: Orchestrator | None = Field(None, description="What runs the containers.")


class Compatibility(Section):
    """What the release is meant to run on."""

    targets: Annotated[list[Target] | None, SetBy("name")] = Field(
        None, description="Exact combinations; whether each is validated stands in the ledger."
    )
