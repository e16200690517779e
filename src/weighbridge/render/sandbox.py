"""sandbox: a script that replicates the environment of a release, and runs a command in it.

It makes what `spec.environment.runtime` and the lock say, out of what the machine has. It does not
run the image: what differs of the operating system, the script says and goes on; a setting of the
kernel that differs ends it. Locks of conda are refused, and files that lie outside the release.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from weighbridge.model.listing import MEDIA_TYPES
from weighbridge.model.rendering import RenderedFile, TargetOption
from weighbridge.render.comparing import check_machine, shown
from weighbridge.render.configuration import FOLDER, configuration
from weighbridge.render.directories import PROGRAM
from weighbridge.render.machine import OPTIONS as MACHINE_OPTIONS
from weighbridge.render.machine import (
    accelerators,
    amounts_of,
    configuration_files,
    hand,
    refuse_nul,
    refuse_placement,
    user_limits,
)
from weighbridge.render.replicate import (
    EXPORTED,
    UV_NEEDED,
    WITH_UV,
    WITH_UV_OR_PIP,
    run_function,
    script,
    take,
)
from weighbridge.render.text import json_document
from weighbridge.render.workload import knobs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.release import LockFile
    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.configuration import Configuration
    from weighbridge.render.machine import Handed

_PATH: Final = "/usr/local/bin:/usr/bin:/bin"
_HASH_SEEDS: Final = 1 << 32
"""Python takes hash seeds below this (PYTHONHASHSEED)."""
_PYLOCK: Final = re.compile(r"(?:.*/)?pylock(?:\.[^./]+)?\.toml", re.DOTALL)
_OPTIONS: Final = (
    TargetOption(
        name="lock",
        default="runtime",
        pattern="runtime|dev|test",
        wanted="runtime, dev or test",
        description="The lock of `spec.dependencies` the environment is filled from.",
    ),
)


class Sandbox:
    """Renders `replicate.sh`, and what it reads."""

    kind = "sandbox"
    versions = ("1",)
    options = (
        *(one for one in MACHINE_OPTIONS if one.name in {"placed", "port", "server"}),
        *_OPTIONS,
    )

    def render(self, order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
        """Render a release: the script, the digests it verifies, the configuration."""
        refuse_placement(order, remarks)
        configured = configuration(order, remarks, system=self.kind)
        refuse_nul(configured, remarks)
        knobs_of(configured, (), remarks, target="a sandbox")
        handed = tuple(hand(configured.secrets, "secrets", remarks))
        files, directories = _digests(order, remarks)
        lock = lock_of(order, remarks, order.options["lock"])
        _notice_differences(order, remarks, configured)
        if lock is not None:
            yield RenderedFile(
                path="replicate.sh",
                content=_script(
                    order, remarks, configured, handed, lock, directories=bool(directories)
                ).encode(),
                executable=True,
            )
        sums = "".join(_checked(path, digest) for path, digest in sorted(files.items()))
        yield RenderedFile(path="artifacts.sha256", content=sums.encode())
        if directories:
            yield RenderedFile(path="directories.py", content=PROGRAM.encode())
            yield RenderedFile(path="directories.json", content=json_document(directories))
        yield from configuration_files(dict(configured.files), "configuration")


def _digests(order: Order, remarks: Remarks) -> tuple[dict[str, str], dict[str, str]]:
    """Return the digests of all files and of all directories, by their path in the release."""
    spec = order.release.spec
    files: dict[str, str] = {}
    directories: dict[str, str] = {}
    for at, one in spec.files():
        path = one.path or f"elsewhere/{one.name}"
        _refuse_outside(path, f"{at}/path", remarks)
        _refuse_unsealed(one.digest, at, remarks)
        if one.path is None:
            remarks.notice(f"{one.uri} is to be brought to {path} in the folder of the release")
        held = directories if one.media_type in MEDIA_TYPES else files
        held[path] = one.digest or ""
    for purpose, lock in spec.dependencies.locks():
        at = f"/spec/dependencies/{purpose}"
        _refuse_outside(lock.lock, f"{at}/lock", remarks)
        _refuse_unsealed(lock.digest, at, remarks)
        files[lock.lock] = lock.digest or ""
    return files, directories


def _refuse_outside(path: str, at: str, remarks: Remarks) -> None:
    if path.startswith("/") or ".." in path.split("/") or "\0" in path:
        remarks.refuse(
            "a file of the release lies outside its folder",
            at,
            "name a path below the folder of the manifest",
            seen=path,
        )


def _refuse_unsealed(digest: str | None, at: str, remarks: Remarks) -> None:
    if digest is None:
        remarks.refuse("the digest of a file is not known", at, "weighbridge capture --update")


def _checked(path: str, digest: str) -> str:
    """Write a line as `sha256sum --check` reads it."""
    escaped = path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "\\" if escaped != path else ""
    return f"{mark}{digest.removeprefix('sha256:')}  {escaped}\n"


def lock_of(order: Order, remarks: Remarks, purpose: str) -> LockFile | None:
    """Return the lock an environment is filled from, and refuse what no installer reads.

    Args:
        order: What is rendered.
        remarks: Takes what cannot be done.
        purpose: What the environment is for: `runtime`, `dev` or `test`.
    """
    found = dict(order.release.spec.dependencies.locks()).get(purpose)
    if found is None:
        remarks.refuse(f"the release has no lock to {purpose} with", "", "lock=runtime")
    elif found.format == "conda":
        remarks.refuse(
            "a virtual environment is not filled from a lock of conda",
            f"/spec/dependencies/{purpose}/format",
            "seal the release with a lock of format requirements, pylock or uv",
            "or run its image: render for compose or systemd",
            seen="conda",
        )
    elif found.format == "pylock" and not _PYLOCK.fullmatch(found.lock):
        remarks.refuse(
            "installers know a pylock by its name alone (PEP 751)",
            f"/spec/dependencies/{purpose}/lock",
            "call it pylock.toml, or pylock.NAME.toml",
            seen=found.lock,
        )
    elif found.format == "uv" and project_of(found) not in {
        one.path for one in order.release.spec.artifacts
    }:
        remarks.refuse(
            "uv reads the pyproject.toml beside its lock, and that is no part of the release",
            f"/spec/dependencies/{purpose}/lock",
            f"list {project_of(found)} among the artifacts (role code)",
            "or lock it for any installer: uv export --format requirements-txt, or pylock.toml",
            seen=found.lock,
        )
    return found


def project_of(lock: LockFile) -> str:
    """Return the path of the pyproject.toml beside a lock of uv."""
    folder, slash, _ = lock.lock.rpartition("/")
    return f"{folder}{slash}pyproject.toml"


def _notice_differences(order: Order, remarks: Remarks, configured: Configuration) -> None:
    if configured.arguments:
        remarks.notice(
            "the command is of whoever runs the script: arguments of the release's server are not "
            "added to it, and stand among the steps"
        )
    environment = order.release.spec.environment
    if environment.image is not None:
        remarks.notice(
            f"the image {environment.image.ref} is not run: the script makes {_runtime(order)} and "
            "the packages of the lock, on the operating system of the machine"
        )
    if accelerators(order):
        remarks.notice("accelerators are those the machine has")
    if amounts_of(order, "limits") != (None, None):
        remarks.notice(
            "processor time and memory are limited where systemd runs; elsewhere the script says "
            "that they are not"
        )
    rules = [one for one in order.release.spec.dependencies.sources or () if one.allow]
    if rules:
        remarks.notice(
            "installers are not told which package may come from which source: the hashes of the "
            "lock decide what is installed"
        )


def _runtime(order: Order) -> str:
    runtime = order.release.spec.environment.runtime
    return f"{runtime.implementation} {runtime.version}"


def _script(
    order: Order,
    remarks: Remarks,
    configured: Configuration,
    handed: tuple[Handed, ...],
    lock: LockFile,
    *,
    directories: bool,
) -> str:
    meta = order.release.metadata
    runtime = order.release.spec.environment.runtime
    taken, installed = _filling(order, lock)
    return script(
        title=f"{meta.name}@{meta.version}, {order.digest}",
        implementation=runtime.implementation,
        version=runtime.version,
        functions=(check_machine(order), _run(order, remarks, configured, handed)),
        steps=_steps(order, configured),
        sources=_sources(order),
        taken=taken,
        installed=installed,
        secrets=_variables(handed),
        directories=directories,
    )


def _filling(order: Order, lock: LockFile) -> tuple[str, str]:
    """Return the lines that copy a lock, if one is, and those that install from it."""
    place = f'"$release/"{shlex.quote(lock.lock)}'
    if lock.format == "requirements":
        return "", WITH_UV_OR_PIP.format(lock=place)
    if lock.format == "pylock":
        return UV_NEEDED, WITH_UV.format(lock=place)
    # A copy: uv would read more beside its lock than the release has.
    project = project_of(lock)
    listed = {one.path: one.digest or "" for one in order.release.spec.artifacts}
    taken = '    mkdir "$work/project"\n' + take(lock.lock, "project/uv.lock", lock.digest or "")
    taken += take(project, "project/pyproject.toml", listed.get(project, ""))
    return UV_NEEDED + taken, EXPORTED + WITH_UV.format(lock='"$work/requirements.txt"')


def _sources(order: Order) -> Iterator[str]:
    """Yield options of pip and uv: the first index takes the place of the usual one.

    A folder that is not named from the root on is one of the release's.
    """
    option = "--index-url"
    for one in order.release.spec.dependencies.sources or ():
        if one.kind == "index":
            yield shlex.quote(f"{option}={one.ref}")
            option = "--extra-index-url"
        elif one.kind == "directory":
            beside = "" if one.ref.startswith("/") else '"$release/"'
            yield f"--find-links={beside}{shlex.quote(one.ref)}"


def _run(
    order: Order, remarks: Remarks, configured: Configuration, handed: tuple[Handed, ...]
) -> str:
    variables = dict(configured.variables)
    given = variables.pop("PATH", _PATH)
    known = ['"HOME=$work/own"', '"TMPDIR=$work/own"']
    known.append(f'"PATH=$environment/bin:"{shlex.quote(given)}')
    if variables["WEIGHBRIDGE_CONFIG"] == FOLDER:
        del variables["WEIGHBRIDGE_CONFIG"]
        known.append('"WEIGHBRIDGE_CONFIG=$here/configuration"')
    for one in handed:
        if one.file:
            own = shlex.quote(one.file)
            brought = (
                own
                if one.secret.provider == "file"
                else f'"${{secrets:-$here/secrets}}/{one.label}"'
            )
            known.append(f"{one.secret.variable}_FILE={brought}")
    limits = [
        f"--{name}={':'.join('unlimited' if each < 0 else str(each) for each in (soft, hard))}"
        for name, soft, hard in user_limits(order, remarks)
    ]
    cpu, memory = amounts_of(order, "limits")
    scope = [] if cpu is None else [f"-p CPUQuota={cpu // 10}.{cpu % 10}%"]
    if memory is not None:
        scope.append(f"-p MemoryMax={memory}")
    return run_function(
        {**_seeds(order), **variables},
        known=known,
        limits=limits,
        secrets=_variables(handed),
        files=[one.file for one in handed if one.file and one.secret.provider == "file"],
        scope=scope,
    )


def _variables(handed: tuple[Handed, ...]) -> dict[str, str]:
    return {one.secret.variable: one.variable for one in handed if one.variable}


def _seeds(order: Order) -> dict[str, str]:
    """Return a variable for each seed of the build; Python's own is that of its hashes, too."""
    build = order.release.spec.build
    found = {}
    for one in (build.seeds if build is not None else None) or ():
        if one.name == "python" and 0 <= one.value < _HASH_SEEDS:
            found["PYTHONHASHSEED"] = str(one.value)
        name = re.sub(r"[^A-Z0-9]", "_", one.name.upper())
        found[f"WEIGHBRIDGE_SEED_{name}"] = str(one.value)
    return found


def _steps(order: Order, configured: Configuration) -> Iterator[str]:
    """Yield what people are told: what the script does, and what the manifest adds."""
    lock = order.options["lock"]
    yield "The script itself:"
    yield "  1. verifies every file of the release by its sha256"
    yield f"  2. makes a virtual environment of exactly {_runtime(order)}"
    yield f"  3. fills it from the {lock} lock, by hashes"
    yield "  4. runs COMMAND in it with the variables, seeds and limits of the release"
    for _, one in accelerators(order):
        yield f"The release asks for {one.count} of {shown(one.type)}."
    if configured.arguments:
        yield "Its server is started with these arguments:"
        yield from (f"  {line}" for line in shown(shlex.join(configured.arguments)).split("\n"))
    told = order.release.spec.environment.replicate
    if told is not None:
        yield "The manifest adds:"
        yield from (f"  {line}" for line in shown(told).split("\n"))
