"""What ends by itself soon, and what stands on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any


class Ending(StrEnum):
    """What can end by itself."""

    APPROVAL = "approval"
    WAIVER = "waiver"
    EVIDENCE = "evidence"
    KEY = "key"
    FREEZE = "freeze"
    ADVISORIES = "advisories"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiring:
    """Something that ends by itself.

    Attributes:
        kind: What it is.
        what: It in words, the same every day.
        ends: When it ends, or has ended (`YYYY-MM-DDTHH:MM:SSZ`).
        is_over: Whether it has ended.
        environment: The environment it is about, or empty.
        name: The release name it is about, or empty.
        version: Version of that release, or empty.
        release: Digest of that release, or empty.
        person: Whose it is, or empty.
        stands: What stands on it, a line each.
    """

    kind: Ending
    what: str
    ends: str
    is_over: bool = False
    environment: str = ""
    name: str = ""
    version: str = ""
    release: str = ""
    person: str = ""
    stands: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Names it among all others: 16 hexadecimal digits, the same every day until it ends."""
        parts = (self.kind.value, self.environment, self.name, self.release, self.what, self.ends)
        return sha256("\0".join(parts).encode()).hexdigest()[:16]

    @property
    def words(self) -> str:
        """It in one line, for people."""
        on_it = f"; on it: {', '.join(self.stands)}" if self.stands else ""
        if self.kind is Ending.ADVISORIES:
            return f"{self.what} since {self.ends}{on_it}"
        return f"{self.what} {'ended' if self.is_over else 'ends'} at {self.ends}{on_it}"

    @property
    def entry(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "kind": self.kind.value,
            "what": self.what,
            "ends": self.ends,
            "over": self.is_over,
            "environment": self.environment,
            "name": self.name,
            "version": self.version,
            "release": self.release,
            "person": self.person,
            "stands": list(self.stands),
        }
