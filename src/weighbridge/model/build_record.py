"""What was seen of a build: the command, what it read and wrote, and what it ran on.

Paths are relative to the folder the record was made for, as POSIX writes them, and absolute for
what lies outside of it. Nothing in here is a credential: what looked like one was left out where
it was seen, and its name alone is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# The codec reads the types of the fields, so these are no imports for the type checker alone.
from weighbridge.model.host import (  # noqa: TC001
    CLibrary,
    Gpus,
    Interpreter,
    Processor,
    Variable,
)
from weighbridge.model.image import InstalledPackage  # noqa: TC001


class Witness(StrEnum):
    """Who saw what the command did."""

    STRACE = "strace"
    """The kernel's tracer: every file and address, whatever opened it."""
    AUDIT_HOOK = "audit-hook"
    """Python's audit hook: not what C, Rust or another program opened. Partial."""
    NONE = "none"
    """Nobody: neither tracer nor Python was at hand."""


class Origin(StrEnum):
    """Who speaks of a file that was read."""

    DECLARED = "declared"
    """`--input`, or `spec.build.inputs`."""
    MANIFEST = "manifest"
    """The manifest itself, or one of its artifacts, locks or cards."""
    SOURCE = "source"
    """The commit that `spec.source` names: git knows the file, unchanged."""
    UNDECLARED = "undeclared"
    """Nobody."""


class FileGroup(StrEnum):
    """What the files belong to that are not named one by one."""

    INTERPRETER = "interpreter"
    """The interpreter's own modules and libraries."""
    PACKAGES = "packages"
    """Files of Python packages, listed in their RECORD; the packages are named."""
    SYSTEM = "system"
    """Programs, libraries and settings of the system; their packages are named."""
    KERNEL = "kernel"
    """What the kernel shows as files, and devices."""
    SCRATCH = "scratch"
    """What the command made for itself and removed, or left in a temporary folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildInput:
    """A file that was read.

    Attributes:
        path: Its path.
        digest: `sha256:` and 64 hexadecimal digits, taken after the run.
        size: Bytes.
        origin: Who speaks of it.
        changed: Whether it was changed while the command ran: then the digest may be of other
            bytes than those that were read.
    """

    path: str
    digest: str
    size: int
    origin: Origin
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOutput:
    """A file that was made.

    Attributes:
        path: Its path.
        digest: `sha256:` and 64 hexadecimal digits.
        size: Bytes.
    """

    path: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadFile:
    """A file that was opened and has no digest.

    Attributes:
        path: Its path.
        reason: Why, one clause.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Files that are told by their number, since what they belong to is named as a whole.

    Attributes:
        group: What they belong to.
        files: How many.
    """

    group: FileGroup
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonPackage:
    """A Python package the command could import.

    Attributes:
        name: Normalised name.
        version: Its version.
        record: Digest of the RECORD it was installed with; empty if it has none.
        read: How many of its files were read.
    """

    name: str
    version: str
    record: str = ""
    read: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeCompiler:
    """A compiler that made native code which was loaded, by what it wrote into it.

    Attributes:
        name: `GCC`, `clang` …
        version: Its version.
        files: How many of the files name it.
    """

    name: str
    version: str
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlasLibrary:
    """A library of linear algebra that was loaded.

    Attributes:
        name: `openblas`, `mkl`, `blis`.
        path: Its file.
        version: Its version; empty if it does not say.
        kernel: Which of its kernels runs on this processor (`Haswell`); empty if it does not say.
        threads: How many threads it computes with; 0 if it does not say.
    """

    name: str
    path: str
    version: str = ""
    kernel: str = ""
    threads: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedValue:
    """A seed of a random number generator.

    Attributes:
        name: Whose: `python`, `numpy`, `torch` …
        value: The seed.
    """

    name: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An address that was spoken to, or tried.

    Attributes:
        address: `host:port`, `unix:PATH`, or in words.
        local: Whether it does not leave this machine.
    """

    address: str
    local: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedProgram:
    """A program that was started.

    Attributes:
        path: Its file.
        times: How often.
    """

    path: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRecord:
    """A build that ended well.

    Attributes:
        command: The command and its arguments.
        working_directory: Folder it ran in, relative to the record's own folder.
        outputs: What it was to make, as it made it; in the order they were named.
        intermediates: What it was to leave on the way, likewise.
        inputs: Files it read, one by one, sorted.
        unread: Files it opened that have no digest, sorted.
        folded: Files it read that are told by their number.
        dead: Inputs that were declared and never opened, sorted.
        also_written: Other files it left, sorted.
        environment: Environment variables by name; values of those that are no secret.
        umask: Which permissions new files did not get.
        locale: The locale it could set from its environment; empty if it names none.
        timezone: `TZ` of its environment, or the machine's; empty if neither says.
        interpreter: The Python it ran; None if it ran none.
        packages: Python packages of that interpreter, sorted.
        system_packages: Packages of the system whose files were read, sorted.
        compilers: Compilers of the native code that was loaded, sorted.
        blas: Libraries of linear algebra that were loaded.
        system: Kernel, and its release.
        distribution: The operating system, by name and version; empty if it does not say.
        libc: The C library.
        processor: The processor.
        usable: Processors the command was allowed to use.
        memory: Bytes the machine has; None if it does not say.
        gpus: The GPUs and their driver.
        seeds: Seeds, as they were declared.
        commit: The commit checked out; empty without git.
        started: When it began (RFC 3339, UTC).
        finished: When it ended.
        witness: Who saw what it did.
        blind: Why some of what it did may not have been seen; empty if all was.
        connections: Addresses it spoke to or tried, sorted.
        programs: Programs it started, sorted.
        processes: How many processes it started, the first one included.
        threads: How many threads it started.
        cpu_milliseconds: Processor time of all its processes.
        wall_milliseconds: Time by the clock on the wall.
        peak_memory: Bytes its largest process held.
        exit_code: Its exit code.
        version: Version of weighbridge that made the record.
    """

    command: tuple[str, ...]
    working_directory: str
    outputs: tuple[BuildOutput, ...]
    intermediates: tuple[BuildOutput, ...] = ()
    inputs: tuple[BuildInput, ...] = ()
    unread: tuple[UnreadFile, ...] = ()
    folded: tuple[Folded, ...] = ()
    dead: tuple[str, ...] = ()
    also_written: tuple[str, ...] = ()
    environment: tuple[Variable, ...] = ()
    umask: int = 0o022
    locale: str = ""
    timezone: str = ""
    interpreter: Interpreter | None = None
    packages: tuple[PythonPackage, ...] = ()
    system_packages: tuple[InstalledPackage, ...] = ()
    compilers: tuple[NativeCompiler, ...] = ()
    blas: tuple[BlasLibrary, ...] = ()
    system: str
    distribution: str = ""
    libc: CLibrary
    processor: Processor
    usable: int
    memory: int | None = None
    gpus: Gpus
    seeds: tuple[SeedValue, ...] = ()
    commit: str = ""
    started: str
    finished: str
    witness: Witness
    blind: str = ""
    connections: tuple[Connection, ...] = ()
    programs: tuple[StartedProgram, ...] = ()
    processes: int = 1
    threads: int = 0
    cpu_milliseconds: int
    wall_milliseconds: int
    peak_memory: int = 0
    exit_code: int = 0
    version: str

    @property
    def partial(self) -> bool:
        """Whether files may have been read that nobody saw."""
        return self.witness is not Witness.STRACE or bool(self.blind)

    @property
    def undeclared(self) -> tuple[BuildInput, ...]:
        """Inputs nobody speaks of."""
        return tuple(one for one in self.inputs if one.origin is Origin.UNDECLARED)

    @property
    def network(self) -> tuple[Connection, ...]:
        """Addresses beyond this machine."""
        return tuple(one for one in self.connections if not one.local)
