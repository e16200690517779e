"""A bill of materials: what a release consists of and needs, before it has a format.

`packing` writes one as CycloneDX or SPDX; `codec.sbom` reads as much of a foreign one as is needed
to judge it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.lock import LockedFile

PartKind = Literal[
    "application",
    "container",
    "data",
    "file",
    "library",
    "machine-learning-model",
    "operating-system",
]
"""What a part is, in CycloneDX' words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing a release consists of or needs.

    Attributes:
        ref: What other parts call it; unique in its bill.
        kind: What it is.
        name: Its name.
        version: Its version, or empty.
        purl: Its package URL, or empty.
        hashes: `algorithm:hex` of its bytes; of a package, of every file its lock admits.
        licence: Its licence as an SPDX expression, or what is said to be one; or empty.
        supplier: Who answers for it, or empty.
        description: What it is for, or empty.
        media_type: Media type of its bytes, or empty.
        source: Where it is from, an address, or empty.
        scope: Whether it is there when the release runs: `required`, `optional`, `excluded`.
        files: The files a lock admits for it, where the lock names them.
        properties: What no format has a field for.
        parts: What it consists of itself.
        role: Which part of the release it is: `base-model`, `dataset` … or empty.
    """

    ref: str
    kind: PartKind
    name: str
    version: str = ""
    purl: str = ""
    hashes: tuple[str, ...] = ()
    licence: str = ""
    supplier: str = ""
    description: str = ""
    media_type: str = ""
    source: str = ""
    scope: str = ""
    files: tuple[LockedFile, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service a release calls.

    Attributes:
        ref: What its bill calls it.
        name: Its name.
        endpoint: Its address.
        authenticated: Whether it asks who calls; None if nobody said.
    """

    ref: str
    name: str
    endpoint: str
    authenticated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A bill of materials.

    Attributes:
        subject: What it is the bill of.
        parts: What that consists of and needs, sorted by reference.
        services: What it calls.
        edges: What each of them depends on, by reference.
        created: When it was released (RFC 3339, UTC), or empty.
        version: Version of weighbridge.
        spec: The `spec` of the resolved manifest as plain values; empty for the bill of a lock.
    """

    subject: Part
    parts: tuple[Part, ...]
    services: tuple[Service, ...] = ()
    edges: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    created: str = ""
    version: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A component that a bill of materials lists, as far as it is judged.

    Attributes:
        kind: What the bill calls it: `library`, `data`, `machine-learning-model` …
        name: Its name.
        version: Its version, or empty.
        purl: Its package URL, or empty.
        licensed: Whether the bill says its licence.
        hashes: `algorithm:hex`, lower case, of it and of the files it may be had as.
    """

    kind: str
    name: str
    version: str = ""
    purl: str = ""
    licensed: bool = False
    hashes: tuple[str, ...] = ()


BillFault = Literal[
    "dangling-reference",
    "duplicate-reference",
    "hash-length",
    "bad-purl",
    "bad-licence",
    "not-in-lock",
    "not-in-sbom",
    "other-digest",
    "no-licence",
    "no-template-digest",
]
"""What a schema does not see and makes a bill worthless all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inconsistency:
    """Something in a bill of materials that cannot be so.

    Attributes:
        fault: What kind of thing.
        message: One clause, lower case, no full stop.
        pointer: JSON pointer into the bill; empty if it is about what is not there.
        wanted: What should be there, or empty.
    """

    fault: BillFault
    message: str
    pointer: str = ""
    wanted: str = ""
