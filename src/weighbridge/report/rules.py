"""Rules for people and programs: which there are, and what changed between two catalogues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.wording import plural
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.model.retirement import Retired
    from weighbridge.model.rule_catalogue import RuleCatalogue, RuleChange
    from weighbridge.report.interface import RuleText
    from weighbridge.report.style import Style

_MARKS: Mapping[str, tuple[str, Style]] = {
    "added": ("+", "good"),
    "removed": ("-", "error"),
    "retired": ("-", "inconclusive"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPack:
    """A rule pack there is.

    Attributes:
        name: Its name.
        version: Its version.
        digest: Its digest, or empty if it has none.
        installed: Whether it is an installed distribution, of which nothing was imported.
        problem: Why it cannot be used, or empty.
        rules: Its rules; none are known of one that is installed.
        retired: What became of those that are retired, by code.
    """

    name: str
    version: str
    digest: str
    installed: bool = False
    problem: str = ""
    rules: Sequence[RuleText] = ()
    retired: Mapping[str, Retired] | None = None

    @property
    def reference(self) -> str:
        """Name it as it is named where it is loaded."""
        return f"{self.name}@{self.version}" + (f"#{self.digest}" if self.digest else "")


def render_rules(ours: Sequence[RuleText], packs: Iterable[ListedPack]) -> str:
    """Write every rule on a line, ours first, then those of each pack."""
    parts = ["".join(_lines(ours, {}))]
    for pack in packs:
        about = pack.problem or ("installed, not loaded" if pack.installed else "published")
        heading = visible(f"{pack.reference}  {about}")
        parts.append(f"{heading}\n" + "".join(_lines(pack.rules, pack.retired or {})))
    return "\n".join(parts)


def _lines(rules: Sequence[RuleText], retired: Mapping[str, Retired]) -> Iterator[str]:
    width = max((len(rule.name) for rule in rules), default=0)
    judge = max((len(rule.judged_by) for rule in rules), default=0)
    for rule in rules:
        gone = retired.get(rule.code)
        said = rule.summary if gone is None else gone.told
        words = (
            f"{rule.code}  {rule.severity.value:<7}  {rule.judged_by:<{judge}}"
            f"  {rule.name:<{width}}  {said}"
        )
        yield f"{visible(words)}\n"


def rules_json(ours: Sequence[RuleText], packs: Iterable[ListedPack]) -> dict[str, object]:
    """Turn the rules there are into plain values."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "rules": [_listed(rule, {}) for rule in ours],
        "rulePacks": [
            {
                "name": pack.name,
                "version": pack.version,
                "digest": pack.digest,
                "from": "installed" if pack.installed else "published",
                "problem": pack.problem,
                "rules": [_listed(rule, pack.retired or {}) for rule in pack.rules],
            }
            for pack in packs
        ],
    }


def _listed(rule: RuleText, retired: Mapping[str, Retired]) -> dict[str, object]:
    plain: dict[str, object] = {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "judgedBy": rule.judged_by,
        "summary": rule.summary,
    }
    gone = retired.get(rule.code)
    if gone is not None:
        plain["retired"] = {"on": gone.on, "successor": gone.successor, "reason": gone.reason}
    return plain


def render_changes(
    before: RuleCatalogue,
    after: RuleCatalogue,
    changes: Sequence[RuleChange],
    *,
    styled: bool = False,
) -> str:
    """Write what changed, a line a change, and what was compared."""
    lines = [_change(change, styled=styled) for change in changes]
    last = f"{before.title} to {after.title}: {plural(len(changes), 'change')}"
    return "\n".join([*lines, visible(last)]) + "\n"


def _change(change: RuleChange, *, styled: bool) -> str:
    mark, style = _MARKS.get(change.kind, ("~", "strong"))
    said = {
        "added": f"{change.after}, new",
        "removed": "removed",
        "retired": change.after,
        "text": "another text",
        "judge": f"judged by {change.before} -> {change.after}",
        "asks": f"{change.before} -> {change.after}",
    }.get(change.kind, f"{change.kind} {change.before} -> {change.after}")
    words = visible(f"{change.code} {change.name}: {said}")
    return f"{paint(mark, style, styled=styled)} {words}"


def changes_json(
    before: RuleCatalogue, after: RuleCatalogue, changes: Sequence[RuleChange]
) -> dict[str, object]:
    """Turn what changed into plain values."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "before": {"title": before.title, "digest": before.digest},
        "after": {"title": after.title, "digest": after.digest},
        "changes": [
            {
                "code": change.code,
                "name": change.name,
                "kind": change.kind,
                "before": change.before,
                "after": change.after,
            }
            for change in changes
        ],
    }
