"""Findings: what the rules say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from weighbridge.model.location import Location


class Severity(StrEnum):
    """How much a failed rule weighs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """Weight for comparing: note 0, warning 1, error 2."""
        return {"note": 0, "warning": 1, "error": 2}[self.value]


class Verdict(StrEnum):
    """What came of judging; there is no fourth."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change `check --fix` can make: one value of one document.

    Attributes:
        file: File, relative to the manifest's folder.
        pointer: JSON pointer of the value in a YAML document; for any other file `""`.
        line: Line to replace, counted from 1, in a file that is not a YAML document; else 0.
        value: The new value, or the new line without its line break.
    """

    file: str
    value: str | int | bool
    pointer: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """An artifact `check --fix` may write anew, in a format that holds no program.

    Attributes:
        path: The file, relative to the manifest's folder.
        digest: `sha256:` and 64 hexadecimal digits of it, as it was weighed.
        pointer: JSON pointer of the artifact in the manifest.
    """

    path: str
    digest: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """A package of a lock that is to be had in a later version, where a resolver is at hand.

    Attributes:
        package: Its normalised name.
        version: The version that is locked.
        candidates: Versions that would do, in any order; the nearest that resolves is taken.
        lock: The lock, relative to the manifest's folder.
        reason: Why, in a word or an id: `PYSEC-2024-1`.
    """

    package: str
    version: str
    candidates: tuple[str, ...]
    lock: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relock:
    """A lock that is to be made anew from its inputs, where a resolver is at hand.

    Attributes:
        lock: The lock, relative to the manifest's folder.
        keep: Whether every version has to stay what it is.
        without: Normalised names of packages whose requirements leave the inputs first.
    """

    lock: str
    keep: bool = False
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Threat:
    """Where in a model file a threat sits.

    Attributes:
        level: `needs-review` (not on the allow-list) or `malicious` (known to run code).
        container: Path inside the file, components joined by `!/`; empty for the file itself.
        offset: Byte offset in that container; -1 if it is no matter of bytes.
        name: The global concerned (`module.name`), or what else is to be answered for, or empty.
        digest: Digest of the file; empty if its bytes were not to be had.
        aliases: Of a known vulnerability, its other ids.
    """

    level: Literal["needs-review", "malicious"]
    container: str = ""
    offset: int = 0
    name: str = ""
    digest: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule says of one subject.

    Attributes:
        code: Stable code of the rule.
        name: Its name, such as `digest-mismatch`.
        severity: How much it weighs.
        verdict: `fail` or `inconclusive`; a pass leaves no finding.
        subject: What it is about: a path, a package, a field.
        message: One sentence, lower case, no full stop.
        location: Where in the papers it stands.
        seen: What is there.
        wanted: What should be there.
        cause: Why it probably came to be.
        remediation: What to do, one step or command an entry.
        edits: What `check --fix` would change; empty if there is no safe remedy.
        conversion: What it would write in another format.
        upgrade: The package of a lock it would raise.
        relock: The lock it would make anew.
        threat: Where in the file, for findings about hostile content.
        waived_by: Who waived it, or None.
        baselined: Whether it was recorded in a baseline before, and does not count.
    """

    code: str
    name: str
    severity: Severity
    verdict: Verdict
    subject: str
    message: str
    location: Location
    seen: str = ""
    wanted: str = ""
    cause: str = ""
    remediation: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    conversion: Conversion | None = None
    upgrade: Upgrade | None = None
    relock: Relock | None = None
    threat: Threat | None = None
    waived_by: str | None = None
    baselined: bool = False

    @property
    def stands(self) -> bool:
        """Whether it counts: nobody waived it, and it was not there before."""
        return self.waived_by is None and not self.baselined

    @property
    def order(self) -> tuple[str, int, int, str, str, str]:
        """Sort key: by place in the papers, then by code and subject."""
        at = self.location
        return (at.file, at.line, at.column, self.code, self.subject, self.message)
