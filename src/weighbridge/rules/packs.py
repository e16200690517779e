"""Rule packs of an organisation, loaded: their rules are asked as ours are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weighbridge.model.report import PackUse, Skip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.model.retirement import Retired
    from weighbridge.rules.interface import Rule


def _never(_code: str, _now: str) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A rule pack.

    Attributes:
        name: Its name.
        version: Its version.
        digest: Digest of its bytes.
        rules: Every rule, those that are retired or not in force among them.
        retired: What became of those that are retired, or will be, by code.
        parameters: Thresholds that were given, by code and name.
        idle: Says why a rule, by its code, is not asked at a time; empty if it is.
        published: Whether owners published it; else it is an installed distribution.
    """

    name: str
    version: str
    digest: str
    rules: tuple[Rule[Any], ...]
    retired: Mapping[str, Retired] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    idle: Callable[[str, str], str] = _never
    published: bool = True

    @property
    def title(self) -> str:
        """Its name and version: `name@version`."""
        return f"{self.name}@{self.version}"

    def asked(self, now: str) -> tuple[Rule[Any], ...]:
        """List the rules that are asked at a time."""
        return tuple(rule for rule in self.rules if not self.idle(rule.code, now))

    def gone(self, now: str) -> dict[str, Retired]:
        """Say what became of the rules that are retired at a time."""
        return {code: one for code, one in self.retired.items() if one.is_at(now)}

    def skips(self, now: str) -> tuple[Skip, ...]:
        """List the rules that are not in force at a time; one that is retired is none any more."""
        gone = self.gone(now)
        return tuple(
            Skip(code=rule.code, reason=why, by=self.title)
            for rule in self.rules
            if rule.code not in gone and (why := self.idle(rule.code, now))
        )

    def use(self, now: str) -> PackUse:
        """Say what a report made at a time was made with."""
        return PackUse(
            name=self.name,
            version=self.version,
            digest=self.digest,
            parameters=self.parameters,
            codes=tuple(sorted(rule.code for rule in self.asked(now))),
        )
