"""In-toto statements (in-toto/attestation, Statement v1): who is spoken of, and what is said.

What is read was signed as it stands and is never written again. Predicates are plain values;
what they mean is for whoever asked for their type. Those of others may hold decimals, which have
no canonical form: they are carried as the bytes they came in, and never written here.

Our own statements are strict in all they say. Other people's have subjects as in-toto allows them
(ResourceDescriptor): other digests beside or instead of a sha256, no name, and more. What is
written is written strictly, and has the shape of its type.
"""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.predicates import is_own

if TYPE_CHECKING:
    from collections.abc import Mapping

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_MEMBERS = {"_type", "predicate", "predicateType", "subject"}

LARGEST_PREDICATE = 8 << 20
"""Bytes of somebody's predicate; in base64, with its statement, it still fits a bundle."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_OTHER_DIGEST = re.compile(r"(?!sha256:)[A-Za-z0-9][A-Za-z0-9_.-]{0,63}:[^\s]{1,512}", re.ASCII)
_DESCRIBING = {"annotations", "content", "downloadLocation", "mediaType", "uri"}
"""Members of a subject that are not read (in-toto, ResourceDescriptor)."""


class StatementError(ValueError):
    """The bytes or values are not an in-toto Statement v1 about something with a sha256."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody says of some subjects.

    Attributes:
        predicate_type: URI of the predicate's meaning.
        subjects: Whom it is about: name, and digest (`sha256:` and 64 digits); in other
            people's statements the name may be empty, and the digest another where no sha256 is.
        predicate: What is said of them.
    """

    predicate_type: str
    _: KW_ONLY
    subjects: tuple[tuple[str, str], ...]
    predicate: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Refuse a statement about nothing, and digests that are none."""
        if not self.predicate_type:
            raise StatementError("the statement's predicate has no type")
        if not self.subjects:
            raise StatementError("the statement has no subject")
        foreign = not is_own(self.predicate_type)
        for name, digest in self.subjects:
            if not name and not foreign:
                raise StatementError("a subject of the statement has no name")
            if not (_DIGEST.fullmatch(digest) or (foreign and _OTHER_DIGEST.fullmatch(digest))):
                raise StatementError(f"the digest of the subject {name!r} is not a sha256")


def write_statement(statement: Statement) -> bytes:
    """Write a statement as canonical JSON (RFC 8785), ready to be signed.

    Raises:
        StatementError: The predicate has no canonical form, a float in it for example, or not
            the shape of its type.
    """
    written = _write(_header(statement) | {"predicate": statement.predicate})
    _check_shape(statement)
    return written


def statement_around(
    predicate_json: bytes, *, predicate_type: str, subjects: tuple[tuple[str, str], ...]
) -> bytes:
    """Write a statement around somebody's predicate, whose bytes stand in it as they came.

    All else is canonical JSON. So a predicate with decimals can be signed without a number in it
    being written in another way.

    Args:
        predicate_json: One JSON object, UTF-8, in any layout.
        predicate_type: URI of the predicate's meaning.
        subjects: Whom it is about: name, and digest (`sha256:` and 64 digits).

    Raises:
        StatementError: The predicate is not one JSON object or is larger than
            `LARGEST_PREDICATE`, has not the shape of its type, or nothing can be said of such
            subjects.
    """
    if len(predicate_json) > LARGEST_PREDICATE:
        raise StatementError(f"the predicate is larger than {LARGEST_PREDICATE} bytes")
    try:
        predicate = read_json(predicate_json, decimals=True)
    except NotCanonicalError as error:
        raise StatementError(f"the predicate cannot be read: {error}") from error
    if not isinstance(predicate, dict):
        raise StatementError("the predicate is not a mapping")
    statement = Statement(predicate_type, subjects=subjects, predicate=predicate)
    # The predicate's place is the first one that sorts after `_type`.
    first, rest = _write(_header(statement)).split(b",", maxsplit=1)
    _check_shape(statement)
    written = b'%s,"predicate":%s,%s' % (first, predicate_json, rest)
    read_statement(written)  # which counts the depth of all of it
    return written


def read_statement(data: bytes) -> Statement:
    """Read a statement.

    Raises:
        StatementError: It is not one, or holds anything unknown outside its predicate.
    """
    try:
        # Outside the predicate there is no place left for a decimal: all is text there.
        tree = read_json(data, decimals=True)
    except NotCanonicalError as error:
        raise StatementError(f"the statement cannot be read: {error}") from error
    members = _members(_with_predicate(tree), "the statement", _MEMBERS)
    if members["_type"] != STATEMENT_TYPE:
        raise StatementError(f"the statement's type is not {STATEMENT_TYPE}")
    predicate_type, subjects = members["predicateType"], members["subject"]
    if not isinstance(predicate_type, str) or not isinstance(subjects, list):
        raise StatementError("the statement's predicate type or its list of subjects is none")
    predicate = members["predicate"]
    if not isinstance(predicate, dict):
        raise StatementError("the statement's predicate is not a mapping")
    read = _subject if is_own(predicate_type) else _foreign_subject
    about = tuple(map(read, subjects))
    return Statement(predicate_type, subjects=about, predicate=predicate)


def _with_predicate(tree: object) -> object:
    """Take a predicate that others left out, or wrote as null, for an empty one (PEP 740 does)."""
    foreign = isinstance(tree, dict) and not is_own(str(tree.get("predicateType")))
    if isinstance(tree, dict) and foreign and tree.get("predicate") is None:
        return {**tree, "predicate": {}}
    return tree


def _check_shape(statement: Statement) -> None:
    from weighbridge.codec.predicates import (  # noqa: PLC0415 - what is read is not held to it
        shape_fault,
    )

    if fault := shape_fault(statement.predicate_type, statement.predicate):
        raise StatementError(f"the predicate has not the shape of its type: {fault}")


def _header(statement: Statement) -> dict[str, object]:
    """Build all of a statement's tree but the predicate."""
    for name, digest in statement.subjects:
        if not name or not _DIGEST.fullmatch(digest):
            raise StatementError(f"the subject {name!r} has no name or no sha256")
    subjects = [
        {"digest": {"sha256": digest.removeprefix("sha256:")}, "name": name}
        for name, digest in statement.subjects
    ]
    return {
        "_type": STATEMENT_TYPE,
        "predicateType": statement.predicate_type,
        "subject": subjects,
    }


def _write(tree: dict[str, object]) -> bytes:
    try:
        return canonical_bytes(tree)
    except NotCanonicalError as error:
        raise StatementError(f"the statement cannot be written: {error}") from error


def _subject(tree: object) -> tuple[str, str]:
    subject = _members(tree, "a subject", {"digest", "name"})
    digest = _members(subject["digest"], "a subject's digest", {"sha256"})["sha256"]
    if not isinstance(subject["name"], str) or not isinstance(digest, str):
        raise StatementError("a subject's name or digest is not text")
    return subject["name"], f"sha256:{digest}"


def _foreign_subject(tree: object) -> tuple[str, str]:
    """Read a subject of somebody else's: its sha256, or the first digest there is without one."""
    if not isinstance(tree, dict) or tree.keys() - _DESCRIBING - {"digest", "name"}:
        raise StatementError("a subject is no mapping, or has a member nobody knows")
    name, digests = tree.get("name", ""), tree.get("digest")
    if not isinstance(name, str) or not isinstance(digests, dict) or not digests:
        raise StatementError("a subject has no digest, or a name that is not text")
    if not all(isinstance(value, str) for value in digests.values()):
        raise StatementError(f"a digest of the subject {name!r} is not text")
    algorithm = "sha256" if "sha256" in digests else min(digests)
    return name, f"{algorithm}:{digests[algorithm]}"


def _members(tree: object, what: str, names: set[str]) -> dict[str, Any]:
    """Take a mapping that must have exactly these members."""
    if not isinstance(tree, dict) or tree.keys() != names:
        raise StatementError(f"{what} does not have exactly {', '.join(sorted(names))}")
    return tree
