"""Changes: what differs between two resolved manifests, one place a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from weighbridge.model.quantity import Measure

if TYPE_CHECKING:
    from weighbridge.model.replay import NumberDifference

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | bool | None"
"""A value of a resolved manifest: JSON without floats."""

Kind = Literal["added", "removed", "changed"]
Risk = Literal["low", "medium", "high"]
Type = Literal["", "digest", "time", "version"] | Measure
"""What kind of value a field holds, where that decides how a change of it is told."""


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
        type: What kind of value stands here; empty if there is nothing to say about it.
        delta: How far apart the values are, in words (`+28 %`, `minor`); empty if not told.
    """

    pointer: str
    kind: Kind
    before: Value
    after: Value
    risk: Risk
    rules: tuple[str, ...] = ()
    type: Type = ""
    delta: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorState:
    """A tensor in one release.

    Attributes:
        dtype: Data type in the format's own word.
        shape: Dimensions, outermost first.
        size: Bytes of its data.
        digest: Digest of its data; None if they do not lie in one piece in the file.
        offset: Where in the file they begin; -1 if they do not lie there as they are.
    """

    dtype: str
    shape: tuple[int, ...]
    size: int
    digest: str | None
    offset: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorChange:
    """A tensor that differs between two releases.

    Attributes:
        name: Its name; where a file has the name more than once, `#2` and so on behind it.
        kind: `added`, `removed`, `changed`, or `unknown`: it looks the same and its bytes could
            not be compared.
        before: How it was; None if it was added.
        after: How it is; None if it was removed.
        difference: How far its numbers are apart; None if that was not to be told.
    """

    name: str
    kind: Kind | Literal["unknown"]
    before: TensorState | None
    after: TensorState | None
    difference: NumberDifference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorChanges:
    """What differs between the tensors of a file in two releases.

    Attributes:
        artifact: Name of the artifact; of a file in a directory, with its path behind it; of a
            member of an archive, with `!/` and its name behind that.
        changes: The tensors that differ, in the order of the second file, removed ones last.
        unchanged: How many do not.
    """

    artifact: str
    changes: tuple[TensorChange, ...]
    unchanged: int
