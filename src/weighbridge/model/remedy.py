"""What was found out about mending a lock, and what is left to do about a release."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.model.finding import Finding
    from weighbridge.model.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A version that would have done, and did not.

    Attributes:
        version: The version.
        why: Why not, one clause.
        chain: What the resolver says, line by line.
        flaws: What speaks against the lock it makes, that does not speak against the old one:
            targets it loses, advisories it brings.
    """

    version: str
    why: str
    chain: tuple[str, ...] = ()
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """What came of mending a lock.

    Attributes:
        lock: The lock, relative to the manifest's folder.
        package: The package that is to be upgraded; empty if the lock is made anew as a whole.
        before: Its locked version.
        after: The version it gets; empty if none was found, or the lock has no such package now.
        mended: Whether a lock was made that does.
        asked: What the input asks for now, with its place; empty if it did not have to change.
        others: Other entries that change: `app 1.0 → 2.0`.
        tried: What was tried before.
        why: Why nothing was made, one clause; empty if something was.
        steps: What a person does instead, or to the same end, a step an entry.
    """

    lock: str
    package: str = ""
    before: str = ""
    after: str = ""
    mended: bool = False
    asked: str = ""
    others: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()
    why: str = ""
    steps: tuple[str, ...] = ()


class Way(StrEnum):
    """How something is mended, the easiest first."""

    AUTOMATIC = "automatic"
    COMMAND = "command"
    DECISION = "decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be done about one finding.

    Attributes:
        finding: The finding.
        way: How it is mended.
        commands: The commands, if there are any.
        mending: What was found out about its lock.
    """

    finding: Finding
    way: Way
    commands: tuple[str, ...] = ()
    mending: Mending | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedies:
    """All that is left to do about a release.

    Attributes:
        report: What was found.
        steps: In the order they are best taken.
    """

    report: Report
    steps: tuple[Step, ...]
