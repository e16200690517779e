"""`explain`: what a code means, or where a value of the manifest comes from."""

from __future__ import annotations

import difflib
import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.faults import DOCUMENT_FAULTS
from weighbridge.model import errors
from weighbridge.model.errors import UsageError, WeighbridgeError
from weighbridge.model.verification import VERIFICATION_FAULTS
from weighbridge.rules.catalogue import GATE_RULES, RULES, gate_rule, rule
from weighbridge.usecases.origins import ValueOrigin, value_origin
from weighbridge.usecases.references import find_authored

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.usecases.templates import Catalogues

_CODE = re.compile(r"[A-Za-z]{2,3}\d{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMeaning:
    """What a rule or an error means.

    Attributes:
        code: Its code.
        name: Its name, if it is a rule.
        severity: How much it weighs, if it is a rule.
        meaning: What there is to know (Markdown).
    """

    code: str
    meaning: str
    name: str | None = None
    severity: str | None = None

    def text(self) -> str:
        """Write it for people."""
        heading = self.code if self.name is None else f"{self.code} {self.name} ({self.severity})"
        return f"{heading}\n\n{self.meaning}\n"

    def facts(self) -> dict[str, object]:
        """Write it for programs."""
        return {
            "code": self.code,
            "name": self.name,
            "severity": self.severity,
            "meaning": self.meaning,
        }


def explain(
    subject: str, *, manifest: str | None, start: Path, catalogues: Catalogues
) -> CodeMeaning | ValueOrigin:
    """Explain a code or a value.

    Raises:
        UsageError: There is no such code, or no such value.
    """
    if _CODE.fullmatch(subject):
        return explain_code(subject.upper())
    named, _ = find_authored(manifest, start=start, catalogues=catalogues)
    return value_origin(named.document, subject)


def explain_code(code: str) -> CodeMeaning:
    """Explain a rule or an error.

    Raises:
        UsageError: There is no such code.
    """
    found = rule(code) or gate_rule(code)
    if found is not None:
        return CodeMeaning(
            code=found.code,
            name=found.name,
            severity=found.severity.value,
            meaning=inspect.cleandoc(found.text),
        )
    known = error_meanings()
    if code in known:
        return CodeMeaning(code=code, meaning=known[code])
    every = [*known, *(entry.code for entry in RULES), *(entry.code for entry in GATE_RULES)]
    close = difflib.get_close_matches(code, every, n=3)
    help_ = [f"did you mean {', '.join(close)}?"] if close else ["weighbridge rules list"]
    raise UsageError(f"there is no rule or error {code}", help=help_)


def error_meanings() -> dict[str, str]:
    """List what each error and each fault of a document means, by code."""
    classes = [member for member in vars(errors).values() if inspect.isclass(member)]
    said = {
        error.code: inspect.cleandoc(error.__doc__ or "")
        for error in classes
        if issubclass(error, WeighbridgeError) and error is not WeighbridgeError
    }
    return said | DOCUMENT_FAULTS | VERIFICATION_FAULTS
