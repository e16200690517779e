"""Build records for tests."""

from __future__ import annotations

from weighbridge.model.build_record import (
    BlasLibrary,
    BuildInput,
    BuildOutput,
    BuildRecord,
    Connection,
    FileGroup,
    Folded,
    NativeCompiler,
    Origin,
    PythonPackage,
    SeedValue,
    StartedProgram,
    UnreadFile,
    Witness,
)
from weighbridge.model.host import CLibrary, Gpus, Interpreter, Processor, Variable
from weighbridge.model.image import InstalledPackage


def digest(letter: str) -> str:
    return f"sha256:{letter * 64}"


def whole_record() -> BuildRecord:
    """Make a record with something in each of its fields."""
    return BuildRecord(
        command=("python", "train.py", "--epochs", "3"),
        working_directory=".",
        outputs=(BuildOutput(path="model.json", digest=digest("a"), size=10),),
        intermediates=(BuildOutput(path="split.json", digest=digest("b"), size=2),),
        inputs=(
            BuildInput(path="data/a.csv", digest=digest("c"), size=0, origin=Origin.DECLARED),
            BuildInput(
                path="/srv/b.csv",
                digest=digest("d"),
                size=5,
                origin=Origin.UNDECLARED,
                changed=True,
            ),
        ),
        unread=(UnreadFile(path="gone.csv", reason="it was removed"),),
        folded=(Folded(group=FileGroup.PACKAGES, files=812),),
        dead=("data/old.csv",),
        also_written=("log.txt",),
        environment=(
            Variable(name="OMP_NUM_THREADS", value="1"),
            Variable(name="TOKEN", masked="Secret Keyword"),
        ),
        umask=0o077,
        locale="C.UTF-8",
        timezone="UTC",
        interpreter=Interpreter(implementation="cpython", version="3.11.2", gil=True),
        packages=(PythonPackage(name="numpy", version="2.4.0", record=digest("e"), read=40),),
        system_packages=(
            InstalledPackage(manager="dpkg", name="libc6", version="2.36-9", architecture="amd64"),
        ),
        compilers=(NativeCompiler(name="GCC", version="10.2.1", files=12),),
        blas=(BlasLibrary(name="openblas", path="/x/libopenblas.so", kernel="Haswell", threads=2),),
        system="Linux 6.1.0",
        distribution="Debian GNU/Linux 12",
        libc=CLibrary(kind="glibc", version="2.36"),
        processor=Processor(architecture="x86_64", level="x86-64-v3", features=("avx2",), count=2),
        usable=2,
        memory=8 << 30,
        gpus=Gpus(),
        seeds=(SeedValue(name="numpy", value=0),),
        commit="f" * 40,
        started="2026-01-02T03:04:05Z",
        finished="2026-01-02T03:05:05Z",
        witness=Witness.STRACE,
        connections=(Connection(address="10.0.0.1:443", local=False),),
        programs=(StartedProgram(path="/usr/bin/python3", times=1),),
        processes=2,
        threads=1,
        cpu_milliseconds=900,
        wall_milliseconds=60_000,
        peak_memory=1 << 20,
        exit_code=0,
        version="0.1",
    )
