"""Scanned files: what is known of a loose file after one reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from weighbridge.model.finding import Severity

if TYPE_CHECKING:
    from weighbridge.model.finding import Finding
    from weighbridge.model.structure import Status

ScanVerdict = Literal["clean", "needs-review", "malicious"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of a file the reading accounts for.

    Attributes:
        bytes: Bytes accounted for.
        total: Bytes of the file.
    """

    bytes: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedFile:
    """One loose file, read once and judged.

    Attributes:
        path: The file, as the user named it.
        format: `onnx`, `pickle` … or `unknown`.
        size: Bytes.
        digest: `sha256:` and 64 hexadecimal digits, or empty if the bytes could not be read.
        status: Whether the reading covers all of it.
        coverage: How much of it the reading covers.
        reason: Why the reading does not cover all of it; empty if it does.
        findings: What the rules say of it.
        inside: Of an image: how many of its files were looked into, and how many there are.
    """

    path: str
    format: str
    size: int
    digest: str
    status: Status
    coverage: Coverage
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    inside: tuple[int, int] | None = None

    @property
    def verdict(self) -> ScanVerdict:
        """`malicious` before `needs-review` before `clean`; unread bytes are never clean."""
        threats = {finding.threat.level for finding in self.findings if finding.threat}
        if "malicious" in threats:
            return "malicious"
        if threats or self.status != "complete" or self.coverage.bytes < self.coverage.total:
            return "needs-review"
        # A note says something about a sound file; anything heavier, or undecided, needs eyes.
        sound = all(f.severity is Severity.NOTE and f.verdict == "fail" for f in self.findings)
        return "clean" if sound else "needs-review"
