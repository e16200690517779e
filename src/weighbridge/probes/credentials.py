"""Find credentials that stand in a document: in values, in keys, in comments.

What is found is told by place and detector. The text itself leaves this module only as something
to be hidden (`Found.texts`), for whoever has words to take it out of.
"""

from __future__ import annotations

import re
from bisect import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.text import position
from weighbridge.formats.credential_names import is_opaque, may_be_credential, names_credential
from weighbridge.formats.credential_shapes import forms, has_shape
from weighbridge.model.fact import Credential
from weighbridge.model.location import Location, pointer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.document import Document, Plain

# Under these words stands what a thing is; its name is the word above, or beside.
_HOLDS = frozenset({"value", "default", "fallback"})
# Every repetition has an end: else a hostile text would be read once for each of its letters.
_ASSIGNED = re.compile(
    r"(?P<option>(?<!\S)--?)?(?<![\w.])(?P<name>[A-Za-z][\w.-]{0,80})"
    r"(?P<sign>[\"']?\s{0,8}[=:]\s{0,8}|\s{1,8})"
    r"(?=(?P<quote>[\"']?)(?P<value>[^\s\"',;&(){}\[\]]{1,512}))"
)
_OPTION = re.compile(r"--?([A-Za-z][\w-]*)")
# A line of YAML that somebody took out, or left where nothing else can be read.
_MEMBER = re.compile(r"[\s#-]*[\"']?(?P<name>[A-Za-z_][\w.-]*)[\"']?\s*:\s+(?P<value>\S.*)")
# Each literal alone: that is what is fast to find.
_SPEAKING = ("pass", "pwd", "secret", "token", "key", "credential", "contrase")
_MAY_ASSIGN = {
    word: re.compile(rf"{word}[\w.-]{{0,80}}[\"']?[^\S\n]{{0,8}}[=:]") for word in _SPEAKING
}
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
        comment: Where it begins and ends in the document's text, if it is a comment.
    """

    text: str
    names: tuple[str, ...] = ()
    way: _Way = None
    is_key: bool = False
    comment: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A credential that was found.

    Attributes:
        credential: What may be told of it.
        span: From where to where to leave out the document's text to hide it; None where that
            is not known.
        texts: What to hide wherever else it stands.
    """

    credential: Credential
    span: tuple[int, int] | None
    texts: frozenset[str]


def find_credentials(document: Document) -> tuple[Credential, ...]:
    """Find the credentials in a document, in its order."""
    return tuple(found.credential for found in look(document))


def look(document: Document) -> tuple[Found, ...]:
    """Find the credentials in what a document's author wrote, and what to hide of each."""
    document = document.author
    hashes = list(_COMMENT.finditer(document.text)) if "#" in document.text else []
    strings = [*_strings(document.data), *(match.group() for match in hashes)]
    search = _Search.worth_it("\n".join(strings))
    if search is None:
        return ()
    spoken = [match for match in hashes if search.speaks(match.group())]
    texts = (*search.texts(document.data), *_comments(document, spoken))
    found = [
        _found(text, detector, document)
        for text in texts
        if (detector := _detector(text, shaped=search.shaped)) is not None
    ]
    return tuple(sorted(found, key=lambda one: one.credential.location))


def credential_in(text: str, name: str = "", *, shaped: bool = True) -> str | None:
    """Name what finds a credential in a text that stands alone, or under a name.

    Args:
        text: The text.
        name: The name it stands under, or empty.
        shaped: Whether it may have the form of one: of many texts that is asked at once.
    """
    return _detector(Text(text, (name,) if name else ()), shaped=shaped)


def may_have_shape(texts: Iterable[str]) -> bool:
    """Tell whether any of some texts may have the form of a credential."""
    return has_shape("\n".join(texts))


def texts_of_lines(document: Document) -> frozenset[str]:
    """List what to hide of a text that could not be read, or not all of it: rather too much."""
    hidden: set[str] = set()
    for line in _LINES.findall(document.text):
        member = _MEMBER.fullmatch(line)
        pairs = [*_assigned(line, prose=False)]
        if member is not None and may_be_credential(member["name"], member["value"]):
            pairs.append((member["name"], member["value"].strip("\"'*& ")))
        hidden.update(value for _, value in pairs)
        hidden.update(forms(line))
    return frozenset(hidden)


def _strings(data: Plain) -> list[str]:
    """List all texts, in no order."""
    found: list[str] = []
    rest: list[Plain] = [data]
    while rest:
        node = rest.pop()
        members: Iterable[Plain] = ()
        if isinstance(node, dict):
            found.extend(node)
            members = node.values()
        elif isinstance(node, list):
            members = node
        for member in members:
            if isinstance(member, str):
                found.append(member)
            elif isinstance(member, dict | list):
                rest.append(member)
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    """What is worth looking for, and the few texts of a document worth a closer look.

    Attributes:
        shaped: Whether any text may have the form of a credential.
        assigning: Whether any text may give something to a name that speaks of one.
    """

    shaped: bool
    assigning: bool

    @classmethod
    def worth_it(cls, joined: str) -> _Search | None:
        """Look at all texts at once; None if there is nothing to look for."""
        lower = joined.lower()
        shaped = has_shape(joined)
        words = [word for word in _SPEAKING if word in lower]
        if not (shaped or words):
            return None
        return cls(shaped, "--" in lower or any(_MAY_ASSIGN[word].search(lower) for word in words))

    def texts(self, data: Plain) -> Iterator[Text]:
        """List keys and values that may be credentials, in no order."""
        rest: list[tuple[Plain, _Way, tuple[str, ...], str]] = [(data, None, (), "")]
        while rest:
            node, way, above, beside = rest.pop()
            if isinstance(node, dict):
                known = node.get("name")
                name = known if isinstance(known, str) else ""
                inner = above[:2]
                for key, value in node.items():
                    place = (way, key)
                    if self.speaks(key):
                        yield Text(key, (), place, is_key=True)
                    rest.append((value, place, (key, *inner), name))
            elif isinstance(node, list):
                rest.extend(_members(node, way, above))
            elif node is not None and not isinstance(node, bool):
                names = _names(above, beside)
                text = str(node)
                if names or self.speaks(text):
                    yield Text(text, names, way)

    def speaks(self, text: str) -> bool:
        """Tell whether a text may be or hold a credential, whatever it stands under."""
        return (self.assigning and _may_assign(text)) or (self.shaped and has_shape(text))


def _members(
    node: list[Plain], way: _Way, above: tuple[str, ...]
) -> Iterator[tuple[Plain, _Way, tuple[str, ...], str]]:
    """List the members of a list, each under the option before it, or the list's own name."""
    # `secrets: [a, b]` is how names of secrets are listed everywhere.
    listed = () if above and "secret" in above[0].lower() else above[:1]
    before: Plain = None
    for index, member in enumerate(node):
        option = _OPTION.fullmatch(before) if isinstance(before, str) else None
        yield member, (way, index), (option[1],) if option else listed, ""
        before = member


def _names(above: tuple[str, ...], beside: str) -> tuple[str, ...]:
    """List the names a value stands under that speak of a credential."""
    if not above:
        return ()
    names = above[:1]
    if above[0] in _HOLDS:
        names = (*above[:2], beside)
    elif above[1:2] == ("variants",):
        names = (above[0], *above[2:3])
    return tuple(filter(names_credential, names))


def _may_assign(text: str) -> bool:
    if not ("=" in text or ":" in text or "--" in text):
        return False
    lower = text.lower()
    return any(word in lower for word in _SPEAKING)


def _comments(document: Document, hashes: list[re.Match[str]]) -> Iterator[Text]:
    """List the comments among what begins with a `#`: what stands inside a value is none."""
    written = sorted(
        (span.start, span.end)
        for place in (document.places.values() if hashes else ())
        if place.style in {"plain", "quoted", "block-scalar"}
        for span in (place.value, place.key)
        if span is not None
    )
    for match in hashes:
        index = bisect(written, (match.start(), len(document.text)))
        if index and match.start() < written[index - 1][1]:
            continue
        member = _MEMBER.fullmatch(match.group())
        value = member["value"].strip("\"' ") if member is not None else ""
        if member is not None and not re.search(r"\s", value):
            yield Text(value, (member["name"],), comment=match.span())
        else:
            yield Text(match.group(), comment=match.span())


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
    if not _may_assign(text):
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
    where, span = document.location(at, key=text.is_key), text.comment
    place = document.places.get(at)
    if span is not None:
        where = Location(document.file, *position(document.text[: span[0]]))
    elif place is not None:
        written_at = place.key if text.is_key else place.value
        span = (written_at.start, written_at.end) if written_at is not None else None
    if text.is_key:  # the pointer must not say it
        where = Location(where.file, where.line, where.column, pointer(*_parts(text.way)[:-1]))
    written = document.text[slice(*span)] if span is not None else ""
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
