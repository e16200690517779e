"""What is known of the globals of pickles: plain data with a version and a digest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from weighbridge.model.canonical import canonical_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

_Names = dict[str, dict[str, list[str]]]
"""Framework to module to names."""


@dataclass(frozen=True, kw_only=True)
class Lists:
    """What is known of globals.

    Attributes:
        version: When the lists were made, as a date.
        allowed: Framework to module to names that may be imported and called.
        values: The same for names that may be values, and that no pickle has reason to call.
        shapes: Full name to what its calls may have at each place: a value as it is written, a
            kind of value, nothing (empty), or anything (`*`).
        pairs: Full names whose results take a pair as state; for others that sets attributes.
        handed: Full names with a shape that may be given to other calls all the same.
        containers: Full names whose results are dicts, lists or sets.
        packages: Packages from which nothing is harmless.
        modules: Modules of other packages from which nothing is harmless.
        harmful: Module to names that run code.
        deserialisers: Module to names that load a further program.
        renamed: Former names of modules to their present ones.
    """

    version: str
    allowed: _Names
    values: _Names
    shapes: dict[str, list[list[str]]]
    pairs: list[str]
    handed: list[str]
    containers: list[str]
    packages: list[str]
    modules: list[str]
    harmful: dict[str, list[str]]
    deserialisers: dict[str, list[str]]
    renamed: dict[str, str]

    @cached_property
    def data(self) -> dict[str, Any]:
        """The lists as a plain value, from which they can be made again."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @cached_property
    def digest(self) -> str:
        """Digest of the canonical JSON of the lists."""
        return f"sha256:{sha256(canonical_bytes(self.data)).hexdigest()}"

    @cached_property
    def allowed_names(self) -> frozenset[str]:
        """Full names that may be imported and called."""
        return _full(name for group in self.allowed.values() for name in group.items())

    @cached_property
    def value_names(self) -> frozenset[str]:
        """Full names that may be values."""
        return _full(name for group in self.values.values() for name in group.items())

    @cached_property
    def harmful_names(self) -> frozenset[str]:
        """Full names that run code."""
        return _full(self.harmful.items())

    @cached_property
    def deserialiser_names(self) -> frozenset[str]:
        """Full names that load a further program."""
        return _full(self.deserialisers.items())


def _full(modules: Iterable[tuple[str, list[str]]]) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for module, names in modules for name in names)
