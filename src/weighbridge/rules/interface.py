"""What a rule is: a pure function from facts to findings, its text, and its examples.

A rule names the items it is asked about (`each`) and judges one item at a time. An item whose
facts could not be had is inconclusive, and the engine sees to that: a rule reads facts through
`observed` and need not think of their absence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from weighbridge.model.finding import (
    Conversion,
    Edit,
    Relock,
    Severity,
    Threat,
    Upgrade,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.location import Location
    from weighbridge.model.rule_catalogue import Judge

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a rule has to say against one item; the engine makes a `Finding` of it.

    Attributes:
        message: One sentence, lower case, no full stop.
        subject: What it is about, if other than the item's own subject.
        location: Where in the papers, if other than the item's own place.
        seen: What is there.
        wanted: What should be there.
        cause: Why it probably came to be.
        remediation: What to do, one step or command an entry.
        edits: What `check --fix` would change.
        conversion: What it would write in another format.
        upgrade: The package of a lock it would raise.
        relock: The lock it would make anew.
        threat: Where in the file, for hostile content.
        verdict: `fail`, or `inconclusive` when the facts do not decide.
        severity: If other than the rule's own.
    """

    message: str
    subject: str | None = None
    location: Location | None = None
    seen: str = ""
    wanted: str = ""
    cause: str = ""
    remediation: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    conversion: Conversion | None = None
    upgrade: Upgrade | None = None
    relock: Relock | None = None
    threat: Threat | None = None
    verdict: Verdict = Verdict.FAIL
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Generic[T]):
    """One thing a rule is asked about.

    Attributes:
        subject: Its name, for people: a path, a package, a field.
        location: Where the papers speak of it.
        value: The thing itself.
        digest: Digest of its bytes; empty if it is not of bytes, or they were not to be had.
        vouched: The package that lists it by its digest, or empty. Its word is taken for what is
            only unknown of the thing, never for what is known to do harm.
    """

    subject: str
    location: Location
    value: T
    digest: str = ""
    vouched: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A case the rule must get right; shown in the docs and run in the tests.

    Attributes:
        title: What is the case, a few words.
        facts: The facts.
        verdict: What the rule must say.
        seen: Text that must occur in the findings' message, seen or wanted.
    """

    title: str
    facts: Facts
    verdict: Verdict
    seen: str = ""


def _nothing(_facts: Facts) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[T]):
    """One rule of the catalogue.

    Attributes:
        code: Stable code, never reused.
        name: Stable name in kebab case.
        severity: How much a failure weighs.
        each: The items it is asked about, from the facts.
        judge: Says what is wrong with one item; nothing said is a pass.
        examples: Makes the examples, at least one passing and one failing.
        text: The module's docstring with the fixed sections.
        loose: Whether it judges loose files too, without a manifest (`scan`).
        fixable: Whether `check --fix` may be able to mend it.
        needs: Says what data this place lacks without which nobody can be asked; the rule is then
            skipped, which passes nowhere. Empty if it has all.
    """

    code: str
    name: str
    severity: Severity
    each: Callable[[Facts], Iterable[Item[T]]]
    judge: Callable[[T, Facts], Iterator[Judgement]]
    examples: Callable[[], list[Example]]
    text: str
    loose: bool = False
    fixable: bool = False
    needs: Callable[[Facts], str] = _nothing

    @property
    def judged_by(self) -> Judge:
        """Who asks it."""
        return "check"

    @property
    def needs_data(self) -> bool:
        """Whether there is data without which it cannot be asked."""
        return self.needs is not _nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """A rule that no check can ask: the gate or `verify` judges it, from evidence and history.

    Attributes:
        code: Stable code, never reused.
        name: Stable name in kebab case.
        severity: How much a failure weighs at most.
        text: The module's docstring with the fixed sections.
        judged_by: Who tells of what breaks it.
    """

    code: str
    name: str
    severity: Severity
    text: str
    judged_by: Judge = "gate"
