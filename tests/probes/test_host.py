from __future__ import annotations

import sqlite3
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from weighbridge.model.fact import Unavailable
from weighbridge.model.host import CLibrary, Container, Gpu, Gpus, Memory, Variable
from weighbridge.model.image import InstalledPackage, OsRelease
from weighbridge.probes.host import observe_host
from weighbridge.probes.host.gpus import observe_gpus
from weighbridge.probes.host.processor import level_of
from weighbridge.probes.host.variables import observe_variables, recorded_variables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.host import Host

V2 = "cmov cx8 fpu fxsr mmx syscall sse sse2 cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"
V3 = f"{V2} abm avx avx2 bmi1 bmi2 f16c fma movbe xsave"
ID = "ab" * 32


def lay_out(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def host(
    root: Path,
    files: Mapping[str, str | bytes] = MappingProxyType({}),
    environ: Mapping[str, str] = MappingProxyType({}),
) -> Host:
    return observe_host(environ=environ, root=lay_out(root, files))


def test_this_machine_is_observed() -> None:
    found = observe_host(environ={})
    assert found.kernel
    assert found.processor.architecture
    assert found.processor.count > 0


def test_a_machine_that_says_nothing(tmp_path: Path) -> None:
    found = host(tmp_path)
    assert (found.system, found.kernel, found.libc) == ("linux", "", CLibrary())
    assert isinstance(found.os, Unavailable)
    assert isinstance(found.packages, Unavailable)
    assert (found.memory, found.gpus, found.container) == (Memory(), Gpus(), Container())
    assert (found.processor.level, found.processor.count) == ("", 0)


def test_what_debian_says_of_itself(tmp_path: Path) -> None:
    status = "Package: b\nVersion: 2\nArchitecture: all\nStatus: install ok installed\n\n"
    glibc = b"\0GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.\n"
    symbols = b"\0GLIBCXX_3.4\0GLIBCXX_3.4.9\0GLIBCXX_3.4.30\0GLIBCXX_DEBUG\0"
    snapshot = "deb http://snapshot.debian.org/archive/debian/20260101T000000Z bookworm main\n"
    found = host(
        tmp_path,
        {
            "etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
            "proc/sys/kernel/ostype": "Linux\n",
            "proc/sys/kernel/osrelease": "6.1.0\n",
            "var/lib/dpkg/status": status,
            "var/lib/dpkg/status.d/a": "Package: a\nVersion: 1\n",
            "lib/x86_64-linux-gnu/libc.so.6": glibc,
            "usr/lib/x86_64-linux-gnu/libstdc++.so.6": symbols,
            "etc/apt/sources.list": f"# {snapshot.replace('2026', '2025')}{snapshot}",
            "etc/apt/sources.list.d/x.sources": "Snapshot: 20260202T000000Z\n",
        },
    )
    assert found.os == OsRelease(id="debian", version="12")
    assert found.kernel == "Linux 6.1.0"
    assert found.libc == CLibrary(kind="glibc", version="2.36", cxx="GLIBCXX_3.4.30")
    assert found.packages == (
        InstalledPackage(manager="dpkg", name="a", version="1"),
        InstalledPackage(manager="dpkg", name="b", version="2", architecture="all"),
    )
    assert found.snapshots == ("20260101T000000Z", "20260202T000000Z")


def test_what_alpine_says_of_itself(tmp_path: Path) -> None:
    found = host(
        tmp_path,
        {"lib/ld-musl-x86_64.so.1": b"", "lib/apk/db/installed": "P:musl\nV:1.2.5-r0\n\n"},
    )
    assert found.libc == CLibrary(kind="musl", version="1.2.5")


def test_a_database_of_rpm_that_cannot_be_read_is_a_reason(tmp_path: Path) -> None:
    found = host(tmp_path / "a", {"var/lib/rpm/rpmdb.sqlite": b"nothing"}).packages
    assert isinstance(found, Unavailable)
    assert found.reason.startswith("rpm's database cannot be read")
    written: dict[str, str | bytes] = {
        "var/lib/rpm/rpmdb.sqlite": b"",
        "var/lib/rpm/rpmdb.sqlite-wal": b"x",
    }
    ahead = host(tmp_path / "b", written).packages
    assert isinstance(ahead, Unavailable)
    assert ahead.reason == "rpm is being written to"


def test_an_empty_database_of_rpm_has_no_packages(tmp_path: Path) -> None:
    path = tmp_path / "var/lib/rpm/rpmdb.sqlite"
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
    connection.commit()
    connection.close()
    assert host(tmp_path).packages == ()


# Processor and memory ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "level"),
    [
        ("", ""),
        ("asimd fp", ""),
        (V2.partition(" cx16")[0], "x86-64"),
        (V2, "x86-64-v2"),
        (V3, "x86-64-v3"),
        (V3.replace("bmi1", ""), "x86-64-v2"),
        (f"{V3} avx512f avx512bw avx512cd avx512dq avx512vl", "x86-64-v4"),
    ],
)
def test_the_level_is_the_highest_without_a_gap(flags: str, level: str) -> None:
    assert level_of(frozenset(flags.split())) == level


def test_the_processor_says_what_it_is(tmp_path: Path) -> None:
    entry = f"processor\t: 0\nmodel name\t: Demo 9000\nflags\t\t: {V2}\n\n"
    found = host(tmp_path, {"proc/cpuinfo": entry + entry.replace("sse2", "")}).processor
    assert (found.model, found.level, found.count) == ("Demo 9000", "x86-64-v2", 2)
    assert "sse2" in found.features


@pytest.mark.parametrize(
    ("files", "memory"),
    [
        ({}, Memory(total=2048)),
        ({"proc/self/cgroup": "nonsense\n"}, Memory(total=2048)),
        (
            {
                "proc/self/cgroup": "0::/a/../b\n",
                "sys/fs/cgroup/a/b/memory.max": "max\n",
                "sys/fs/cgroup/a/memory.max": "1024\n",
                "sys/fs/cgroup/a/b/cpu.max": "150000 100000\n",
                "sys/fs/cgroup/cpu.max": "max 100000\n",
            },
            Memory(total=2048, limit=1024, processors="1.5"),
        ),
        (
            {
                "proc/self/cgroup": "5:cpu,cpuacct://x\n4:memory:/x\n",
                "sys/fs/cgroup/memory/x/memory.limit_in_bytes": "9223372036854771712\n",
                "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": "50000\n",
                "sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000\n",
            },
            Memory(total=2048, processors="0.5"),
        ),
    ],
)
def test_limits_of_control_groups(tmp_path: Path, files: dict[str, str], memory: Memory) -> None:
    found = host(tmp_path, {"proc/meminfo": "MemTotal:       2 kB\n", **files})
    assert found.memory == memory


# Containers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "environ", "container"),
    [
        ({"proc/self/cgroup": f"0::/docker/{ID}\n"}, {}, Container()),
        (
            {".dockerenv": "", "proc/self/mountinfo": f"1 2 /docker/containers/{ID}/hosts\n"},
            {},
            Container(kind="docker", id=ID),
        ),
        (
            {"run/.containerenv": f'engine="podman-5.0"\nid="{ID}"\nimage="demo"\nimageid="12"\n'},
            {},
            Container(kind="podman", id=ID, image="demo", image_id="12"),
        ),
        ({}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, Container(kind="kubernetes")),
        ({}, {"container": "lxc"}, Container(kind="lxc")),
        ({}, {"container": "a b\n"}, Container()),
    ],
)
def test_hints_at_a_container(
    tmp_path: Path, files: dict[str, str], environ: dict[str, str], container: Container
) -> None:
    assert host(tmp_path, files, environ).container == container


# Variables --------------------------------------------------------------------------------------

TOKEN = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("LANG", "zh_Hans_CN.UTF-8", Variable(name="LANG", value="zh_Hans_CN.UTF-8")),
        ("LC_ALL", "C", Variable(name="LC_ALL", value="C")),
        ("OMP_NUM_THREADS", "4", Variable(name="OMP_NUM_THREADS", value="4")),
        ("HOME", "/root", Variable(name="HOME")),
        ("DB_PASSWORD", "hunter2", Variable(name="DB_PASSWORD")),
        ("TZ", TOKEN, Variable(name="TZ", masked="GitHub Token")),
        ("OMP_SECRET", "hunter2", Variable(name="OMP_SECRET", masked="Secret Keyword")),
        ("OMP_THING", "f00dfeedf00dfeed", Variable(name="OMP_THING", masked="a key")),
        (TOKEN, "1", Variable(name="(GitHub Token)", masked="GitHub Token")),
    ],
)
def test_few_values_are_shown_and_no_credential(name: str, value: str, found: Variable) -> None:
    assert observe_variables({name: value}) == (found,)


def test_variables_are_sorted_and_long_values_cut() -> None:
    found = observe_variables({"TZ": "x " * 200, "A": ""})
    assert [one.name for one in found] == ["A", "TZ"]
    assert len(found[1].value or "") == 256


# GPUs -------------------------------------------------------------------------------------------


class LibraryError(Exception):
    """What the driver's library raises."""


def refuse(*_: object) -> None:
    raise LibraryError("not supported")


def library(**changes: object) -> SimpleNamespace:
    """Answer as the driver of a machine with one GPU does."""
    answers: dict[str, object] = {
        "NVMLError": LibraryError,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlSystemGetDriverVersion": lambda: b"570.86.15",
        "nvmlSystemGetCudaDriverVersion_v2": lambda: 12080,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda _: "NVIDIA A100",
        "nvmlDeviceGetMemoryInfo": lambda _: SimpleNamespace(total=80 << 30),
        "nvmlDeviceGetCudaComputeCapability": lambda _: (8, 0),
        "nvmlDeviceGetMigMode": lambda _: [1, 1],
        "nvmlDeviceGetEccMode": lambda _: [0, 1],
    }
    return SimpleNamespace(**{**answers, **changes})


def test_the_driver_says_what_there_is(tmp_path: Path) -> None:
    assert observe_gpus(tmp_path, library(), own=False) == Gpus(
        driver="570.86.15",
        cuda="12.8",
        devices=(
            Gpu(
                name="NVIDIA A100",
                memory=80 << 30,
                compute_capability="8.0",
                mig=True,
                ecc=False,
            ),
        ),
    )


def test_what_a_gpu_does_not_know_is_not_made_up(tmp_path: Path) -> None:
    names = ("MemoryInfo", "CudaComputeCapability", "MigMode", "EccMode")
    unknown = {f"nvmlDeviceGet{name}": refuse for name in names}
    found = observe_gpus(
        tmp_path, library(nvmlSystemGetCudaDriverVersion_v2=refuse, **unknown), own=False
    )
    assert (found.cuda, found.devices) == ("", (Gpu(name="NVIDIA A100"),))


def test_a_driver_that_cannot_be_asked_is_still_named(tmp_path: Path) -> None:
    said = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15  Thu\n"
    lay_out(tmp_path, {"proc/driver/nvidia/version": said})
    for asked, why in (
        (None, 'its GPUs were not asked: pip install "weighbridge[host]"'),
        (library(nvmlInit=refuse), "not supported"),
        (library(nvmlDeviceGetCount=refuse), "not supported"),
    ):
        assert observe_gpus(tmp_path, asked, own=False) == Gpus(driver="570.86.15", unseen=why)


def test_a_library_without_a_driver_finds_none(tmp_path: Path) -> None:
    assert observe_gpus(tmp_path, library(nvmlInit=refuse), own=False) == Gpus()


def test_what_a_shell_says_of_each_command_is_no_part_of_a_build() -> None:
    found = recorded_variables({"_": "/usr/bin/env", "MODE": "fast"})
    assert found == (Variable(name="MODE", value="fast"),)
