"""What came of a drill: which of the faults that were planted the gate caught, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

NOT_APPLICABLE = "not-applicable"
"""The verdict on a fault that could not be planted."""


class Fate(StrEnum):
    """What became of a fault."""

    CAUGHT = "caught"
    THROUGH = "through"
    UNCLEAR = "unclear"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One fault.

    Attributes:
        name: Its name.
        family: What it belongs to.
        says: What is planted, in a sentence.
        fate: What became of it.
        verdict: What the act came to: `denied`, `refused` …, or `not-applicable`.
        lines: The lines of defence that stood in its way. Each is a chain: a rule and the condition
            that asks for it, or a condition, or a check of the ledger; each alone is enough.
        why: In words: what stood in the way, why it could not be planted or told.
        close: What closes the gap, the command last.
    """

    name: str
    family: str
    says: str
    fate: Fate
    verdict: str
    lines: tuple[tuple[str, ...], ...] = ()
    why: str = ""
    close: tuple[str, ...] = ()

    @property
    def by(self) -> tuple[str, ...]:
        """What caught it: of each line the first."""
        return tuple(dict.fromkeys(line[0] for line in self.lines))

    @property
    def hangs_on(self) -> tuple[str, ...]:
        """What is in every line: switch one of these off, and the fault gets through."""
        if self.fate is not Fate.CAUGHT or not self.lines:
            return ()
        common = set(self.lines[0]).intersection(*map(set, self.lines))
        return tuple(one for one in self.lines[0] if one in common)


@dataclass(frozen=True, kw_only=True)
class Drill:
    """A drill.

    Attributes:
        environment: The environment.
        environment_digest: Digest of what was applied under that name.
        release: Digest of the release that was there.
        title: Its name and version.
        policy: Name and version of the policy.
        policy_digest: Digest of the bundle that is in force there.
        switches: What of the policy can be switched off.
        mode: `enforce` or `observe`: whether the environment stops what it catches.
        at: The time it was made.
        without: Rules and conditions that were switched off.
        controls: Why acts without any fault failed, by their name; empty if all did what they must.
        planted: Every fault.
    """

    environment: str
    environment_digest: str
    release: str
    title: str
    policy: str
    policy_digest: str
    switches: tuple[str, ...]
    mode: str
    at: str
    without: tuple[str, ...]
    controls: tuple[tuple[str, str], ...]
    planted: tuple[Planted, ...]

    @cached_property
    def through(self) -> tuple[Planted, ...]:
        """What got through."""
        return self._of(Fate.THROUGH)

    @cached_property
    def caught(self) -> tuple[Planted, ...]:
        """What was caught."""
        return self._of(Fate.CAUGHT)

    @cached_property
    def unclear(self) -> tuple[Planted, ...]:
        """What was stopped for another reason, or could not be tried."""
        return self._of(Fate.UNCLEAR)

    @cached_property
    def absent(self) -> tuple[Planted, ...]:
        """What could not be planted in this release."""
        return self._of(Fate.ABSENT)

    @cached_property
    def single(self) -> dict[str, tuple[str, ...]]:
        """What hangs on one thing: the faults, by what they hang on."""
        found: dict[str, list[str]] = {}
        for one in self.caught:
            for name in one.hangs_on:
                found.setdefault(name, []).append(one.name)
        return {name: tuple(faults) for name, faults in sorted(found.items())}

    @property
    def verdict(self) -> str:
        """`fail` if something got through, `inconclusive` if it cannot be told, or `pass`."""
        if self.through:
            return "fail"
        tried = bool(self.caught)
        return "pass" if tried and not self.unclear and not self.controls else "inconclusive"

    def _of(self, fate: Fate) -> tuple[Planted, ...]:
        return tuple(one for one in self.planted if one.fate is fate)
