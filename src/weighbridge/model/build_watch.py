"""Watching a command of the user's own while it runs: who can, and what was seen.

Nothing is kept from the command; it runs as it would without us.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.build_record import Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a command did.

    Attributes:
        code: Its exit code; negative for the signal it died of.
        interrupted: Whether somebody asked us to end while it ran.
        witness: Who saw it.
        read: Whole path of each file it opened to read before it had made it itself, links
            followed, to the path it was asked for by.
        made: Whole paths it made, wrote, renamed or removed.
        unsure: Those among both that were opened in a way that makes a file where there is none.
        programs: Programs it started, and how often.
        addresses: Addresses it spoke to or tried, as people write them.
        processes: How many processes it started, the first one included.
        threads: How many threads it started.
        blind: Why some of what it did may not have been seen; empty if all was.
        started: Nanoseconds since 1970 when it began, by the clock files are stamped with.
        finished: Nanoseconds since 1970 when it had ended.
        cpu_milliseconds: Processor time of its processes.
        wall_milliseconds: Time by the clock on the wall.
        peak_memory: Bytes its largest process held.
    """

    code: int
    interrupted: bool = False
    witness: Witness
    read: Mapping[str, str] = field(default_factory=dict)
    made: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    programs: Mapping[str, int] = field(default_factory=dict)
    addresses: frozenset[str] = frozenset()
    processes: int = 1
    threads: int = 0
    blind: str = ""
    started: int
    finished: int
    cpu_milliseconds: int
    wall_milliseconds: int
    peak_memory: int = 0


class Watcher(Protocol):
    """Runs commands of the user's own, and sees what they do."""

    def run(self, command: tuple[str, ...], *, folder: str, environ: Mapping[str, str]) -> Watched:
        """Run a command with our own standard streams, to its end and that of all it started.

        Args:
            command: The program's whole path, or its name on the path, and its arguments.
            folder: Where it runs.
            environ: Its environment.

        Raises:
            UnavailableError: It could not be started.
        """
