"""Jinja templates: what they name, reach for and call. Nothing of one is ever rendered.

A chat template is a program: whoever formats a conversation runs it. Facts only: which attribute
is an escape and which filter is ordinary is said elsewhere. Each thing is noted once, with the line
it stands in first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.template_parse import LONGEST, TemplateError, parse
from weighbridge.formats.template_walk import PUT_TOGETHER, Fact, facts
from weighbridge.formats.text import mended, shown
from weighbridge.model.structure import CodeUse

if TYPE_CHECKING:
    from weighbridge.formats.record import Record

RULE: Final = "SEC004"
_NAME: Final = 200
_CHAT: Final = frozenset(
    {
        "add_generation_prompt",
        "bos_token",
        "eos_token",
        "messages",
        "raise_exception",
        "strftime_now",
    }
)
"""Names that whoever formats a conversation hands to its template."""

_TELLING: Final = frozenset(
    {
        "__annotations__",
        "__class__",
        "__contains__",
        "__doc__",
        "__eq__",
        "__file__",
        "__getitem__",
        "__hash__",
        "__html__",
        "__iter__",
        "__len__",
        "__main__",
        "__module__",
        "__name__",
        "__qualname__",
        "__repr__",
        "__str__",
        "__version__",
    }
)
"""Names that only say what a thing is, as text about programs does."""

_REACHING: Final = frozenset(
    {"__builtins__", "__globals__", "__import__", "__loader__", "__spec__"}
)
_DUNDER: Final = re.compile(r"__[A-Za-z]\w*__")
_ESCAPES: Final = r"\\(?:x5f|u005f|U0000005f|137|N\{low line\})"
_ESCAPED: Final = re.compile(_ESCAPES, re.IGNORECASE)
_WORTH_PARSING: Final = re.compile(rf"__|(?i:{_ESCAPES})|\b(?:" + "|".join(sorted(_CHAT)) + r")\b")
_LARGE: Final = re.compile(
    r"\{[{%][^{}]{0,200}?(?:__\w+__|\b(?:" + "|".join(sorted(_CHAT)) + r")\b)"
)


def note_chat_template(text: str, record: Record, place: str, offset: int = 0) -> None:
    """Note what a text does that is said to be a chat template.

    Args:
        text: The template.
        record: Where to note it.
        place: Where it stands in the file's own terms.
        offset: Byte offset of where it stands.
    """
    try:
        found = _facts(text)
    except TemplateError as error:
        if error.over:
            record.unread(f"{mended(place)} is not judged: {error}")
        else:
            said = shown(mended(str(error)))
            record.problem(RULE, f"{mended(place)} is no Jinja template: {said}", offset)
        return
    _note(found, record, place, offset)


def note_other_text(text: str, record: Record, place: str, offset: int = 0) -> bool:
    """Note what a text does that nobody says is a template, if it is one all the same.

    Programs and pages hold braces too. One that takes what a conversation gives is judged as a
    chat template; of any other only a walk along Python's own attributes is noted.

    Returns:
        Whether it is a chat template.
    """
    if not may_be_template(text):
        return False
    if len(text) > LONGEST:
        if _LARGE.search(text):
            record.unread(f"what seems to be a template is longer than {LONGEST} characters")
        return False
    try:
        found = _facts(text)
    except TemplateError as error:
        if error.over and _LARGE.search(text):
            record.unread(f"what seems to be a template is not judged: {error}")
        return False
    chat = any(fact.kind == "template-name" and fact.name in _CHAT for fact in found)
    walks = [fact for fact in found if _walks(fact)]
    if chat or walks:
        _note(found if chat else walks, record, place, offset)
    return chat


def _walks(fact: Fact) -> bool:
    """Whether a step leads along Python's own attributes, or hides where it leads.

    A mere name has to be one of Python's own that lead on.
    """
    if fact.kind == "template-name":
        return fact.name in _REACHING
    if PUT_TOGETHER in fact.detail:
        return not fact.name or _DUNDER.fullmatch(fact.name) is not None
    return bool(set(_DUNDER.findall(fact.name)) - _TELLING)


def may_be_template(text: str) -> bool:
    """Whether a text is worth parsing: it has braces, and names of either kind."""
    return ("{{" in text or "{%" in text) and _WORTH_PARSING.search(text) is not None


def large_piece_is_template(text: str) -> bool:
    """Whether a piece of a text too large to parse holds what a chat template does."""
    return _LARGE.search(text) is not None


def _facts(text: str) -> list[Fact]:
    """List what a template does; a score that is written as an escape is only there to hide."""
    found = facts(parse(text))
    if escaped := _ESCAPED.search(text):
        line = text.count("\n", 0, escaped.start()) + 1
        found.append(Fact("template-text", "an escape in place of `_`", line))
    return found


def _note(found: list[Fact], record: Record, place: str, offset: int) -> None:
    where = mended(place)[:_NAME]
    for fact in found:
        detail = f"line {fact.line} of {where}"
        if fact.detail:
            detail = f"{mended(fact.detail)[:_NAME]}, {detail}"
        record.uses(
            CodeUse(kind=fact.kind, name=mended(fact.name)[:_NAME], offset=offset, detail=detail)
        )
