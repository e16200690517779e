"""Waiting for what may never come back: another's client, and whoever it asks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

PATIENCE = 60.0
"""Seconds somebody may take for one answer, his client's own attempts and all."""


class OverdueError(Exception):
    """Nothing has come back in time."""


def before(patience: float, work: Callable[[], Answer], *, name: str) -> Answer:
    """Let something be done, and wait no longer than its time.

    What is overdue goes on, in a thread that does not outlive the program; nobody hears of it.

    Args:
        patience: Seconds it may take.
        work: What is done.
        name: What its thread is called.

    Raises:
        OverdueError: Nothing has come back in time.
        Exception: Whatever it raised; a RuntimeError in place of one that would end the program.
    """
    answers: list[Answer] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(work())
        except BaseException as error:  # noqa: BLE001 - raised where somebody waits for it
            failures.append(error)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    thread.join(patience)
    for error in failures:
        if isinstance(error, Exception):
            raise error
        raise RuntimeError(f"{type(error).__name__}: {error}") from error
    for answer in answers:
        return answer
    raise OverdueError(f"no answer within {patience:g} seconds")
