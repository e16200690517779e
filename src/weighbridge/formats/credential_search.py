"""Where in a stretch of text a credential may stand: cheap looks first, on bytes.

A text is searched for literals, then for the form around each, then asked about. What nobody keeps
secret is left out on the way (`credential_doubts`): documented examples, placeholders, digests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import stringzilla

from weighbridge.formats.credential_doubts import is_doubtful, is_strong, word_end
from weighbridge.formats.credential_names import may_be_credential, names_credential
from weighbridge.formats.credential_shapes import FURTHER, LIBRARY, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

BEHIND: Final = 512
"""Bytes before a literal that are looked at."""

AHEAD: Final = 4096
"""Bytes from a literal on that are looked at."""

_LOWER: Final = bytes(range(256)).lower()
# Every token is a word of so many of these characters, whatever stands before it.
_WORDS: Final = bytes(
    0x61 if chr(byte).isalnum() and byte < 0x80 or byte in b"_-.+/=:~%@" else 0x20  # noqa: PLR2004, RUF021
    for byte in range(256)
)
_LONG: Final = b"a" * 16
_SELDOM: Final = 4096
"""Bytes among which there is at most one long word, where words are looked into one by one."""
_CONTEXT: Final = 320
_SHOWN: Final = 1024
_LINE_ENDS: Final = re.compile(rb"[\r\n]")
# A key's lines follow its first one, in a text of JSON or Python behind an escape.
_SPANS_LINES: Final = frozenset({b"BEGIN "})
# What must follow a literal, at least. `://` and the words of a header have their own.
_FOLLOWS: Final = re.compile(rb"[\w.+/=:-]{8}")
_AUTHORITY: Final = re.compile(rb"[^\s/?#@\"'`<>]{1,400}@")
_TOKEN: Final = re.compile(rb"\s*[\w.~+/-]{16}")
_OTHERS: Final = {
    b"://": _AUTHORITY,
    b"BEGIN ": re.compile(rb"[A-Z0-9 ]{0,40}PRIVATE KEY"),
    b"PuTTY-User-Key-File-2": re.compile(rb":"),
    **{word + b" ": _TOKEN for word in (b"earer", b"EARER", b"asic", b"BASIC")},
}

_NAMES: Final = (b"pass", b"pwd", b"secret", b"token", b"key", b"credential", b"contrase")
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]{0,80}\Z")
_PUT_AFTER: Final = re.compile(r"(?:--?|\blogin\s{1,8}\S{1,80}\s{1,8})\Z")
_GIVEN: Final = re.compile(rb"[\w.-]{0,40}[\"']?(\s{0,8}[=:]|\s{1,8})\s{0,8}[\"']?[^\s\"']")
_ASSIGNED: Final = re.compile(
    r"(?P<rest>[\w.-]{0,40})(?P<sign>\\?[\"']?\s{0,8}(?::=|=>|[=:])\s{0,8}|\s{1,8})"
    r"(?:[rbuf]{0,2}(?P<quote>\\?[\"']))?(?P<value>[^\s\"',;&(){}\[\]<>\\]{6,512})(?P<behind>.?)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What may be a credential.

    Attributes:
        at: Where its literal stands, in the stretch that was searched.
        text: What to ask about.
        name: The name it stands under; empty if its form alone tells.
    """

    at: int
    text: str
    name: str = ""


def _needles() -> dict[bytes, tuple[Shape, ...]]:
    """List the literals to look for, each with its shapes; none holds another."""
    found: dict[bytes, list[Shape]] = {}
    for shape in (*FURTHER, *LIBRARY):
        for literal in shape.literals:
            if len(literal) > 1:  # a form with no literal of its own is not looked for in texts
                found.setdefault(literal.encode(), []).append(shape)
    for longer in sorted(found, key=len, reverse=True):
        within = next((one for one in found if one != longer and one in longer), None)
        if within is not None:
            found[within].extend(found.pop(longer))
    return {literal: tuple(shapes) for literal, shapes in found.items()}


_NEEDLES: Final = _needles()
_LONGEST: Final = max(map(len, _NEEDLES))
_OUTSIDE: Final = tuple(_OTHERS)
_IN_WORDS: Final = tuple(needle for needle in _NEEDLES if needle not in _OTHERS)


def candidates(data: bytes, start: int, end: int) -> Iterator[Candidate]:
    """List what may be a credential and begins between two places of a stretch of text.

    What stands before and behind them is looked at, too.
    """
    yield from _formed_among(data, _OUTSIDE, start, end)
    for begin, behind in _stretches(data, start, end):
        yield from _formed_among(data, _IN_WORDS, begin, behind)
    lower = stringzilla.translate(data, _LOWER)
    for word in _NAMES:
        for at in _places(lower, word, start, end):
            given = _GIVEN.match(data, at + len(word))
            if given and (given[1].strip() or _is_put_after(data, at)):
                yield from _assigned(data, at, at + len(word))


def _formed_among(
    data: bytes, needles: tuple[bytes, ...], start: int, end: int
) -> Iterator[Candidate]:
    # Mostly none is there: no call more than is needed. One may begin here and end behind.
    past, find = min(len(data), end + _LONGEST), stringzilla.find
    for needle in [needle for needle in needles if find(data, needle, start, past) >= 0]:
        follows = _OTHERS.get(needle, _FOLLOWS)
        for at in _places(data, needle, start, end):
            if follows.match(data, at + len(needle)):
                yield from _formed(data, at, needle, _NEEDLES[needle])


def _stretches(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """List the long words, in which alone a token can be; all of it where there are many."""
    words = stringzilla.translate(data, _WORDS)
    found: list[tuple[int, int]] = []
    most = (end - start) // _SELDOM + 1
    for at in _places(words, _LONG, start, end):
        if found and at < found[-1][1]:
            continue
        behind = words.find(b" ", at)
        found.append((at, behind if behind >= 0 else end))
        if len(found) > most:
            return [(start, end)]
    return found


def _places(data: bytes, needle: bytes, start: int, end: int) -> Iterator[int]:
    find = stringzilla.find
    at: int = find(data, needle, start)
    while 0 <= at < end:
        yield at
        at = find(data, needle, at + len(needle))


def _is_put_after(data: bytes, at: int) -> bool:
    """Tell whether a name may be an option's or stand in a `.netrc`: a blank follows those."""
    before = data[max(0, at - _CONTEXT) : at]
    return b"--" in before or b"login" in before


def _line(data: bytes, at: int) -> tuple[int, int]:
    """Return where the line begins and ends, as far as it is looked at."""
    reach = max(0, at - BEHIND)
    begin = max(reach, data.rfind(b"\n", reach, at) + 1, data.rfind(b"\r", reach, at) + 1)
    ends = _LINE_ENDS.search(data, at, at + AHEAD)
    return begin, ends.start() if ends else min(len(data), at + AHEAD)


def _text(data: bytes, begin: int, end: int) -> str:
    return data[begin:end].decode("utf-8", "replace")


def _formed(data: bytes, at: int, needle: bytes, shapes: tuple[Shape, ...]) -> Iterator[Candidate]:
    begin, end = _line(data, at)
    if needle in _SPANS_LINES:
        end = min(len(data), at + _SHOWN)
    text = _text(data, max(begin, at - _CONTEXT), end)
    place = len(_text(data, max(begin, at - _CONTEXT), at))
    for shape in shapes:
        for match in shape.form.finditer(text):
            if not match.start() <= place < match.end():
                continue
            if not is_doubtful(shape.detector, text, match):
                yield Candidate(at=at, text=text[match.start() : word_end(text, match)])
                return


def _assigned(data: bytes, at: int, behind: int) -> Iterator[Candidate]:
    begin, end = _line(data, at)
    before = _text(data, max(begin, at - BEHIND // 4), behind)
    match = _ASSIGNED.match(_text(data, behind, min(end, behind + _SHOWN)))
    named = _NAME.search(before)
    if match is None or named is None:
        return
    name, value = named[0] + match["rest"], match["value"]
    if not (match["sign"].strip() or _PUT_AFTER.search(before[: named.start()])):
        return
    if not names_credential(name) or "public" in name.lower():
        return
    quoted = bool(match["quote"]) and match["behind"] in ('"', "'", "\\")
    if bool(match["quote"]) != quoted or not may_be_credential(name, value):
        return
    if is_strong(
        value, quoted=quoted or not match["sign"].strip(), called=match["behind"] in tuple("([{<")
    ):
        yield Candidate(at=at, text=value, name=name)
