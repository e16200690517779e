"""`build`: run a command of the user's own, and record what it read, made and ran on."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.build_record import (
    BuildInput,
    BuildOutput,
    BuildRecord,
    Connection,
    Origin,
    SeedValue,
    StartedProgram,
    UnreadFile,
)
from weighbridge.model.errors import BuildError, UsageError
from weighbridge.probes.building.digests import Digested, born_before, digest_file
from weighbridge.probes.credentials import credential_in
from weighbridge.probes.git_tracked import tracked_files
from weighbridge.usecases.build_origins import Origins, origins_of
from weighbridge.usecases.build_surroundings import surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.build_watch import Watched, Watcher
    from weighbridge.usecases.references import Named

_BYTECODE = ".pyc"
_LOCAL = ("unix:", "127.", "[::1]", "[::ffff:127.", "localhost:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A build that is asked for.

    Attributes:
        command: The command and its arguments.
        outputs: What it is to make: files, or folders of them; relative to `folder`.
        intermediates: What it is to leave on the way, likewise.
        inputs: What it is declared to read, beside what the manifest says.
        seeds: Seeds it is declared to use.
        folder: Where it runs.
        named: The manifest of the release it is for, if there is one.
    """

    command: tuple[str, ...]
    outputs: tuple[str, ...]
    intermediates: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    seeds: tuple[SeedValue, ...] = ()
    folder: Path
    named: Named | None = None

    @property
    def root(self) -> Path:
        """The folder the record is made for: the manifest's, or the one it runs in."""
        known = self.named is not None and self.named.path is not None
        return Path(os.path.realpath(self.named.path.parent if known else self.folder))  # type: ignore[union-attr]  # known


def build(
    order: Order, *, watcher: Watcher, environ: Mapping[str, str], version: str
) -> BuildRecord:
    """Run a command and record it.

    Args:
        order: What is asked for.
        watcher: Who runs it and looks on.
        environ: The environment it runs in.
        version: Version of weighbridge.

    Raises:
        UsageError: There is no such program, or its arguments hold a credential.
        BuildError: It failed, or did not make what it was to make.
        UnavailableError: It could not be started.
        KeyboardInterrupt: Somebody asked for an end, and it ended.
    """
    command = _runnable(order, environ)
    before = tracked_files(order.root)
    watched = watcher.run(command, folder=str(order.folder), environ=environ)
    _require_success(order.command, watched)
    outputs = _made(order.outputs, order, watched, "--output")
    intermediates = _made(order.intermediates, order, watched, "--intermediate")
    made = {one.path for one in (*outputs, *intermediates)}
    origins = origins_of(order.named, order.inputs, folder=order.folder, source=before)
    read = _really_read(watched)
    files, around = surroundings(watched, read, environ)
    inputs, unread = _inputs(files.named, origins, watched, order.root, made)
    return BuildRecord(
        command=order.command,
        working_directory=_shown(os.path.realpath(order.folder), order.root),
        outputs=tuple(outputs),
        intermediates=tuple(intermediates),
        inputs=tuple(inputs),
        unread=tuple(unread),
        dead=() if watched.blind else origins.dead(read.items()),
        also_written=tuple(_also_written(watched, order.root, made)),
        umask=_umask(),
        seeds=order.seeds,
        commit=before.commit,
        started=_moment(watched.started),
        finished=_moment(watched.finished),
        witness=watched.witness,
        blind=watched.blind,
        connections=tuple(_connections(watched.addresses)),
        programs=tuple(
            StartedProgram(path=_text(path), times=times)
            for path, times in sorted(watched.programs.items())
        ),
        processes=watched.processes,
        threads=watched.threads,
        cpu_milliseconds=watched.cpu_milliseconds,
        wall_milliseconds=watched.wall_milliseconds,
        peak_memory=watched.peak_memory,
        exit_code=watched.code,
        version=version,
        **around,
    )


def _runnable(order: Order, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Find the program as a shell would, and refuse arguments that would give a secret away."""
    for argument in order.command:
        if (taken_for := credential_in(argument)) is not None:
            raise UsageError(
                "an argument of the command is, or holds, a credential",
                seen=taken_for,
                cause="the record names the command with all its arguments",
                help=["pass it in an environment variable: of those only the name is recorded"],
            )
    first, *rest = order.command
    where = os.path.join(order.folder, first) if "/" in first else first  # noqa: PTH118 - a string
    program = shutil.which(where, path=environ.get("PATH"))
    if program is None:
        help_ = ["name a program on the path, or a file that may be run"]
        raise UsageError(f"there is no program {first}", help=help_)
    return (os.path.join(order.folder, program), *rest)  # noqa: PTH118 - a string


def _require_success(command: tuple[str, ...], watched: Watched) -> None:
    if watched.interrupted:
        raise KeyboardInterrupt
    if watched.code == 0:
        return
    if watched.code > 0:
        how = f"ended with exit code {watched.code}"
    else:
        how = f"was ended by {signal.Signals(-watched.code).name}"
    raise BuildError(
        f"{command[0]} {how}; nothing is recorded",
        seen=f"exit code {watched.code}" if watched.code > 0 else how,
        wanted="exit code 0",
        help=["mend the build, then run it again"],
    )


def _really_read(watched: Watched) -> dict[str, str]:
    """Leave out files that were made by being opened."""
    found = dict(watched.read)
    for path in watched.unsure:
        if path in found and os.path.exists(path) and not born_before(path, watched.started):  # noqa: PTH110 - a string
            del found[path]
    return found


def _made(paths: Iterable[str], order: Order, watched: Watched, option: str) -> list[BuildOutput]:
    """Digest what was to be made.

    Raises:
        BuildError: Some of it is not there, or was there before.
    """
    found: list[BuildOutput] = []
    for said in paths:
        files = list(_files(order.folder / said))
        digested = [(path, digest_file(path)) for path in files]
        fresh = [
            BuildOutput(path=_shown(path, order.root), digest=one.digest, size=one.size)
            for path, one in digested
            if isinstance(one, Digested) and (path in watched.made or one.changed > watched.started)
        ]
        if not fresh:
            raise BuildError(
                f"the command did not make {said}",
                seen="it is older than the build" if files else "there is no such file",
                wanted=f"a file made by the command, as {option} says",
                help=["name what the command writes", "nothing is recorded"],
            )
        found += fresh
    return found


def _files(path: Path) -> Iterator[str]:
    """List a file, or all those in a folder, sorted; by where they really are."""
    if not path.is_dir():
        yield from [os.path.realpath(path)] if path.exists() else []
        return
    for folder, folders, names in os.walk(os.path.realpath(path)):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(names))  # noqa: PTH118 - strings


def _inputs(
    files: Mapping[str, str], origins: Origins, watched: Watched, root: Path, made: set[str]
) -> tuple[list[BuildInput], list[UnreadFile]]:
    """Digest what was read, each file once."""
    inputs: dict[str, BuildInput] = {}
    unread: dict[str, UnreadFile] = {}
    for path, asked in files.items():
        shown = _input_path(path, asked, root)
        found = digest_file(path)
        if isinstance(found, str):
            unread[shown] = UnreadFile(path=shown, reason=found)
        elif found is not None:
            origin = origins.of(path, asked)
            # What an earlier build left in an output's place is no part of the release.
            if _shown(path, root) in made and origin is not Origin.DECLARED:
                origin = Origin.UNDECLARED
            inputs[shown] = BuildInput(
                path=shown,
                digest=found.digest,
                size=found.size,
                origin=origin,
                changed=found.changed > watched.started,
            )
    return [inputs[path] for path in sorted(inputs)], [unread[path] for path in sorted(unread)]


def _input_path(path: str, asked: str, root: Path) -> str:
    """Name a file as it was asked for, where that way leads there and does not leave the root."""
    inside = asked.startswith(f"{root}/")
    return _shown(asked if inside and os.path.realpath(asked) == path else path, root)


def _shown(path: str, root: Path) -> str:
    """Write a path relative to the root if it lies in there."""
    if path == str(root):
        return "."
    return _text(path.removeprefix(f"{str(root).rstrip('/')}/"))


def _text(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _also_written(watched: Watched, root: Path, made: set[str]) -> list[str]:
    """List what else the command left behind; devices, and bytecode, are not."""
    found = {
        _shown(path, root)
        for path in watched.made
        if not path.endswith(_BYTECODE) and os.path.isfile(path)  # noqa: PTH113 - strings
    }
    return sorted(found - made)


def _connections(addresses: Iterable[str]) -> Iterator[Connection]:
    for address in sorted(addresses):
        yield Connection(address=_text(address), local=address.startswith(_LOCAL))


def _umask() -> int:
    found = os.umask(0o022)
    os.umask(found)
    return found


def _moment(nanoseconds: int) -> str:
    moment = datetime.fromtimestamp(nanoseconds // 1_000 / 1_000_000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def kept_moment(record: BuildRecord) -> str:
    """Write when a build ended, as names of kept records begin."""
    return record.finished.replace("-", "").replace(":", "")
