"""Every expression of a policy, with its place and what it must yield."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from weighbridge.model.location import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.policy import PromotionPolicy


class Asked(Protocol):
    """What is asked of a release by expressions: a condition of a policy, a rule of a pack."""

    @property
    def title(self) -> str:
        """What it is about, in a sentence."""

    @property
    def for_each(self) -> str | None:
        """The collection it is asked of, item by item; once if None."""

    @property
    def when(self) -> str | None:
        """Condition under which it is asked; always if None."""

    @property
    def expr(self) -> str:
        """What must be true."""

    @property
    def message(self) -> str:
        """What to say where it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """An expression (CEL).

    Attributes:
        source: Its text.
        pointer: JSON pointer of it in the policy.
        yields: Type of its value.
        for_each: The collection whose items it sees as `item`, or None.
    """

    source: str
    pointer: str
    yields: Literal["bool", "string"] = "bool"
    for_each: str | None = None


def expressions(policy: PromotionPolicy) -> Iterator[Located]:
    """List the expressions of a policy, in the order of its fields."""
    spec = policy.spec
    conditional: dict[str, list[str | None]] = {
        "riskWhen": [entry.when for entry in spec.risk_when or ()],
        "evidence": [entry.when for entry in spec.evidence or ()],
        "approvals": [entry.when for entry in spec.approvals or ()],
    }
    for key, sources in conditional.items():
        for index, source in enumerate(sources):
            if source is not None:
                yield Located(source=source, pointer=pointer("spec", key, index, "when"))
    for index, condition in enumerate(spec.conditions or ()):
        yield from of_asked(condition, pointer("spec", "conditions", index))


def of_asked(asked: Asked, at: str) -> Iterator[Located]:
    """List the expressions of one condition or rule.

    Args:
        asked: The condition or rule.
        at: Its own JSON pointer.
    """
    each = asked.for_each
    if asked.when is not None:
        yield Located(source=asked.when, pointer=f"{at}/when", for_each=each)
    yield Located(source=asked.expr, pointer=f"{at}/expr", for_each=each)
    yield Located(source=asked.message, pointer=f"{at}/message", yields="string", for_each=each)
