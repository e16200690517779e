"""What came of making a build again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from weighbridge.model.rebuilding import Factor
    from weighbridge.model.replay import Difference, OutputVerdict, ReplayVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedFactor:
    """A factor that was changed around a build.

    Attributes:
        name: The factor.
        canary: Whether the change was seen to arrive inside the sandbox.
    """

    name: Factor
    canary: Literal["arrived", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UntriedFactor:
    """A factor that was not changed.

    Attributes:
        name: The factor.
        because: Why.
        decided: Whether it can make no difference, rather than that nobody knows.
    """

    name: Factor
    because: str
    decided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Guilty:
    """What the outputs of a build depend on, and should not.

    Attributes:
        name: The factor, or that nothing was changed at all.
        path: The first output that differs for it; empty if the build failed.
        difference: How it differs; None if the build failed.
        failed: How the build failed; empty if it did not.
    """

    name: str
    path: str = ""
    difference: Difference | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Something of the environment that is not what the record says.

    Attributes:
        name: What it is.
        recorded: What the record says.
        here: What there is here; empty if nothing.
    """

    name: str
    recorded: str
    here: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something a build did or tried that its record should not need.

    Attributes:
        kind: `network`, `read-outside`, `written-outside`, `undeclared-input`, `copied-output`.
        what: The address or path.
    """

    kind: Literal["network", "read-outside", "written-outside", "undeclared-input", "copied-output"]
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What came of making a build again.

    Attributes:
        title: The release, or the command of the build if none was named.
        release: The release digest; None if none was named.
        record: Digest of the build record's bytes.
        verdict: How alike the outputs are.
        reason: Why it could not be replayed; empty if it could.
        said: The end of what the build printed, if it failed.
        outputs: How each output compares.
        intermediates: How each intermediate does.
        perturbed: Whether anything was changed around it on purpose.
        factors: Factors that were changed.
        untried: Factors that were not, and why.
        guilty: What the outputs depend on, and should not.
        builds: How often the command was run.
        drift: Where the environment is not that of the record.
        deeds: What the build did or tried that the record should not need.
        untold: What is not known of this replay, in words: each weakens it.
    """

    title: str
    release: str | None
    record: str
    verdict: ReplayVerdict
    reason: str = ""
    said: str = ""
    outputs: tuple[OutputVerdict, ...] = ()
    intermediates: tuple[OutputVerdict, ...] = ()
    perturbed: bool = False
    factors: tuple[TriedFactor, ...] = ()
    untried: tuple[UntriedFactor, ...] = ()
    guilty: tuple[Guilty, ...] = ()
    builds: int = 0
    drift: tuple[Drift, ...] = ()
    deeds: tuple[Deed, ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def undecided(self) -> tuple[str, ...]:
        """Factors nobody can say anything of."""
        guilty = {one.name for one in self.guilty}
        lost = [one.name.value for one in self.factors if one.canary == "lost"]
        untried = [one.name.value for one in self.untried if not one.decided]
        return tuple(name for name in (*lost, *untried) if name not in guilty)

    @property
    def outcome(self) -> Literal["pass", "fail", "inconclusive"]:
        """What it comes to for whoever asked."""
        if self.verdict == "could-not-replay":
            return "inconclusive"
        if self.verdict == "different" or self.guilty:
            return "fail"
        return "inconclusive" if self.undecided else "pass"
