"""What a scanner of vulnerabilities found, and the in-toto predicate it becomes.

Each scanner prints a document of its own. What a gate needs of them is one thing: what was looked
at, which flaws are in it and how bad each is called, when, and what the scan leaves open. Whatever
the scanner was told to ignore is a flaw like any other, with the reason beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.predicates import OURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST: Final = 20_000
"""Flaws of a document, at most."""
LONGEST: Final = 300
"""Characters of a text that is carried over."""

Package = tuple[str, str]
"""Name and version, as the scanner writes them."""


class ScanError(ValueError):
    """A document is none of a scanner's, or says less than a scan says."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Flaw:
    """One flaw in one package.

    Attributes:
        id: What the scanner calls it.
        package: The package it is in.
        version: The version of that.
        score: How bad the scanner calls it, in its own word.
        fixed: Versions without it.
        aliases: What others call it.
        suppressed: Why the scanner was told to ignore it; empty if it was not.
    """

    id: str
    package: str
    version: str
    score: str
    fixed: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    suppressed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a scanner said.

    Attributes:
        tool: Its name.
        uri: What identifies it (package URL).
        about: What it says it looked at, in its words.
        version: Its version, or empty.
        finished: When it did (RFC 3339), or empty if it does not say.
        data: What it knew of flaws: `uri`, `version`, `lastUpdate`, as far as it says.
        flaws: What it found.
        open: Why it may not have found everything.
        digests: What it looked at, by any digest it names of that.
        packages: The packages it looked at, where they are what tells that; else None.
    """

    tool: str
    uri: str
    about: str
    version: str = ""
    finished: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    flaws: tuple[Flaw, ...] = ()
    open: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    packages: frozenset[Package] | None = None


def ordered(flaws: Iterable[Flaw]) -> tuple[Flaw, ...]:
    """Return flaws once each, in the same order whatever order they were found in.

    Raises:
        ScanError: There are too many to be told.
    """
    found = tuple(sorted(set(flaws)))
    if len(found) > MOST:
        raise ScanError(f"it has more than {MOST:,} flaws")
    return found


def short(text: object) -> str:
    """Return a text on one line, cut; empty if it is none."""
    return " ".join(text.split())[:LONGEST] if isinstance(text, str) else ""


def predicate_of(scan: Scan, *, document: str, open_: Iterable[str] = ()) -> dict[str, Any]:
    """Write a scan as in-toto's vulnerabilities, v0.2.

    A time it does not say is not there: nobody else knows it.

    Args:
        scan: The scan.
        document: Digest of what the scanner printed.
        open_: Why it may not be about all of what it is said to be about.
    """
    scanner: dict[str, Any] = {"result": [_result(one, scan) for one in scan.flaws]}
    scanner["uri"] = scan.uri
    if scan.version:
        scanner["version"] = scan.version
    if scan.data:
        scanner["db"] = dict(scan.data)
    when = {"scanStartedOn": scan.finished, "scanFinishedOn": scan.finished}
    return {
        "metadata": when if scan.finished else {},
        "scanner": scanner,
        OURS: {
            "scan": {
                "about": scan.about,
                "digest": document,
                "open": [*scan.open, *open_],
                "suppressed": sum(bool(one.suppressed) for one in scan.flaws),
                "tool": scan.tool,
            }
        },
    }


def _result(flaw: Flaw, scan: Scan) -> dict[str, Any]:
    said = {
        "package": flaw.package,
        "version": flaw.version,
        "fixedIn": ", ".join(flaw.fixed),
        "aliases": ", ".join(flaw.aliases),
        "suppressed": flaw.suppressed,
    }
    return {
        "annotations": [{name: value for name, value in said.items() if value}],
        "id": flaw.id,
        "severity": [{"method": scan.tool, "score": flaw.score}],
    }
