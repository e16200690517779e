"""Byte-exact edits of what a lock is made from: a requirement raised, or taken away.

Every edit is proved: the text is read again, and nothing but the one requirement may be another.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from weighbridge.codec.locks.inputs import read_inputs
from weighbridge.codec.locks.interface import LockSyntaxError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import InputRequirement

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_PARTS = re.compile(
    r"(?P<head>\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*)(?P<open>\(?)"
    r"(?P<specifier>[^;)#@]*?)(?P<tail>\s*\)?\s*(?:;.*)?)"
)
_LOWER = re.compile(r">=?\s*[^\s,]+")
_COMMENT = re.compile(r"\s*(?:#.*)?")


class NotEditedError(ValueError):
    """An input cannot be edited as wanted; whoever reads the sentence can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """An input with one requirement changed.

    Attributes:
        text: Its new text.
        line: Line of the requirement, counted from 1; 0 if it has none.
        before: The requirement that was there.
        after: What is there now; empty if it was taken away.
    """

    text: str
    line: int
    before: str
    after: str


def raise_requirement(text: str, file: str, package: str, version: str) -> Edited | None:
    """Have an input ask for a version or a later one; an exact version becomes that one.

    Args:
        text: The input: a `pyproject.toml`, or a requirements file.
        file: Its name.
        package: Normalised name of the package.
        version: The version.

    Returns:
        The edit; None if the input does not ask for the package, or asks for it already.

    Raises:
        NotEditedError: The input does not admit that version.
        LockSyntaxError: It cannot be read.
    """
    found = _asking(text, file, package)
    if found is None:
        return None
    after = _raised(found, version)
    if after == found.requirement:
        return None
    return _proved(text, found, after)


def drop_requirement(text: str, file: str, package: str) -> Edited | None:
    """Have an input no longer ask for a package.

    Returns:
        The edit; None if the input does not ask for the package.

    Raises:
        NotEditedError: The requirement cannot be taken away without changing others.
        LockSyntaxError: The input cannot be read.
    """
    found = _asking(text, file, package)
    return None if found is None else _proved(text, found, "")


def _asking(text: str, file: str, package: str) -> InputRequirement | None:
    """Find the one requirement of a package.

    Raises:
        NotEditedError: There are several.
    """
    found = [one for one in read_inputs(text.encode(), file) if _name(one.requirement) == package]
    if len(found) > 1:
        raise NotEditedError(f"{file} asks for {package} more than once")
    return found[0] if found else None


def _name(requirement: str) -> str:
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return ""


def _raised(found: InputRequirement, version: str) -> str:
    """Write a requirement anew, with a higher bound and all else as it is.

    Raises:
        NotEditedError: It excludes the version.
    """
    place = f"line {found.line} of {found.file}" if found.line else found.file
    parts = _PARTS.fullmatch(found.requirement)
    if parts is None or Requirement(found.requirement).url:
        raise NotEditedError(f"{found.requirement} in {place} names no version")
    specifier = parts["specifier"].strip()
    wanted = _specifier(specifier, version)
    if wanted is None:
        raise NotEditedError(f"{place} asks for {found.requirement}, which excludes {version}")
    head, rest = parts["head"], found.requirement[parts.end("specifier") :]
    if not specifier:
        # The blank before a marker belongs to the marker.
        bare = head.rstrip()
        return f"{bare}{parts['open']}{wanted}{head[len(bare) :]}{rest}"
    return f"{head}{parts['open']}{wanted}{rest}"


def _specifier(specifier: str, version: str) -> str | None:
    """Raise the lower bound of a specifier; None if that leaves nothing it admits."""
    try:
        admits = SpecifierSet(specifier).contains(version, prereleases=True)
        clauses = [clause.strip() for clause in specifier.split(",") if clause.strip()]
        if not admits:
            exact = len(clauses) == 1 and re.match(r"===?\s*(?!.*\*)", clauses[0])
            return f"{exact[0]}{version}" if exact else None
        if any(clause.startswith("==") for clause in clauses):
            return specifier
        lower = [clause for clause in clauses if _LOWER.fullmatch(clause)]
    except InvalidSpecifier:
        return None
    if not lower:
        return ",".join(filter(None, (specifier, f">={version}")))
    return specifier.replace(lower[0], f">={version}", 1)


def _proved(text: str, found: InputRequirement, after: str) -> Edited:
    """Make the edit in the first way that changes nothing else.

    Raises:
        NotEditedError: There is none.
    """
    project = found.file.endswith(".toml")
    ways = _in_project(text, found, after) if project else _in_lines(text, found, after)
    for way in ways:
        if way != text and _differs_only(text, way, found, after):
            return Edited(text=way, line=found.line, before=found.requirement, after=after)
    raise NotEditedError(f"{found.requirement} in {found.file} cannot be changed by itself")


def _in_lines(text: str, found: InputRequirement, after: str) -> Iterator[str]:
    """Edit a line of a requirements file."""
    lines = _LINES.findall(text)
    at = found.line - 1
    if after:
        lines[at] = lines[at].replace(found.requirement, after, 1)
    else:
        end = at
        while lines[end].rstrip("\r\n").endswith("\\") and end + 1 < len(lines):
            end += 1
        del lines[at : end + 1]
    yield "".join(lines)


def _in_project(text: str, found: InputRequirement, after: str) -> Iterator[str]:
    """Edit a string of a `pyproject.toml`, at every place it stands in turn."""
    escaped = found.requirement.replace("\\", "\\\\").replace('"', '\\"')
    for written, quote in ((f'"{escaped}"', '"'), (f"'{found.requirement}'", "'")):
        new = after.replace("\\", "\\\\").replace('"', '\\"') if quote == '"' else after
        for place in re.finditer(re.escape(written), text):
            start, end = place.span()
            if after:
                yield f"{text[:start]}{quote}{new}{quote}{text[end:]}"
                continue
            yield from _without(text, start, end)


def _without(text: str, start: int, end: int) -> Iterator[str]:
    """Take a member out of an array: with its line, with the comma behind, or the one before."""
    line, after = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    if not text[line:start].strip() and after > 0:
        rest = text[end:after].rstrip("\r").removeprefix(",")
        if _COMMENT.fullmatch(rest):
            yield text[:line] + text[after + 1 :]
    behind = re.compile(r"\s*,[ \t]*").match(text, end)
    if behind:
        yield text[:start] + text[behind.end() :]
    yield re.sub(r"\s*,\s*\Z", "", text[:start]) + text[end:]
    yield text[:start] + text[end:]


def _differs_only(before: str, after: str, found: InputRequirement, wanted: str) -> bool:
    """Tell whether a text differs from another in the one requirement, and in nothing else."""
    try:
        if found.file.endswith(".toml"):
            expected = tomllib.loads(before)
            _put(expected["project"]["dependencies"], found.requirement, wanted)
            return bool(tomllib.loads(after) == expected)
        old = [one.requirement for one in read_inputs(before.encode(), found.file)]
        new = [one.requirement for one in read_inputs(after.encode(), found.file)]
    except (LockSyntaxError, ValueError):
        return False
    _put(old, found.requirement, wanted)
    return new == old


def _put(members: list[Any], before: str, after: str) -> None:
    at = members.index(before)
    members[at : at + 1] = [after] if after else []
