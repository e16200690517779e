"""Work done in a child process: under another user, under a limit, or until it is killed."""

from __future__ import annotations

import os
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOBODY = 65534


def start(work: Callable[[], object]) -> int:
    """Start a child, which exits with 0 unless the work raises."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)


def end(child: int) -> int:
    """Wait for a child: its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def tell(work: Callable[[], str]) -> str:
    """Return what work in a child returns."""
    reader, writer = os.pipe()
    child = start(lambda: os.write(writer, work().encode()))
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        text = answer.read().decode()
    assert end(child) == 0
    return text


def tell_as_nobody(work: Callable[[], str]) -> str:
    """Return what work in a child returns that is not root, whoever runs the tests."""

    def unprivileged() -> str:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        return work()

    return tell(unprivileged)


@contextmanager
def public_folder() -> Iterator[Path]:
    """Make a folder that any user can enter; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
