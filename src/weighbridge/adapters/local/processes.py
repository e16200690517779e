"""Processes that outlive whoever starts them, started once however often that is killed.

Before a process is started, a record with a new token is written; the process has the token among
its variables, and holds a lock until it ends. Should we be killed in between, the next one sees the
lock held, finds who has the token, and takes that process for its own. None is ever signalled by
its number alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import signal
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.files import make_folder, storing
from weighbridge.adapters.local.records import (
    MARK,
    Record,
    Records,
    boot_id,
    has_mark,
    marked,
    started,
)
from weighbridge.adapters.local.waiting import until
from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_FOUND: Final = 5.0
"""Seconds a process may take from being made to having its variables."""
_KILLED: Final = 10.0
_WORDS: Final = 600
"""Bytes of its end that are told."""
UNKNOWN: Final = "ended; how is not known: nobody was there"


class Processes:
    """The processes of a delivery."""

    def __init__(self, folder: Path) -> None:
        """Name the folder of their records and logs; it is made when it is needed."""
        self._folder = folder / "run"
        self._logs = folder / "logs"
        self._records = Records(self._folder)
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    def names(self) -> list[str]:
        """List the processes that are remembered."""
        return self._records.names()

    def look(self, name: str) -> Record | None:
        """Look for a process.

        Returns:
            Its record: `pid` is set if it runs, else `ended` says how it ended. None if it was
            never started, or the machine was since then.
        """
        found = self._records.read(name)
        if found is None or found.boot != boot_id():
            return None
        if found.ended:
            return replace(found, pid=0)
        if not found.pid:
            return self._adopted(found)
        if started(found.pid) == found.started:
            return found
        return replace(found, pid=0, ended=self._how(found.pid))

    def runs(self, name: str) -> Record | None:
        """Return the record of a process that runs; None if it does not."""
        found = self.look(name)
        return found if found is not None and found.pid else None

    def remember(self, name: str) -> None:
        """Keep how a process ended of itself, if it has."""
        found = self.look(name)
        if found is not None and not found.pid:
            self._records.write(found)

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environ: Mapping[str, str],
        folder: Path,
        about: Mapping[str, str],
    ) -> Record:
        """Start a process that does not run; what is left of the one before is ended.

        Args:
            name: What it is called here.
            command: The program and its arguments.
            environ: Its variables.
            folder: Where it is started.
            about: What is to be remembered with it.

        Raises:
            UnavailableError: It cannot be started.
            StorageError: Its record or log cannot be written.
        """
        before = self._records.read(name)
        if before is not None:
            self._kill_rest(before)
            self._unlock(before.token)
        token = secrets.token_hex(16)
        record = Record(name=name, token=token, boot=boot_id(), about=about)
        with storing(self._folder):
            for one in (self._folder, self._logs):
                make_folder(one)
            lock = os.open(self._lock(token), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._records.write(record)
            child = self._spawned(name, command, {**environ, MARK: token}, folder, lock)
        finally:
            os.close(lock)
        self._children[child.pid] = child
        # A child of ours keeps its number until we ask how it ended, even if it has.
        record = replace(record, pid=child.pid, started=started(child.pid) or 0)
        self._records.write(record)
        return record

    def _spawned(
        self, name: str, command: Sequence[str], environ: Mapping[str, str], folder: Path, lock: int
    ) -> subprocess.Popen[bytes]:
        path = self._logs / f"{name}.log"
        with storing(path):
            if path.exists():
                # Last words are to be of this one, not of the one before.
                path.replace(path.with_suffix(".log.1"))
            log = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            return subprocess.Popen(
                command,
                env=environ,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock,),
            )
        except OSError as error:
            self._records.remove(name)
            self._unlock(environ[MARK])
            raise UnavailableError(
                f"{command[0]} cannot be started",
                seen=(error.strerror or str(error)).lower(),
                wanted="a program",
                help=["look whether it is there, and may be run"],
            ) from error
        finally:
            os.close(log)

    def signal(self, record: Record, number: signal.Signals) -> None:
        """Signal a process, and none that merely has its number."""
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(record.pid)
            try:
                if started(record.pid) == record.started:
                    signal.pidfd_send_signal(descriptor, number)
            finally:
                os.close(descriptor)

    def end(self, name: str, *, grace: float, contained: bool = False) -> None:
        """End a process and all it has started, and forget it.

        Args:
            name: The process.
            grace: Seconds it has, before it is killed.
            contained: Whether it only watches over what is to end of itself.
        """
        record = self._records.read(name)
        if record is None:
            return
        if record.boot == boot_id():
            found = self.look(name)
            if found is not None and found.pid:
                self._ask(found, contained=contained)
                until(lambda: not self._lives(found), grace)
                record = found
            self._kill_rest(record)
        self._records.remove(name)
        self._unlock(record.token)

    def last_words(self, name: str) -> str:
        """Return the end of a log, in a line that can be printed; empty if it has none."""
        try:
            with (self._logs / f"{name}.log").open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _WORDS))
                text = file.read(_WORDS).decode("utf-8", "replace")
        except OSError:
            return ""
        lines = ("".join(one for one in line if one.isprintable()) for line in text.splitlines())
        return "; ".join([line.strip() for line in lines if line.strip()][-3:])

    def _ask(self, record: Record, *, contained: bool) -> None:
        """Ask all of a process to end; who watches over others ends after them."""
        others = [pid for pid in marked(record.token) if pid != record.pid]
        for pid in others:
            _signal_marked(pid, record.token, signal.SIGTERM)
        if not contained or not others:
            self.signal(record, signal.SIGTERM)

    def _kill_rest(self, record: Record) -> None:
        if record.boot != boot_id():
            return

        def gone() -> bool:
            left = list(marked(record.token))
            for pid in left:
                _signal_marked(pid, record.token, signal.SIGKILL)
            if record.pid and started(record.pid) == record.started:
                self.signal(record, signal.SIGKILL)
                return False
            return not left

        until(gone, _KILLED)
        self._reap(record.pid)

    def _lives(self, record: Record) -> bool:
        return started(record.pid) == record.started or any(marked(record.token))

    def _adopted(self, record: Record) -> Record | None:
        """Find the process of a record that says it is being started; None if there is none."""
        found: list[int] = []

        def settled() -> bool:
            # Whoever was made, and has no variables yet, holds the lock.
            found[:] = sorted(marked(record.token), key=lambda pid: (started(pid) or 0, pid))
            return bool(found) or not self._held(record.token)

        until(settled, _FOUND)
        if not found:
            return None
        first = started(found[0])
        return None if first is None else replace(record, pid=found[0], started=first)

    def adopt(self, name: str) -> None:
        """Write down a process that was found by its mark."""
        found = self.runs(name)
        if found is not None and found != self._records.read(name):
            self._records.write(found)

    def _held(self, token: str) -> bool:
        try:
            lock = os.open(self._lock(token), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def _lock(self, token: str) -> Path:
        return self._folder / f"{token}.lock"

    def _unlock(self, token: str) -> None:
        with storing(self._lock(token)):
            self._lock(token).unlink(missing_ok=True)

    def _how(self, pid: int) -> str:
        """Say how a process ended, if it was started by us and not by one before us."""
        code = self._reap(pid)
        if code is None:
            return UNKNOWN
        if code < 0:
            return f"was ended by {_signal_name(-code)}"
        return f"ended with exit code {code}"

    def _reap(self, pid: int) -> int | None:
        child = self._children.get(pid)
        return None if child is None else child.poll()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _signal_marked(pid: int, token: str, number: signal.Signals) -> None:
    """Signal a process that has a mark, and none that has merely got its number since."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        descriptor = os.pidfd_open(pid)
        try:
            if has_mark(pid, f"{MARK}={token}".encode()):
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)
