from __future__ import annotations

import os
import platform
import sys
from typing import TYPE_CHECKING

import pytest

from weighbridge.model.fact import Distribution, PythonEnvironment, Unavailable
from weighbridge.probes.python import observe_python

if TYPE_CHECKING:
    from pathlib import Path


def environment(folder: Path, configuration: str, *, library: str = "lib/python3.11") -> Path:
    site = folder / library / "site-packages"
    site.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(configuration)
    return site


def install(site: Path, name: str, metadata: str | bytes) -> None:
    folder = site / f"{name}.dist-info"
    folder.mkdir()
    data = metadata if isinstance(metadata, bytes) else metadata.encode()
    (folder / "METADATA").write_bytes(data)


def observed(root: Path, *, environ: dict[str, str] | None = None) -> PythonEnvironment:
    found = observe_python(root, environ=environ or {}, prefix=root / "nowhere")
    assert isinstance(found, PythonEnvironment)
    return found


def test_the_environment_beside_the_release(tmp_path: Path) -> None:
    site = environment(tmp_path / ".venv", "home = /usr/bin\nversion = 3.11.7\n")
    environment(tmp_path / "venv", "version = 3.11.8\n")
    install(site, "A_b-1", "Metadata-Version: 2.1\nName: A_b\nVersion: 1.0\n\nName: not-this\n")
    install(
        site,
        "c-2",
        "Name: c\nrequires-python: >=3.9 \nVersion: 2\nVersion: 3\nX: y\n Name: folded\n",
    )
    assert observed(tmp_path, environ={"VIRTUAL_ENV": "/elsewhere"}) == PythonEnvironment(
        where=".venv",
        implementation="cpython",
        version="3.11.7",
        distributions={
            "a-b": Distribution(name="a-b", version="1.0"),
            "c": Distribution(name="c", version="2", requires_python=">=3.9"),
        },
    )


def test_venv_is_the_second_name(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    environment(tmp_path / "venv", "version = 3.11.8")
    assert (observed(tmp_path).where, observed(tmp_path).version) == ("venv", "3.11.8")


def test_the_active_environment(tmp_path: Path) -> None:
    environment(tmp_path / "active", "version = 3.11.9")
    found = observed(tmp_path / "release", environ={"VIRTUAL_ENV": str(tmp_path / "active")})
    assert (found.where, found.version) == ("the active virtual environment", "3.11.9")


@pytest.mark.parametrize("environ", [{}, {"VIRTUAL_ENV": "/nowhere"}, {"VIRTUAL_ENV": "a\0b"}])
def test_the_running_interpreter_is_the_last(tmp_path: Path, environ: dict[str, str]) -> None:
    site = tmp_path / f"lib/python3.{sys.version_info.minor}/site-packages"
    site.mkdir(parents=True)
    install(site, "a-1", "Name: a\nVersion: 1\n")
    found = observe_python(tmp_path, environ=environ, prefix=tmp_path)
    assert found == PythonEnvironment(
        where="the interpreter running weighbridge",
        implementation=sys.implementation.name,
        version=platform.python_version(),
        distributions={"a": Distribution(name="a", version="1")},
        running=True,
    )


def test_the_running_interpreter_without_a_prefix(tmp_path: Path) -> None:
    found = observe_python(tmp_path, environ={})
    assert isinstance(found, PythonEnvironment)
    assert "pytest" in found.distributions


@pytest.mark.parametrize(
    ("configuration", "version", "implementation"),
    [
        ("version = 3.11.7", "3.11.7", "cpython"),
        ("implementation = CPython\nversion_info = 3.11.7.final.0", "3.11.7", "cpython"),
        ("implementation = PyPy\nversion_info=3.11.4\nuv = 0.13", "3.11.4", "pypy"),
        ("version_info = 3.11.0.candidate.2", "3.11.0rc2", "cpython"),
        ("version = 3.11.0a1+", "3.11.0a1", "cpython"),
        ("version = 3.11", "3.11", "cpython"),
        ("version = 3.11.7\nversion = 3.12.0\nexecutable = /usr/bin/pypy3.11", "3.11.7", "pypy"),
        ("VERSION = 3.11.7\nexecutable = /opt/graalpy", "3.11.7", "graalpy"),
    ],
)  # fmt: skip
def test_what_the_configuration_says(
    tmp_path: Path, configuration: str, version: str, implementation: str
) -> None:
    environment(tmp_path / ".venv", configuration)
    found = observed(tmp_path)
    assert (found.version, found.implementation) == (version, implementation)


@pytest.mark.parametrize("configuration", ["", "version", "version = three", "version = 3", "\xff"])
def test_an_environment_without_version_is_unavailable(tmp_path: Path, configuration: str) -> None:
    environment(tmp_path / ".venv", configuration)
    found = observe_python(tmp_path, environ={})
    assert isinstance(found, Unavailable)
    assert found.reason == "the pyvenv.cfg of .venv does not say the version of Python"


@pytest.mark.parametrize(
    ("library", "implementation"),
    [
        ("lib/python3.11", "cpython"),
        ("lib64/python3.11t", "cpython"),
        ("lib/pypy3.11", "pypy"),
        ("Lib", "cpython"),
    ],
)
def test_library_folders(tmp_path: Path, library: str, implementation: str) -> None:
    site = environment(tmp_path / ".venv", "version = 3.11.7", library=library)
    install(site, "a-1", "Name: a\nVersion: 1\n")
    assert observed(tmp_path).distributions.keys() == {"a"}
    assert observed(tmp_path).implementation == implementation


def test_folders_of_other_versions_are_not_this_environment(tmp_path: Path) -> None:
    site = environment(tmp_path / ".venv", "version = 3.11.7", library="lib/python3.10")
    install(site, "a-1", "Name: a\nVersion: 1\n")
    assert observed(tmp_path).distributions == {}


def test_packages_of_the_system_count_only_if_the_environment_sees_them(tmp_path: Path) -> None:
    base = tmp_path / "usr"
    system = base / "lib/python3/dist-packages"
    system.mkdir(parents=True)
    install(system, "a-1", "Name: a\nVersion: 1\n")
    install(system, "b-1", "Name: b\nVersion: 1\n")
    home = f"version = 3.11.7\nhome = {base}/bin\n"
    site = environment(tmp_path / "one/.venv", home + "include-system-site-packages = true")
    install(site, "a-2", "Name: a\nVersion: 2\n")
    environment(tmp_path / "two/.venv", home + "include-system-site-packages = false")
    seen = {name: one.version for name, one in observed(tmp_path / "one").distributions.items()}
    assert seen == {"a": "2", "b": "1"}
    assert observed(tmp_path / "two").distributions == {}


@pytest.mark.parametrize(
    "metadata",
    [
        b"",
        b"\nName: a\nVersion: 1\n",
        b"Name: a\n",
        b"Version: 1\n",
        b"Name: -a\nVersion: 1\n",
        b"Name: \xff\nVersion: 1\n",
        b"\x00" * 100,
    ],
)
def test_broken_metadata_is_no_distribution(tmp_path: Path, metadata: bytes) -> None:
    site = environment(tmp_path / ".venv", "version = 3.11.7")
    install(site, "a-1", metadata)
    (site / "b-1.dist-info").mkdir()
    (site / "c-1.dist-info").write_text("a file")
    install(site, "d-1", b"Name: d\r\nVersion: 1\r\n\r\nRequires-Python: >=9\r\n")
    assert observed(tmp_path).distributions == {"d": Distribution(name="d", version="1")}


def test_only_the_header_is_read_and_a_long_one_to_its_limit(tmp_path: Path) -> None:
    site = environment(tmp_path / ".venv", "version = 3.11.7")
    long = b"Name: a\n" + b"Classifier: x\n" * 2_000
    install(site, "a-1", long + b"Version: 1\n\n")
    install(site, "b-1", b"Name: b\nVersion: 1\n\n" + b"x" * 1_000_000)
    install(site, "c-1", b"Name: c\n" + b" " * 300_000 + b"\nVersion: 1\n\n")
    assert observed(tmp_path).distributions.keys() == {"a", "b"}


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    site = environment(tmp_path / ".venv", "version = 3.11.7")
    (site / "a-1.dist-info").mkdir()
    os.mkfifo(site / "a-1.dist-info/METADATA")
    (tmp_path / "venv").mkdir()
    os.mkfifo(tmp_path / "venv/pyvenv.cfg")
    assert observed(tmp_path).distributions == {}
    (tmp_path / ".venv/pyvenv.cfg").unlink()
    assert observed(tmp_path).where == "the interpreter running weighbridge"


def test_nothing_of_it_is_run(tmp_path: Path) -> None:
    site = environment(tmp_path / ".venv", "version = 3.11.7")
    install(site, "a-1", "Name: a\nVersion: 1\n")
    marker = tmp_path / "marker"
    (site / "evil.pth").write_text(f"import pathlib; pathlib.Path({str(marker)!r}).touch()\n")
    (site / "sitecustomize.py").write_text(f"open({str(marker)!r}, 'w')\n")
    assert observed(tmp_path).distributions.keys() == {"a"}
    assert not marker.exists()
