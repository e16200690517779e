"""Catalogues of rules: what a version of ours, or of a rule pack, judges with; to be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.retirement import Retired

Judge: TypeAlias = Literal["check", "gate", "verify"]
"""Who asks a rule: `check`, of facts; the gate, of evidence and history; `verify`, of papers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CataloguedRule:
    """One rule of a catalogue.

    Attributes:
        code: Its code.
        name: Its name.
        severity: How much a failure weighs.
        text: Digest of what is said of it.
        asks: What it asks, as far as that is not a program: by the word for it.
        judged_by: Who asks it.
    """

    code: str
    name: str
    severity: str
    text: str
    asks: Mapping[str, str]
    judged_by: Judge = "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCatalogue:
    """The rules of one version.

    Attributes:
        title: `weighbridge 0.1.0`, or `name@version` of a pack.
        digest: Digest of the rule set or pack.
        rules: Its rules, retired ones left out, by code.
        retired: What became of the others, by code.
    """

    title: str
    digest: str
    rules: Mapping[str, CataloguedRule]
    retired: Mapping[str, Retired]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """What is different about a rule between two catalogues.

    Attributes:
        code: Its code.
        name: Its name, the newer one.
        kind: What changed: `judge` is who asks it, `asks` what it asks, `text` what is said of it.
        before: What was, where there is a word for it.
        after: What is.
    """

    code: str
    name: str
    kind: Literal["added", "removed", "retired", "name", "severity", "judge", "asks", "text"]
    before: str = ""
    after: str = ""
