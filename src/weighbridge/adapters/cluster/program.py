"""Finding kubectl and running it: never by a shell, with a time limit, its output bounded."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LARGEST: Final = 32 << 20
"""Bytes it may print."""
_LARGEST_ERRORS: Final = 256 << 10
_OURS: Final = "WEIGHBRIDGE_"


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that came to its end.

    Attributes:
        code: Its exit code.
        output: What it printed.
        errors: What it said beside that.
    """

    code: int
    output: bytes
    errors: str


def find_kubectl(environ: Mapping[str, str]) -> str | None:
    """Find kubectl on the path; None if there is none.

    A relative entry of the path would be a program of the folder one happens to be in.
    """
    folders = filter(os.path.isabs, environ.get("PATH", "").split(os.pathsep))
    return shutil.which("kubectl", path=os.pathsep.join(folders))


def run(words: Sequence[str], *, given: bytes, environ: Mapping[str, str], seconds: float) -> Ended:
    """Run a program to its end.

    Args:
        words: The program and its arguments.
        given: What it reads.
        environ: The user's variables: it may need any of them to log in, and none of ours.
        seconds: Time it may take.

    Raises:
        UnavailableError: It cannot be run, takes too long, or says too much.
    """
    kept = {name: one for name, one in environ.items() if not name.startswith(_OURS)}
    with tempfile.TemporaryFile() as file:
        file.write(given)
        file.seek(0)
        try:
            # In a session of its own: it ends with us, and whatever it started to log in with it.
            process = subprocess.Popen(
                words,
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**kept, "LC_ALL": "C"},
                start_new_session=True,
            )
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise UnavailableError(f"kubectl cannot be run: {reason}") from error
        try:
            return _followed(process, seconds)
        finally:
            _end(process)


def _followed(process: subprocess.Popen[bytes], seconds: float) -> Ended:
    found: dict[str, bytes] = {}

    def read(name: str, stream: IO[bytes], most: int) -> None:
        found[name] = stream.read(most + 1)
        if len(found[name]) > most:
            _kill(process)

    streams = (("output", process.stdout, LARGEST), ("errors", process.stderr, _LARGEST_ERRORS))
    threads = [
        threading.Thread(target=read, args=(name, stream, most), daemon=True)
        for name, stream, most in streams
        if stream is not None
    ]
    for one in threads:
        one.start()
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(
            f"kubectl took longer than {seconds:g} seconds and was ended",
            help=["see whether the API of the cluster can be reached: kubectl version"],
        ) from error
    for one in threads:
        one.join(timeout=seconds)
    if len(found) < len(threads):  # something it started still holds its output
        _kill(process)
    output, errors = found.get("output", b""), found.get("errors", b"")
    if len(output) > LARGEST or len(errors) > _LARGEST_ERRORS or len(found) < len(threads):
        raise UnavailableError("kubectl says more than can be read", wanted=f"{LARGEST} bytes")
    return Ended(process.returncode, output, errors.decode("utf-8", "backslashreplace"))


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it if it still runs, and let go of it."""
    if process.poll() is None:
        _kill(process)
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
