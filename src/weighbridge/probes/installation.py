"""What this installation of weighbridge can do here: its extras, and the tools it runs."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from weighbridge.model.health import Condition, Health
from weighbridge.probes.reading.digesting import LANES, lane_gain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DISTRIBUTION = "weighbridge"
PURPOSES: Mapping[str, str] = {
    "aws": "keys in AWS KMS",
    "azure": "keys in Azure Key Vault",
    "client": "registries on a server (`--registry https://…`)",
    "dask": "reading on a cluster",
    "demo": "`weighbridge demo`, on a real model",
    "gcp": "keys in Google Cloud KMS",
    "host": "processor and GPU of a machine that is captured",
    "hsm": "keys in hardware (PKCS#11)",
    "keyring": "passphrases from the system's keyring",
    "objects": "S3, Google Cloud Storage and Azure",
    "oci": "registries and container images",
    "postgres": "registries of teams, in PostgreSQL",
    "remedy": "versions that mend a lock, found by uv",
    "sbom": "bills of materials, held against their schema",
    "server": "`weighbridge serve`",
    "sigstore": "signatures without keys (Sigstore)",
    "telemetry": "traces of servers and workers (OpenTelemetry)",
    "vault": "keys in HashiCorp Vault",
    "worker": "`weighbridge worker`",
}
"""What each extra is for; `all` is all of them."""

TOOLS: Mapping[str, str] = {
    "git": "the commit a release was made from",
    "bwrap": "the sandbox of `scan --dynamic`, `check --fix`, `replay` and `try`",
    "strace": "what a build reads, and what a model does in the sandbox",
}
"""Programs that are run, and what for."""

_PACKAGES: Mapping[str, str] = {"bwrap": "bubblewrap"}
_TRIAL = ("--unshare-all", "--unshare-user", "--disable-userns", "--ro-bind", "/", "/", "true")

_PATIENCE = 10.0
"""Seconds a program may take to tell its version."""


def observe_installation(
    version: Callable[[str], str] = importlib.metadata.version,
) -> Iterator[Health]:
    """Look at Python, digests, tools and extras, in this order.

    Args:
        version: Tells the version of an installed package, or raises `PackageNotFoundError`.
    """
    system = f"{platform.python_implementation()} {platform.python_version()}"
    on = f"{platform.system()} {platform.machine()}"
    yield Health(name="python", condition=Condition.WORKS, detail=f"{system} on {on}")
    yield _digests()
    for name, purpose in TOOLS.items():
        yield _tool(name, purpose)
    for name, purpose in PURPOSES.items():
        yield _extra(name, purpose, version)


def _digests() -> Health:
    gain = lane_gain()
    if not gain:
        detail = "the lanes of stringzilla are not there, or do not agree with hashlib"
        help_ = ("nothing is wrong with any digest; reinstall stringzilla for speed",)
        return Health(name="sha256", condition=Condition.BROKEN, detail=detail, help=help_)
    detail = f"{LANES} files side by side go {gain:.1f} times as fast as one after the other"
    return Health(name="sha256", condition=Condition.WORKS, detail=detail)


def _tool(name: str, purpose: str) -> Health:
    path = shutil.which(name)
    help_ = (f"install {_PACKAGES.get(name, name)}",)
    if path is None:
        return Health(name=name, condition=Condition.MISSING, purpose=purpose, help=help_)
    try:
        told = subprocess.run(
            [path, "--version"], capture_output=True, check=True, timeout=_PATIENCE
        ).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.SubprocessError) as error:
        return Health(
            name=name,
            condition=Condition.BROKEN,
            detail=f"{path} does not run: {error}",
            purpose=purpose,
            help=help_,
        )
    first = next(iter(told.splitlines()), "")
    found = Health(name=name, condition=Condition.WORKS, detail=first, purpose=purpose)
    return _tried(path, found) if name == "bwrap" else found


def _tried(path: str, found: Health) -> Health:
    """Make a sandbox: the program alone is not enough, the kernel must allow it."""
    try:
        done = subprocess.run([path, *_TRIAL], capture_output=True, check=False, timeout=_PATIENCE)
    except (OSError, subprocess.SubprocessError) as error:
        told = str(error)
    else:
        if done.returncode == 0:
            return found
        told = done.stderr.decode("utf-8", "backslashreplace").strip()
    return replace(
        found,
        condition=Condition.MISSING,
        detail=f"no sandbox can be made here: {told}",
        help=("allow user namespaces, or run where they are allowed",),
    )


def _extra(name: str, purpose: str, version: Callable[[str], str]) -> Health:
    """Hold what is installed against what the package says an extra needs."""
    absent, unfit = list[str](), list[str]()
    wanted = list(_requirements(name))
    if not wanted:
        unfit.append("this installation does not know it")
    for requirement in wanted:
        try:
            found = version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            absent.append(requirement.name)
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            unfit.append(f"{requirement.name} {found}, wanted {requirement.specifier}")
    condition = Condition.MISSING if absent else Condition.BROKEN if unfit else Condition.WORKS
    detail = ", ".join((*(f"{package} is not installed" for package in absent), *unfit))
    help_ = () if condition is Condition.WORKS else (f'pip install "{DISTRIBUTION}[{name}]"',)
    return Health(name=f"[{name}]", condition=condition, detail=detail, purpose=purpose, help=help_)


def _requirements(extra: str, distribution: str = DISTRIBUTION) -> Iterator[Requirement]:
    """List what an extra needs, and what the extras it names of other packages need."""
    try:
        texts = importlib.metadata.requires(distribution) or ()
    except importlib.metadata.PackageNotFoundError:
        return  # it is missing itself, and was listed
    for text in texts:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or marker.evaluate({"extra": ""}):
            continue
        if marker.evaluate({"extra": extra}):
            yield requirement
            for further in sorted(requirement.extras):
                yield from _requirements(further, requirement.name)
