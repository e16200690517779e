"""Changes: what differs between two resolved manifests, one place a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | bool | None"
"""A value of a resolved manifest: JSON without floats."""

Kind = Literal["added", "removed", "changed"]
Risk = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference at one place.

    Attributes:
        pointer: JSON pointer (RFC 6901) of the place. An element of a keyed list is named by its
            key (`/spec/artifacts/model`), of any other list by its index: in the first document
            if it was removed, in the second if it was added, in both if something in it changed.
        kind: `added`, `removed` or `changed`.
        before: The value in the first document; None if it was added.
        after: The value in the second document; None if it was removed. Where a keyed list
            itself changed, both sides are its keys: the change is one of order.
        risk: How much a mistake here could hurt the people served.
        rules: Codes of the rules that judge this place.
    """

    pointer: str
    kind: Kind
    before: Value
    after: Value
    risk: Risk
    rules: tuple[str, ...] = ()
