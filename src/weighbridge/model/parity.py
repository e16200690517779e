"""Parity: whether what two releases run in, on and with is the same, entry by entry."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from weighbridge.model.fact import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.change import Type, Value
    from weighbridge.model.host import CapturedEnvironment

Parity = Literal["drift", "unknown", "allowed", "match"]
"""What came of one entry, the gravest first.

* `match`: both sides say the same.
* `drift`: they differ.
* `unknown`: one side does not say, or could not be asked. It is never good enough.
* `allowed`: drift or unknown, and owners said that this may differ.
"""

Of = Literal["", "delivered", "before"]
"""What is compared: what is declared, what was delivered, or that with what would be."""

PARITIES: tuple[Parity, ...] = get_args(Parity)

ROOTS = (
    "compatibility",
    "dependencies",
    "environment",
    "externalServices",
    "flags",
    "parameters",
)
"""What names of entries begin with: sections of a manifest that say what it runs in and with."""

DELIVERY = "delivery"
"""What names of entries begin with that are about nothing in a manifest: target and files."""

NOT_LOOKED_AT = Unavailable("nobody looked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing both sides were asked about.

    Attributes:
        name: Where in the manifest it stands: a JSON pointer (RFC 6901) below `/spec`, without
            the first `/`. Members of lists go by their names.
        outcome: What came of it.
        left: What the first side says; None if nothing.
        right: What the second side says; None if nothing.
        why: Why it is no match, one clause; empty where both values tell.
        allowed_by: The environment whose owners allow it, or empty.
        type: What kind of value it is, where that decides how it is told.
    """

    name: str
    outcome: Parity
    left: Value = None
    right: Value = None
    why: str = ""
    allowed_by: str = ""
    type: Type = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What was delivered, or would be.

    Attributes:
        rendering: The target, the files by digest, and what parameters and flags are in force; None
            if that is not known.
        images: Digests of the images it runs in or consists of, by the names of entries.
        observed: What was seen to run at the end; None if nobody looked.
        why: Why what is not known is not.
    """

    rendering: Mapping[str, Any] | None = None
    images: Mapping[str, str] = field(default_factory=dict)
    observed: Mapping[str, Any] | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Entries that may differ.

    Attributes:
        entries: Their names; `*` is any one part, and what lies below a name is meant, too.
        reason: Why they may.
        by: The environment that says so.
    """

    entries: tuple[str, ...]
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What is compared.

    Attributes:
        title: What people call it: `NAME@ENV`, `NAME@VERSION`, `this machine`.
        digest: Digest of the release, or of what was captured; empty of what is not sealed.
        version: Version of the release, or empty.
    """

    title: str
    digest: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sides, compared.

    Attributes:
        name: Name of the release.
        left: The first side; None if there is nothing of that name.
        right: The second side; likewise.
        entries: What came of each entry, sorted by name.
        silent: What every release runs in or on, and neither side says; and of a machine what it
            cannot be asked.
        of: What was compared, if that is not what releases declare.
    """

    name: str
    left: Side | None
    right: Side | None
    entries: tuple[Entry, ...]
    silent: tuple[str, ...] = ()
    of: Of = ""

    @property
    def verdict(self) -> Literal["pass", "fail", "inconclusive"]:
        """What it comes to: drift fails, unknown or nothing at all is inconclusive."""
        return verdict_of(self.entries)

    @property
    def counts(self) -> Mapping[Parity, int]:
        """How many entries came to what, the gravest first."""
        found = Counter(entry.outcome for entry in self.entries)
        return {outcome: found[outcome] for outcome in PARITIES}


def verdict_of(entries: tuple[Entry, ...]) -> Literal["pass", "fail", "inconclusive"]:
    """Sum up entries; of none nothing can be said."""
    outcomes = {entry.outcome for entry in entries}
    if "drift" in outcomes:
        return "fail"
    return "inconclusive" if "unknown" in outcomes or not outcomes else "pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine and the Python environment on it, as far as a release can be held against them.

    Attributes:
        captured: What was observed, as `capture --environment` does.
        stated: What markers (PEP 508) are told of it.
        variables: Values of environment variables by name; they are compared and shown only
            where the host shows them.
        settings: Settings of the kernel by name, or why one is not known.
        limits: Limits of a process by name: soft and hard, -1 for none; or why they are not known.
        arguments: Program and arguments of the process that serves; None if nobody named it.
    """

    captured: CapturedEnvironment
    stated: Mapping[str, str | frozenset[str]] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str | Unavailable] = field(default_factory=dict)
    limits: Mapping[str, tuple[int, int]] | Unavailable = NOT_LOOKED_AT
    arguments: tuple[str, ...] | None = None
