"""A change of a registry that somebody made elsewhere, from what he had read.

He runs a verb as he would beside the registry; what it would have written comes here with what it
rests on. It is taken only if all that was read is still so, and if its papers bear it out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.event import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """What a change rests on.

    Attributes:
        size: How many entries there were.
        control: Index of the newest entry of the control plane; None if there were no entries.
        topics: How many entries there were under each topic that was looked up.
        releases: How many versions there were of each release name that was looked up.
        everything: Whether anything was read that any entry may change.
    """

    size: int
    control: int | None
    topics: Mapping[str, int] = field(default_factory=dict)
    releases: Mapping[str, int] = field(default_factory=dict)
    everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A name and version for a release digest."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry that is to be appended."""

    kind: Kind
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteChange:
    """A change made elsewhere.

    Attributes:
        time: When, by the clock of the registry.
        reads: What it rests on.
        bindings: Releases that are bound.
        entries: Entries, in their order.
        rotates: The log's next key (signed-note verifier key), if it is to sign from now on.
    """

    time: str
    reads: Reads
    bindings: tuple[Binding, ...] = ()
    entries: tuple[Draft, ...] = ()
    rotates: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A change that was taken.

    Attributes:
        first: Index of its first entry.
        size: How many entries there are now.
        checkpoint: The signed note over them.
        bound: Whether each binding was new.
    """

    first: int
    size: int
    checkpoint: bytes
    bound: tuple[bool, ...]
