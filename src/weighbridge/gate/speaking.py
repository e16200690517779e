"""Commands as they can be typed: with the names of the release and the environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weighbridge.gate.case import text_of

if TYPE_CHECKING:
    from weighbridge.gate.case import Case
    from weighbridge.model.decision import Decision

_COMMAND = "weighbridge "
_PLACEHOLDER = re.compile(r"\b(?:REF|ENV|RELEASE)\b")


def typed(step: str, case: Case, *, version: str | None = None) -> str:
    """Put the names of a case into a command; other sentences stay as they are.

    Args:
        step: The command, or a sentence.
        case: The case.
        version: The version it is about, if that is another one than the case's.
    """
    named = case.manifest.get("metadata")
    name = text_of(named, "name")
    return _said(step, name, version or text_of(named, "version"), case.environment_name)


def spoken(step: str, decision: Decision) -> str:
    """Put the names of a decision into a command."""
    return _said(step, decision.name, decision.version, decision.environment)


def _said(step: str, name: str, version: str, environment: str) -> str:
    said = {"REF": f"{name}@{version}", "ENV": environment, "RELEASE": name}
    return _PLACEHOLDER.sub(lambda found: said[found[0]], step) if _COMMAND in step else step
