"""Finding uv and running it: with a time limit, few variables, and nothing left behind.

Never by a shell. What it prints is for people: what counts is its exit code and the file it wrote.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.codec.address import without_credentials
from weighbridge.model.resolution import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

SECONDS = 120.0
"""Time one run may take."""

_CHAIN = 40
"""Lines of its reasons that are kept."""

_WIDTH = 500
_UNSATISFIABLE = 1
"""Its exit code where requirements contradict one another, or ask for what is not to be had."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

# How a user reaches the indexes is theirs to say. Any other variable of uv's changes what comes
# of it, and no lock says it was set.
_KEPT = re.compile(
    r"HOME|USERPROFILE|APPDATA|LOCALAPPDATA|SYSTEMROOT|TMPDIR|TEMP|TMP|XDG_\w+|SSL_CERT_\w+"
    r"|(?:HTTPS?|ALL|NO)_PROXY|UV_(?:DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS"
    r"|INDEX_\w+_(?:USERNAME|PASSWORD)|KEYRING_PROVIDER|SYSTEM_CERTS|NATIVE_TLS|HTTP_TIMEOUT)",
    re.IGNORECASE,
)


def find_uv(environ: Mapping[str, str]) -> str | None:
    """Find uv: the one of the extra `remedy`, or else on the path; None if there is none."""
    with contextlib.suppress(ImportError, FileNotFoundError):
        from uv import find_uv_bin  # noqa: PLC0415 - an extra

        return find_uv_bin()
    return shutil.which("uv", path=_path(environ))


@dataclass(frozen=True, slots=True, kw_only=True)
class Uv:
    """Uv, ready to run.

    Attributes:
        program: The program.
        environ: The user's variables.
        cache: Folder of what it has fetched; None if it is to keep nothing.
        offline: Whether it must not use the network.
        seconds: Time one run may take.
    """

    program: str
    environ: Mapping[str, str]
    cache: str | None
    offline: bool = False
    seconds: float = SECONDS

    def run(self, folder: Path, command: Sequence[str], arguments: Sequence[str]) -> Refused | None:
        """Run it in a folder.

        It builds nothing, since building is running what a package brings along.

        Args:
            folder: The folder.
            command: What it is to do: `pip compile`, `lock`, `export`.
            arguments: Options and files.

        Returns:
            Why it did not; None if it did.
        """
        offline = ["--offline"] if self.offline else []
        cache = ["--no-cache"] if self.cache is None else [f"--cache-dir={self.cache}"]
        words = [self.program, *command, *_ALWAYS, *offline, *cache, *arguments]
        process: subprocess.Popen[bytes] | None = None
        try:
            # In a session of its own: an interruption is ours to hear, and it ends with us.
            with _hearing_later():
                process = subprocess.Popen(
                    words,
                    cwd=folder,
                    env=self._variables(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
            _, errors = process.communicate(timeout=self.seconds)
        except subprocess.TimeoutExpired:
            return Refused(reason=f"uv ran for {self.seconds:g} seconds and was ended")
        except OSError as error:
            return Refused(reason=f"uv cannot be run: {error.strerror or error}".lower())
        finally:
            if process is not None:
                _end(process)
        return None if process.returncode == 0 else _refused(process.returncode, errors)

    def _variables(self) -> dict[str, str]:
        kept = {name: value for name, value in self.environ.items() if _KEPT.fullmatch(name)}
        # The Python we run on comes first, itself and not an environment made of it, which uv
        # passes over: one in the folder of the release is somebody else's program.
        own = os.path.realpath(sys.executable)
        path = os.pathsep.join([str(Path(own).parent), _path(self.environ)])
        return {**kept, "PATH": path, "LC_ALL": "C", "UV_PYTHON_DOWNLOADS": "never"}


_ALWAYS = ("--no-python-downloads", "--no-progress", "--color", "never", "--quiet")


def _path(environ: Mapping[str, str]) -> str:
    """List the folders programs are in; a relative one would be the release's."""
    return os.pathsep.join(filter(os.path.isabs, environ.get("PATH", "").split(os.pathsep)))


@contextlib.contextmanager
def _hearing_later() -> Iterator[None]:
    """Put an interruption off: a program that was begun and has no name yet could not be ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[FrameType | None] = []
    before = signal.signal(signal.SIGINT, lambda _, frame: heard.append(frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard and callable(before):
            before(signal.SIGINT, heard[0])


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it, and what it started, if it still runs."""
    with process:
        if process.returncode is not None:
            return
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _refused(code: int, errors: bytes) -> Refused:
    text = without_credentials(_COLOUR.sub("", errors.decode("utf-8", "backslashreplace")))
    lines = [line.strip()[:_WIDTH] for line in text.splitlines() if line.strip()]
    reason = lines[0].removeprefix("error: ") if lines else f"uv ended with exit code {code}"
    return Refused(reason=reason, chain=tuple(lines[1:_CHAIN]), decided=code == _UNSATISFIABLE)
