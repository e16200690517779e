"""`explain`: what a code means, or where a value of the manifest comes from."""

from __future__ import annotations

import difflib
import inspect
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.codec.faults import DOCUMENT_FAULTS
from weighbridge.model import errors
from weighbridge.model.authoring.rule_codes import is_ours
from weighbridge.model.errors import UsageError, WeighbridgeError
from weighbridge.report.visible import visible
from weighbridge.rules.catalogue import EXPLAINED, RESERVED, RETIRED, explained
from weighbridge.usecases.origins import ValueOrigin, value_origin
from weighbridge.usecases.own_docs import told_of_error
from weighbridge.usecases.references import find_authored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from weighbridge.rules.interface import GateRule, Rule
    from weighbridge.rules.packs import Pack
    from weighbridge.usecases.templates import Catalogues

_CODE = re.compile(r"[A-Za-z]{2,4}\d{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMeaning:
    """What a rule or an error means.

    Attributes:
        code: Its code.
        name: Its name, if it is a rule.
        severity: How much it weighs, if it is a rule that somebody asks.
        meaning: What there is to know (Markdown).
        pack: The rule pack it is of, if it is a rule of one.
    """

    code: str
    meaning: str
    pack: str | None = None
    name: str | None = None
    severity: str | None = None

    def text(self) -> str:
        """Write it for people."""
        weighs = "" if self.severity is None else f" ({self.severity})"
        heading = self.code if self.name is None else f"{self.code} {self.name}{weighs}"
        origin = "" if self.pack is None else f" of the rule pack {self.pack}"
        return "\n".join(map(visible, f"{heading}{origin}\n\n{self.meaning}\n".split("\n")))

    def facts(self) -> dict[str, object]:
        """Write it for programs."""
        return {
            "code": self.code,
            "name": self.name,
            "severity": self.severity,
            "meaning": self.meaning,
            **({} if self.pack is None else {"pack": self.pack}),
        }


def explain(
    subject: str,
    *,
    manifest: str | None,
    start: Path,
    catalogues: Catalogues,
    packs: Callable[[], Iterable[Pack]] = tuple,
) -> CodeMeaning | ValueOrigin:
    """Explain a code or a value.

    Args:
        subject: The code, or the dotted path of the value.
        manifest: The manifest, if not the nearest.
        start: Where to look for it.
        catalogues: Templates it may extend.
        packs: Lists rule packs, whose rules are looked at for what is no code of ours.

    Raises:
        UsageError: There is no such code, or no such value.
    """
    if _CODE.fullmatch(subject):
        return explain_code(subject.upper(), packs)
    named, _ = find_authored(manifest, start=start, catalogues=catalogues)
    return value_origin(named.document, subject)


def explain_code(code: str, packs: Callable[[], Iterable[Pack]] = tuple) -> CodeMeaning:
    """Explain a rule or an error.

    Args:
        code: The code.
        packs: Lists rule packs, whose rules are looked at for what is no code of ours.

    Raises:
        UsageError: There is no such code.
    """
    found = explained(code)
    if found is not None:
        return _of_rule(found)
    if code in RETIRED:
        return CodeMeaning(code=code, name=RETIRED[code].name, meaning=RETIRED[code].told)
    if code in RESERVED:
        return CodeMeaning(code=code, name=RESERVED[code].name, meaning=RESERVED[code].told)
    known = error_meanings()
    if code in known:
        told = told_of_error(code)
        return CodeMeaning(code=code, meaning=f"{known[code]}\n\n{told}" if told else known[code])
    every = [*known, *(entry.code for entry in EXPLAINED)]
    for pack in () if is_ours(code) else packs():
        every += [entry.code for entry in pack.rules]
        theirs = next((entry for entry in pack.rules if entry.code == code), None)
        if theirs is not None:
            return replace(_of_rule(theirs), pack=pack.title)
    close = difflib.get_close_matches(code, every, n=3)
    help_ = [f"did you mean {', '.join(close)}?"] if close else ["weighbridge rules list"]
    raise UsageError(f"there is no rule or error {code}", help=help_)


def _of_rule(found: Rule[Any] | GateRule) -> CodeMeaning:
    return CodeMeaning(
        code=found.code,
        name=found.name,
        severity=found.severity.value,
        meaning=inspect.cleandoc(found.text),
    )


def error_meanings() -> dict[str, str]:
    """List what each error and each fault of a document means, by code."""
    classes = [member for member in vars(errors).values() if inspect.isclass(member)]
    said = {
        error.code: inspect.cleandoc(error.__doc__ or "")
        for error in classes
        if issubclass(error, WeighbridgeError) and error is not WeighbridgeError
    }
    return said | DOCUMENT_FAULTS
