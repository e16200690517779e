"""pip requirements files, the kind `pip-compile` and `uv pip compile` write.

Reads one file: what it includes is named by a pin of its own, not followed. Variables of the
environment (`${NAME}`) are not filled in. An option it does not know is an error, not a guess.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from weighbridge.codec.address import without_credentials
from weighbridge.codec.locks.interface import LockSyntaxError, check_entries, excerpt, holds
from weighbridge.codec.locks.lines import RequirementLine, logical_lines
from weighbridge.codec.locks.resolved_for import resolved_for
from weighbridge.codec.locks.via import record_parents
from weighbridge.model.lock import Lock, Pin

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

_INCLUDES = frozenset({"-r", "--requirement", "-c", "--constraint"})
_EDITABLE = frozenset({"-e", "--editable"})
_INDEXES = frozenset({"-i", "--index-url"})
_MORE_INDEXES = frozenset({"-f", "--extra-index-url", "--find-links"})
_SETTINGS = (
    frozenset({"--no-binary", "--only-binary", "--trusted-host", "--use-feature"})
    | _INDEXES
    | _MORE_INDEXES
)
_FLAGS = frozenset({"--no-index", "--pre", "--prefer-binary", "--require-hashes"})
_PER_REQUIREMENT = frozenset({"-C", "--config-setting", "--config-settings", "--global-option"})
_HASH = re.compile(r"[a-z0-9_]+:[0-9a-fA-F]+")
_HASH_OF_ADDRESS = re.compile(r"[#&]((?:md5|sha1|sha224|sha256|sha384|sha512)=[0-9a-fA-F]+)")
_NAME_OF_ADDRESS = re.compile(r"[#&]egg=([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_VERSION_CONTROL = re.compile(r"(?:git|hg|svn|bzr)\+", re.IGNORECASE)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_MARKER_SIGN = re.compile(r"\s;|;\s")
_PATH = re.compile(r"[./~\\]|.*[/\\]")
_ARCHIVE = re.compile(r".*\.(?:whl|zip|tgz|tar|tar\.[a-z0-9]+)", re.IGNORECASE)


def read(text: str, file: str) -> Lock:
    """Read a requirements file.

    Raises:
        LockSyntaxError: A line is not one pip would take, or takes an unknown option.
    """
    pins: list[Pin] = []
    named: list[tuple[str, str]] = []
    for line in logical_lines(text, file):
        pin = _pin(line, file)
        if pin is not None:
            pins.append(pin)
            check_entries(len(pins), file)
        else:
            named.extend(option for option in line.options if option[0] in _INDEXES | _MORE_INDEXES)
    pins, roots, told = record_parents(pins, text)
    return Lock(
        format="requirements",
        requires_python=resolved_for(text),
        pins=tuple(pins),
        roots=roots,
        indexes=tuple(dict.fromkeys(without_credentials(address) for _, address in named)),
        adds_indexes=any(option in _MORE_INDEXES for option, _ in named),
        records_edges=told,
    )


def requirement_of(line: RequirementLine, file: str) -> Requirement | None:
    """Read the requirement of a line (PEP 508); None if the line names a bare path or address.

    Raises:
        LockSyntaxError: It is neither.
    """
    try:
        requirement = Requirement(line.argument)
    except (InvalidRequirement, RecursionError) as error:
        if _ADDRESS.match(line.argument) or _PATH.match(line.argument):
            return None
        problem = f"{excerpt(line.text)} is not a requirement (PEP 508)"
        raise LockSyntaxError(problem, file=file, line=line.number) from error
    # To pip a bare `name-1.0.tar.gz` is a file, though it has the form of a name.
    is_file = requirement.url is None and _ARCHIVE.fullmatch(requirement.name)
    return None if is_file else requirement


def exact_version(specifier: SpecifierSet) -> str | None:
    """Return the one version a specifier fixes (`==1.2`, `===1.2`), or None if it does not."""
    versions = {
        one.version
        for one in specifier
        if one.operator == "===" or (one.operator == "==" and not one.version.endswith(".*"))
    }
    return versions.pop() if len(versions) == 1 else None


def _pin(line: RequirementLine, file: str) -> Pin | None:
    """Make the pin of a line; None for a line of settings."""
    if not line.argument:
        return _option_pin(line, file)
    hashes = _hashes(line, file)
    requirement = requirement_of(line, file)
    if requirement is None:
        address, *rest = _MARKER_SIGN.split(line.argument, maxsplit=1)
        return _address_pin(line, address.strip(), hashes=hashes, marker="".join(rest).strip())
    marker = str(requirement.marker or "")
    name = canonicalize_name(requirement.name)
    if requirement.url:
        return _address_pin(line, requirement.url, name=name, hashes=hashes, marker=marker)
    return Pin(
        name=name,
        version=exact_version(requirement.specifier),
        specifier=str(requirement.specifier),
        extras=tuple(sorted(requirement.extras)),
        hashes=hashes,
        hashed=holds(hashes),
        marker=marker,
        line=line.number,
    )


def _option_pin(line: RequirementLine, file: str) -> Pin | None:
    """Make the pin of a line that only has options; None if they are settings of pip."""
    name, value = line.options[0]
    if len(line.options) == 1 and value and name in _INCLUDES:
        return Pin(
            name=line.text, version=None, source="include", reference=value, line=line.number
        )
    if value and name in _EDITABLE:
        hashes = _hashes(line, file, skip=1)
        return _address_pin(line, value, source="editable", hashes=hashes)
    if all(option in (_SETTINGS if setting else _FLAGS) for option, setting in line.options):
        return None
    problem = f"{excerpt(line.text)} has an option that is not known"
    raise LockSyntaxError(problem, file=file, line=line.number)


def _hashes(line: RequirementLine, file: str, *, skip: int = 0) -> tuple[str, ...]:
    """Collect the hashes of a line, in lower case; refuse options that are not known."""
    found: list[str] = []
    for name, value in line.options[skip:]:
        if name == "--hash" and _HASH.fullmatch(value):
            found.append(value.lower())
        elif name not in _PER_REQUIREMENT:
            problem = f"{excerpt(f'{name}={value}')} is not an option of a requirement"
            raise LockSyntaxError(problem, file=file, line=line.number)
    return tuple(found)


def _address_pin(
    line: RequirementLine,
    address: str,
    *,
    name: str = "",
    source: str = "",
    hashes: tuple[str, ...] = (),
    marker: str = "",
) -> Pin:
    """Make the pin of a requirement that is taken from an address or a path."""
    named = _NAME_OF_ADDRESS.search(address)
    if not name:
        name = canonicalize_name(named[1]) if named else without_credentials(line.text)
    inside = (found.replace("=", ":").lower() for found in _HASH_OF_ADDRESS.findall(address))
    every = tuple(dict.fromkeys((*hashes, *inside)))
    return Pin(
        name=name,
        version=None,
        hashes=every,
        hashed=holds(every),
        source=source or _source(address),
        reference=without_credentials(address),
        marker=marker,
        line=line.number,
    )


def _source(address: str) -> str:
    """Tell what kind of place an address is."""
    if _VERSION_CONTROL.match(address):
        return "git"
    is_file = address.lower().startswith("file:") or not _ADDRESS.match(address)
    return "path" if is_file else "url"
