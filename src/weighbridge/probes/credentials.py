"""Find credentials that stand in a document: in values, in keys, in comments.

What is found is told by place and detector. The text itself leaves this module only as something
to be hidden (`Found.texts`), for whoever has words to take it out of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.text import position
from weighbridge.model.document import Span
from weighbridge.model.fact import Credential
from weighbridge.model.location import Location, pointer
from weighbridge.probes.credential_names import is_opaque, may_be_credential, names_credential
from weighbridge.probes.credential_shapes import forms, has_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.document import Document, Plain

# Under these words stands what a thing is; its name is the word above, or beside.
_HOLDS = frozenset({"value", "default", "fallback"})
_ASSIGNED = re.compile(
    r"(?P<option>--?)?(?P<name>[A-Za-z][\w.-]*)(?P<sign>[\"']?\s*[=:]\s*|\s+)"
    r"(?=(?P<quote>[\"']?)(?P<value>[^\s\"',;&(){}\[\]]+))"
)
_OPTION = re.compile(r"--?([A-Za-z][\w-]*)")
# A line of YAML that somebody took out, or left where nothing else can be read.
_MEMBER = re.compile(r"[\s#-]*[\"']?(?P<name>[\w.-]+)[\"']?\s*:\s+(?P<value>\S.*?)\s*")
# Each literal alone: that is what is fast to find.
_SPEAKING = ("pass", "pwd", "secret", "token", "key", "credential", "contrase")
_ODD = re.compile(r"[A-Za-z].*[\d!$%^*@]|[\d!$%^*@].*[A-Za-z]")
_COMMENT = re.compile(r"(?<!\S)#[^\r\n]*")
_LINES = re.compile(r"[^\r\n]+")
_SHORTEST_LINE = 8
_Way = tuple["_Way", str | int] | None


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a document.

    Attributes:
        text: What it says.
        names: Names it stands under.
        way: The parts of the value's JSON pointer, innermost first; None for a comment.
        is_key: Whether it is the key at that place, not the value.
        span: Where a comment stands.
    """

    text: str
    names: tuple[str, ...] = ()
    way: _Way = None
    is_key: bool = False
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A credential that was found.

    Attributes:
        credential: What may be told of it.
        span: What to leave out of the document's text to hide it; None where that is not known.
        texts: What to hide wherever else it stands.
    """

    credential: Credential
    span: Span | None
    texts: frozenset[str]


def find_credentials(document: Document) -> tuple[Credential, ...]:
    """Find the credentials in a document, in its order."""
    return tuple(found.credential for found in look(document))


def look(document: Document) -> tuple[Found, ...]:
    """Find the credentials in a document, and what to hide of each."""
    hashes = list(_COMMENT.finditer(document.text)) if "#" in document.text else []
    strings = [*_strings(document.data), *(match.group() for match in hashes)]
    joined = "\n".join(strings)
    lower = joined.lower()
    shaped, speaking = has_shape(joined), any(word in lower for word in _SPEAKING)
    if not (shaped or speaking):
        return ()
    texts = (*_texts(document.data, None, ()), *_comments(document, hashes))
    found = [
        _found(text, detector, document)
        for text in texts
        if (detector := _detector(text, shaped=shaped)) is not None
    ]
    return tuple(sorted(found, key=lambda one: one.credential.location))


def texts_of_lines(document: Document) -> frozenset[str]:
    """List what to hide of a text that could not be read, or not all of it: rather too much."""
    hidden: set[str] = set()
    for line in _LINES.findall(document.text):
        member = _MEMBER.fullmatch(line)
        pairs = [*_assigned(line, prose=False)]
        if member is not None and may_be_credential(member["name"], member["value"]):
            pairs.append((member["name"], member["value"].strip("\"'*&")))
        hidden.update(value for _, value in pairs)
        hidden.update(forms(line))
    return frozenset(hidden)


def _strings(data: Plain) -> Iterator[str]:
    """List all texts, in no order."""
    rest: list[Plain] = [data]
    while rest:
        node = rest.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            yield from node
            rest.extend(node.values())
        elif isinstance(node, list):
            rest.extend(node)


def _texts(node: Plain, way: _Way, above: tuple[str, ...], beside: str = "") -> Iterator[Text]:
    """List keys and values.

    Args:
        node: The value.
        way: Its place.
        above: The keys it stands under, innermost first.
        beside: The `name` of the mapping it is a member of.
    """
    if isinstance(node, dict):
        known = node.get("name")
        for key, value in node.items():
            inner = (way, key)
            yield Text(key, (), inner, is_key=True)
            name = known if isinstance(known, str) else ""
            yield from _texts(value, inner, (key, *above[:2]), name)
    elif isinstance(node, list):
        before: Plain = None
        # `secrets: [a, b]` is how names of secrets are listed everywhere.
        listed = () if above and "secret" in above[0].lower() else above[:1]
        for index, member in enumerate(node):
            option = _OPTION.fullmatch(before) if isinstance(before, str) else None
            yield from _texts(member, (way, index), (option[1],) if option else listed)
            before = member
    elif node is not None and not isinstance(node, bool):
        yield Text(str(node), tuple(_names(above, beside)), way)


def _names(above: tuple[str, ...], beside: str) -> Iterator[str]:
    yield from above[:1]
    if above[:1] and above[0] in _HOLDS:
        yield from above[1:2]
        if beside:
            yield beside
    if above[1:2] == ("variants",):
        yield from above[2:3]


def _comments(document: Document, hashes: list[re.Match[str]]) -> Iterator[Text]:
    """List the comments; a `#` inside a value begins none."""
    written = sorted(
        (span.start, span.end)
        for place in document.places.values()
        if place.style in {"plain", "quoted", "block-scalar"}
        for span in (place.value, place.key)
        if span is not None
    )
    at = 0
    for match in hashes:
        start, end = match.span()
        while at < len(written) and written[at][1] <= start:
            at += 1
        if at < len(written) and written[at][0] <= start:
            continue
        span = Span(*position(document.text[:start]), start, end)
        member = _MEMBER.fullmatch(match.group())
        alone = member is not None and not re.search(r"\s", member["value"])
        if member is not None and alone:
            yield Text(member["value"].strip("\"'"), (member["name"],), span=span)
        else:
            yield Text(match.group(), span=span)


def _detector(text: Text, *, shaped: bool) -> str | None:
    """Name what finds a credential in a text. The detectors are imported when one may be there."""
    formed = shaped and has_shape(text.text)
    named = [(name, text.text) for name in text.names if may_be_credential(name, text.text)]
    named.extend(_assigned(text.text))
    if not (formed or named):
        return None
    from weighbridge.probes import credential_detectors as detectors  # noqa: PLC0415 - see there

    found = detectors.detected(text.text) if formed else None
    return found or next((detectors.detected_under(*pair) for pair in named), None)


def _assigned(text: str, *, prose: bool = True) -> Iterator[tuple[str, str]]:
    """List what a text gives to names that speak of a credential: `--password x`, `PASSWORD=x`.

    Prose has colons, too: behind one, only what nobody writes as a word counts.
    """
    if not any(word in text.lower() for word in _SPEAKING):
        return
    for match in _ASSIGNED.finditer(text):
        name, sign, value = match["name"], match["sign"], match["value"]
        if not names_credential(name) or not (sign.strip() or match["option"]):
            continue
        is_given = "=" in sign or match["option"] or match["quote"] or not prose
        is_no_word = sign[-1].isspace() and (is_opaque(value) or _ODD.search(value))
        if not (is_given or is_no_word):
            continue
        if may_be_credential(name, value):
            yield name, value


def _found(text: Text, detector: str, document: Document) -> Found:
    """Place what was found, and list what is to be hidden of it."""
    at = pointer(*_parts(text.way))
    span, where = text.span, document.location(at, key=text.is_key)
    place = document.places.get(at)
    if place is not None and text.way is not None:
        span = place.key if text.is_key else place.value
    if text.is_key:  # the pointer must not say it
        where = Location(where.file, where.line, where.column, pointer(*_parts(text.way)[:-1]))
    elif text.way is None and span is not None:
        where = Location(document.file, span.line, span.column)
    written = document.text[span.start : span.end] if span is not None else ""
    whole = {text.text, written, written.strip("\"'")}
    hidden = whole | set(forms(text.text)) | {value for _, value in _assigned(text.text)}
    for line in "\n".join(whole).splitlines():
        if len(line.strip()) >= _SHORTEST_LINE:
            hidden.add(line.strip())
    hidden.discard("")
    return Found(Credential(location=where, detector=detector), span, frozenset(hidden))


def _parts(way: _Way) -> list[str | int]:
    parts: list[str | int] = []
    while way is not None:
        way, part = way
        parts.append(part)
    return parts[::-1]
