"""Reports: all findings of one run, and everything that was not judged and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weighbridge.model.finding import Finding, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.finding_baseline import BaselineUse


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseName:
    """Which release a report is about.

    Attributes:
        name: Its name.
        version: Its version.
        digest: Release digest, or None if these bytes are not sealed.
    """

    name: str
    version: str
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Which rules judged.

    Attributes:
        version: Version of weighbridge.
        digest: sha256 over the rules' source files.
    """

    version: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackUse:
    """An organisation's rule pack that judged beside ours.

    Attributes:
        name: Its name.
        version: Its version.
        digest: Digest of its bytes, by which it was loaded.
        parameters: Thresholds that were given, by code and name; all others were the defaults.
        codes: Its rules that were to be asked, sorted.
    """

    name: str
    version: str
    digest: str
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    codes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Its name and version: `name@version`."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A rule that was not run.

    Attributes:
        code: The rule.
        reason: Why: deselected, ignored, not for this target …
        by: Who or what said so: `--ignore`, `weighbridge.toml:4` …
    """

    code: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """Bytes a report was made from.

    Attributes:
        name: Path or name.
        digest: `sha256:` and 64 hexadecimal digits.
        cached: Whether the digest came from the cache and the bytes were not read.
    """

    name: str
    digest: str
    cached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one `check`.

    Attributes:
        release: What was weighed.
        rule_set: What weighed it.
        findings: In the order of the papers.
        skipped: Rules not run.
        passed: Codes of rules that ran and found nothing.
        inputs: Everything read, by name.
        fail_on: Severity from which findings fail the check.
        targets: Names of the declared targets it was made for.
        packs: Rule packs that judged, too.
        baseline: The baseline its findings were held against, if there was one.
        proposed: Whether there was no manifest, and it was weighed against what `init` would write.
    """

    release: ReleaseName
    rule_set: RuleSet
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skip, ...] = ()
    passed: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    fail_on: Severity = Severity.ERROR
    targets: tuple[str, ...] = ()
    packs: tuple[PackUse, ...] = ()
    baseline: BaselineUse | None = None
    proposed: bool = False

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Findings that fail the check: neither waived nor old, at or above `fail_on`."""
        return tuple(
            finding
            for finding in self.findings
            if finding.verdict is Verdict.FAIL
            and finding.stands
            and finding.severity.rank >= self.fail_on.rank
        )

    @property
    def verdict(self) -> Verdict:
        """`fail` before `inconclusive` before `pass`."""
        if self.failures:
            return Verdict.FAIL
        if any(f.verdict is Verdict.INCONCLUSIVE and f.stands for f in self.findings):
            return Verdict.INCONCLUSIVE
        return Verdict.PASS

    def summary(self) -> dict[str, int]:
        """Count findings: errors, warnings, notes, inconclusive, waived; baselined with one."""
        counts = Counter(self._bucket(finding) for finding in self.findings)
        names = ["errors", "warnings", "notes", "inconclusive", "waived"]
        names += ["baselined"] if self.baseline is not None else []
        return {name: counts[name] for name in names}

    @staticmethod
    def _bucket(finding: Finding) -> str:
        if finding.waived_by is not None:
            return "waived"
        if finding.baselined:
            return "baselined"
        if finding.verdict is Verdict.INCONCLUSIVE:
            return "inconclusive"
        return f"{finding.severity.value}s"
