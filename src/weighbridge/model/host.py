"""A machine as it was observed: system, processor, memory, accelerators, variables.

Nothing in here is a credential: what looked like one was masked where it was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.fact import PythonEnvironment, Unavailable
    from weighbridge.model.image import InstalledPackage, OsRelease
    from weighbridge.model.installed import InstalledFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python interpreter, by what its build says of itself.

    Attributes:
        implementation: `cpython`, `pypy` …
        version: Patch level version.
        compiler: What it was compiled with, or empty if nothing says so.
        soabi: The tag of extension modules made for it, or empty.
        abi_flags: Its ABI flags.
        free_threaded: Whether it was built without a GIL; None if nothing says so.
        gil: Whether the GIL is on in the running one; None of one that does not run.
        configuration: Digest of its build's variables, or empty.
        source: What said so: `the running interpreter`, or the path of a file.
    """

    implementation: str
    version: str
    compiler: str = ""
    soabi: str = ""
    abi_flags: str = ""
    free_threaded: bool | None = None
    gil: bool | None = None
    configuration: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CLibrary:
    """The C library and its companion for C++.

    Attributes:
        kind: `glibc`, `musl`, or empty if neither is known.
        version: Its version, or empty.
        cxx: Newest symbol version of libstdc++ (`GLIBCXX_3.4.30`), or empty without one.
    """

    kind: str = ""
    version: str = ""
    cxx: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """The processor.

    Attributes:
        architecture: `x86_64`, `aarch64` …
        model: What it calls itself, or empty.
        level: The highest level of x86-64 it has (`x86-64-v3`), or empty on another.
        microarchitecture: What archspec calls it; empty without that.
        features: Its features as the kernel calls them, sorted.
        count: How many the system has.
    """

    architecture: str
    model: str = ""
    level: str = ""
    microarchitecture: str = ""
    features: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Memory and what a control group leaves of the machine.

    Attributes:
        total: Bytes the machine has; None if it does not say.
        limit: Bytes the control group may use; None if all.
        processors: How many processors' time the control group may use, such as `1.5`; empty if
            all.
    """

    total: int | None = None
    limit: int | None = None
    processors: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """A GPU.

    Attributes:
        name: What it is called.
        memory: Its memory in bytes; None if it does not say.
        compute_capability: Such as `8.0`, or empty.
        mig: Whether it is partitioned (Multi-Instance GPU); None where that is not supported.
        ecc: Whether its memory corrects errors; None where that is not supported.
    """

    name: str
    memory: int | None = None
    compute_capability: str = ""
    mig: bool | None = None
    ecc: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpus:
    """The NVIDIA driver and its GPUs.

    Attributes:
        driver: Version of the driver; empty if there is none.
        cuda: Newest version of CUDA the driver serves, or empty.
        devices: The GPUs in the driver's order.
        unseen: Why they could not be asked, though there is a driver; else empty.
    """

    driver: str = ""
    cuda: str = ""
    devices: tuple[Gpu, ...] = ()
    unseen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What hints at a container.

    Attributes:
        kind: `docker`, `podman`, `kubernetes` …; empty if nothing does.
        id: Its id, or empty.
        image: Name of its image, or empty.
        image_id: Id of its image, or empty.
    """

    kind: str = ""
    id: str = ""
    image: str = ""
    image_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An environment variable.

    Attributes:
        name: Its name; masked if that is itself a credential.
        value: Its value, of the few whose value is shown; else None.
        masked: What the value was taken for, if that is why it is not shown.
    """

    name: str
    value: str | None = None
    masked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A machine.

    Attributes:
        system: `linux`, `darwin` …
        kernel: Name and release of the kernel.
        os: Its distribution, or why it is not known.
        libc: The C library.
        processor: The processor.
        memory: Memory and limits.
        gpus: The NVIDIA driver and its GPUs.
        container: The container this runs in.
        packages: Packages of the operating system, sorted, or why they are not known.
        snapshots: Points in time its package sources are fixed to, sorted.
        variables: Environment variables by name.
    """

    system: str
    kernel: str
    os: OsRelease | Unavailable
    libc: CLibrary
    processor: Processor
    memory: Memory
    gpus: Gpus
    container: Container
    packages: Sequence[InstalledPackage] | Unavailable
    snapshots: tuple[str, ...] = ()
    variables: Sequence[Variable] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedEnvironment:
    """A Python environment and the machine it was found on.

    Attributes:
        python: The environment, or why there is none to speak of.
        interpreter: Its interpreter.
        installed: Its files, verified.
        host: The machine.
    """

    python: PythonEnvironment | Unavailable
    interpreter: Interpreter | Unavailable
    installed: InstalledFiles | Unavailable
    host: Host
