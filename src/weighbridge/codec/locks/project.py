"""What a `pyproject.toml` asks for: requirements, extras, dependency groups, and its Pythons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from weighbridge.codec.locks.interface import LIMITS, excerpt
from weighbridge.codec.locks.tables import Table, read_document
from weighbridge.model.fact import InputRequirement

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROJECT = re.compile(r"\s*\[\s*(?:project|dependency-groups)\b")
_STRING = re.compile(r"\"([^\"]*)\"|'([^']*)'")


def project_inputs(text: str, file: str, *, groups: bool) -> Iterator[InputRequirement]:
    """Read what a project depends on; the line is 0 where the text has the value otherwise.

    What asks for the project itself (`project[extra]`) is left out, and, where groups are read,
    what `[tool.uv]` overrides: that is not what gets locked.

    Raises:
        LockSyntaxError: It cannot be read.
    """
    document = read_document(text, file)
    project = document.table("project")
    lines = _lines_of_strings(text)
    told = [("", one) for one in project.texts("dependencies")]
    left_out = {canonicalize_name(project.take("name", str) or "")}
    if groups:
        told += _of_extras(project)
        told += _of_groups(document.table("dependency-groups"))
        left_out |= _overridden(document)
    for group, written in told:
        if canonicalize_name(_requirement(written, project).name) not in left_out:
            line = lines.get(written, 0)
            yield InputRequirement(file=file, line=line, requirement=written, group=group)


def project_python(text: str, file: str) -> str:
    """Read the `requires-python` of a project, or an empty text.

    Raises:
        LockSyntaxError: It cannot be read.
    """
    return read_document(text, file).table("project").take("requires-python", str) or ""


def _of_extras(project: Table) -> list[tuple[str, str]]:
    extras = project.table("optional-dependencies")
    _check_groups(extras)
    return [(name, one) for name in sorted(extras.values) for one in extras.texts(name)]


def _of_groups(groups: Table) -> list[tuple[str, str]]:
    """Read dependency groups (PEP 735); a group within a group stands by itself as well."""
    _check_groups(groups)
    found: list[tuple[str, str]] = []
    for name in sorted(groups.values):
        members = groups.take(name, list) or []
        found += [(name, one) for one in members if isinstance(one, str)]
    return found


def _check_groups(table: Table) -> None:
    if len(table.values) > LIMITS.groups:
        raise table.error(f"has more than {LIMITS.groups} extras or groups")


def _overridden(document: Table) -> set[NormalizedName]:
    """Name the packages whose requirements `[tool.uv]` replaces by its own."""
    own = document.table("tool").table("uv")
    listed = own.texts("override-dependencies")
    return {canonicalize_name(_requirement(one, own).name) for one in listed}


def _requirement(written: str, table: Table) -> Requirement:
    try:
        return Requirement(written)
    except (InvalidRequirement, RecursionError) as error:
        problem = f"{excerpt(written)} is not a requirement (PEP 508)"
        raise table.error(problem) from error


def _lines_of_strings(text: str) -> dict[str, int]:
    """Find the first line of each string behind `[project]` or `[dependency-groups]`."""
    found: dict[str, int] = {}
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        inside = inside or _PROJECT.match(line) is not None
        if inside:
            for double, single in _STRING.findall(line):
                found.setdefault(double or single, number)
    return found
