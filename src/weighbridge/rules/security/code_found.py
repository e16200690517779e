"""Judging the code a file holds or names: each piece once, where it stands first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model import wording
from weighbridge.model.fact import observed
from weighbridge.model.finding import Severity, Threat
from weighbridge.rules.interface import Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weighbridge.model.fact import Facts
    from weighbridge.model.structure import CodeUse, Structure
    from weighbridge.rules.items import Examined
    from weighbridge.rules.security.code_trust import Opinion


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of code that is judged.

    Attributes:
        opinion: Says what is known of a piece of it.
        message: What is said of one; `{inside}` and `{name}` are the file and the piece.
    """

    opinion: Callable[[CodeUse], Opinion]
    message: str


def judge_code(
    kinds: Mapping[str, Kind], *, wanted: str, remediation: str
) -> Callable[[Examined, Facts], Iterator[Judgement]]:
    """Make the judge of a rule.

    Args:
        kinds: The kinds of code it judges, by their names.
        wanted: What a file should hold instead.
        remediation: What to do about what nobody knows.
    """

    def judge(examined: Examined, facts: Facts) -> Iterator[Judgement]:
        del facts
        file = observed(examined.file)
        for part in observed(file.structure).walk():
            for found, opinion in _found(part, kinds):
                yield _judged(file.path, part, found, opinion)

    def _judged(path: str, part: Structure, uses: list[CodeUse], opinion: Opinion) -> Judgement:
        first = uses[0]
        inside = f"{path}!/{part.container}" if part.container else path
        harmful = opinion.level == "malicious"
        more = f", and {wording.plural(len(uses) - 1, 'time')} more" if len(uses) > 1 else ""
        given = f" ({first.detail})" if first.detail else ""
        return Judgement(
            message=kinds[first.kind].message.format(inside=inside, name=first.name),
            seen=f"{first.name}{given} at byte {first.offset}{more}",
            wanted=wanted,
            cause=opinion.why,
            remediation=(
                "do not load the file; find out where it came from" if harmful else remediation,
            ),
            severity=Severity.NOTE if opinion.level == "note" else None,
            threat=None
            if opinion.level == "note"
            else Threat(
                level="malicious" if harmful else "needs-review",
                container=part.container,
                offset=first.offset,
                name=first.name,
            ),
        )

    return judge


def _found(part: Structure, kinds: Mapping[str, Kind]) -> Iterator[tuple[list[CodeUse], Opinion]]:
    """Yield what is not harmless, with all its places."""
    grouped: dict[tuple[str, str, Opinion], list[CodeUse]] = {}
    for use in part.code:
        kind = kinds.get(use.kind)
        if kind is None:
            continue
        opinion = kind.opinion(use)
        if opinion.level != "allowed":
            grouped.setdefault((use.kind, use.name, opinion), []).append(use)
    for (_, _, opinion), uses in grouped.items():
        yield uses, opinion
