"""Baselines of findings: what was there when a project began to be weighed, and does not count.

They serve `check` alone. What a policy approves of (`data.NAME` of its bundle) and the release that
`try --baseline` measures against are called so, too, and have nothing to do with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.finding import (  # noqa: TC001 - read back by the types of fields
    Severity,
    Verdict,
)
from weighbridge.model.location import pointer, pointer_parts

if TYPE_CHECKING:
    from weighbridge.model.finding import Finding

_PLACE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedThreat:
    """Of a finding about hostile content, what it was and in which bytes.

    Attributes:
        level: `needs-review` or `malicious`.
        container: Path inside the file; empty for the file itself.
        name: The global concerned, or empty.
        digest: Digest of the file: other bytes are another finding.
    """

    level: str
    container: str = ""
    name: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFinding:
    """A finding that was recorded: all of it by which it is known again, and how much it weighed.

    Attributes:
        code: Code of the rule.
        verdict: `fail` or `inconclusive`; one never stands for the other.
        severity: How much it weighed; what weighs more by now is another finding.
        subject: What it is about.
        pointer: JSON pointer (RFC 6901), `*` where it counts members of a list.
        message: What is wrong.
        seen: What was there.
        threat: Where in which file, of hostile content.
    """

    code: str
    verdict: Verdict
    severity: Severity
    subject: str
    pointer: str = ""
    message: str = ""
    seen: str = ""
    threat: RecordedThreat | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """What it is known by: all but its weight, and no line."""
        known = (self.code, self.verdict, self.subject, self.pointer, self.message, self.seen)
        return (*known, self.threat)

    @property
    def order(self) -> tuple[str, ...]:
        """Sort key that depends on nothing but itself."""
        threat = self.threat
        where = () if threat is None else (threat.container, threat.name, threat.digest)
        known = (self.code, self.subject, self.pointer, self.verdict, self.message, self.seen)
        return (*known, self.severity, *where)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingBaseline:
    """A recorded list of findings; one that was found twice stands in it twice.

    Attributes:
        release: Name of the release they are of, whatever its version.
        findings: What was found.
    """

    release: str
    findings: tuple[RecordedFinding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineUse:
    """Of a report, the baseline its findings were held against.

    Attributes:
        file: Its file, as the user would name it.
        digest: `sha256:` and 64 hexadecimal digits of its bytes.
        gone: What stands in it and was not found, though its rule was asked and could tell.
    """

    file: str
    digest: str
    gone: tuple[RecordedFinding, ...] = ()


def recorded(finding: Finding) -> RecordedFinding:
    """Keep of a finding what it is known by."""
    threat = finding.threat
    return RecordedFinding(
        code=finding.code,
        verdict=finding.verdict,
        severity=finding.severity,
        subject=_written(finding.subject),
        pointer=_written(_unnumbered(finding.location.pointer)),
        message=_written(finding.message),
        seen=_written(finding.seen),
        threat=None
        if threat is None
        else RecordedThreat(
            level=threat.level,
            container=_written(threat.container),
            name=_written(threat.name),
            digest=threat.digest,
        ),
    )


def _unnumbered(at: str) -> str:
    """Leave out the places in lists: an entry above moves them."""
    return pointer(*(_PLACE if part.isdecimal() else part for part in pointer_parts(at)))


def _written(text: str) -> str:
    """Write a text so that a file of UTF-8 can hold it: names of files may be none."""
    return text.encode("utf-8", "backslashreplace").decode()
