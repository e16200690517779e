"""How a rule pack is named wherever it is loaded: `NAME@VERSION#sha256:DIGEST`, and no shorter."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM = "NAME@VERSION#sha256:DIGEST"
_REFERENCE = re.compile(
    r"(?P<name>[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?)"
    r"@(?P<version>[A-Za-z0-9][A-Za-z0-9._+!-]{0,126})"
    r"#(?P<digest>sha256:[0-9a-f]{64})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPack:
    """A rule pack that somebody wants to be loaded.

    Attributes:
        name: Its name.
        version: Its version.
        digest: What its bytes must be: `sha256:` and 64 hexadecimal digits.
        parameters: Thresholds other than the defaults, by code and name.
        by: Who names it: `--rule-pack`, `weighbridge.toml:4`, an environment.
    """

    name: str
    version: str
    digest: str
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    by: str = ""

    @property
    def title(self) -> str:
        """Its name and version: `name@version`."""
        return f"{self.name}@{self.version}"

    def __str__(self) -> str:
        """Write it as it is named."""
        return f"{self.title}#{self.digest}"


def read_reference(text: str, *, by: str = "") -> NamedPack | None:
    """Read a reference; None if the text is none."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        return None
    return NamedPack(name=found["name"], version=found["version"], digest=found["digest"], by=by)
