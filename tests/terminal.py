"""A terminal for a child: what it prints there can be waited for, and answered."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PATIENCE = 60
"""Seconds until a child that says nothing has failed the test."""


class Terminal:
    """The near end of a terminal a child sits at."""

    def __init__(self, master: int, child: subprocess.Popen[str]) -> None:
        self.said = ""
        self._master = master
        self._child = child

    def wait_for(self, text: str) -> None:
        """Wait until the child has printed a text, counted from the last answer."""
        while text not in self.said:
            assert self._listen(), f"{text!r} never came: {self.said!r}"

    def answer(self, text: str) -> None:
        """Type a line."""
        self.said = ""
        os.write(self._master, f"{text}\n".encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._child.send_signal(signal.SIGINT)

    def end(self) -> tuple[int, str]:
        """Wait for the child to end: its exit code, and what it printed to standard output."""
        while self._listen():
            pass
        out, _ = self._child.communicate(timeout=PATIENCE)
        return self._child.returncode, out

    def _listen(self) -> bool:
        readable, _, _ = select.select([self._master], [], [], PATIENCE)
        assert readable, f"silence after {self.said!r}"
        try:
            part = os.read(self._master, 4096)
        except OSError:  # Linux says so when the far end was closed
            return False
        self.said += part.decode()
        return bool(part)


@contextmanager
def at_terminal(
    words: Sequence[str], *, folder: Path, environ: Mapping[str, str]
) -> Iterator[Terminal]:
    """Start a child whose input and standard error are a terminal."""
    master, slave = pty.openpty()
    try:
        with subprocess.Popen(
            words,
            cwd=folder,
            env=dict(environ),
            stdin=slave,
            stdout=subprocess.PIPE,
            stderr=slave,
            text=True,
            start_new_session=True,
        ) as child:
            os.close(slave)
            try:
                yield Terminal(master, child)
            finally:
                child.kill()
    finally:
        os.close(master)
