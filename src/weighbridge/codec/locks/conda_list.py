"""Lists of addresses that conda installs as they are: what stands below `@EXPLICIT`.

Each line is an address with a hash behind `#`. `conda-lock` writes packages from PyPI into the
same file, in comments that it alone reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from weighbridge.codec.address import without_credentials
from weighbridge.codec.locks.conda_place import channel_of, conda_file, is_hash
from weighbridge.codec.locks.credentials import without_token
from weighbridge.codec.locks.files import file_name
from weighbridge.codec.locks.interface import LockSyntaxError, check_entries, excerpt, holds
from weighbridge.model.lock import Lock, LockedFile, Pin

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK = re.compile(r"^@EXPLICIT[ \t\r]*$", re.MULTILINE)
_PLATFORM = re.compile(r"#\s*platform:\s*([a-z0-9-]+)\s*")
_FROM_PYPI = re.compile(r"#\s*pip\s+(\S.*)")
_HASH = re.compile(r"#(?:(?P<algorithm>md5|sha256)[:=])?(?P<digits>[0-9A-Fa-f]+)$")
_HASH_OPTION = re.compile(r"\s--hash[= ](\S+)")
_MD5_DIGITS = 32
_ANY = "noarch"


def is_list(text: str) -> bool:
    """Tell whether a text is such a list."""
    return _MARK.search(text) is not None


def read_list(text: str, file: str) -> Lock:
    """Read such a list.

    Raises:
        LockSyntaxError: A line is not the address of a conda package.
    """
    pins: list[Pin] = []
    for pin in _pins(text, file):
        pins.append(pin)
        check_entries(len(pins), file)
    return Lock(format="conda", pins=tuple(pins), names_files=True)


def _pins(text: str, file: str) -> Iterator[Pin]:
    platform = ""
    for number, whole in enumerate(text.split("\n"), 1):
        line = whole.strip()
        told = _PLATFORM.fullmatch(line)
        from_pypi = _FROM_PYPI.fullmatch(line)
        if told is not None:
            platform = told[1]
        elif from_pypi is not None:
            yield _pip_pin(from_pypi[1], platform, file, number)
        elif line and not line.startswith(("#", "@EXPLICIT")):
            yield _conda_pin(line, platform, file, number)


def _conda_pin(line: str, platform: str, file: str, number: int) -> Pin:
    """Make the pin of an address."""
    written = _HASH.search(line)
    address = without_token(without_credentials(line[: written.start()] if written else line))
    found = conda_file(address)
    if found is None:
        problem = f"{excerpt(address)} is not the address of a conda package"
        raise LockSyntaxError(problem, file=file, line=number)
    hashes = (_hash(written),) if written else ()
    if not all(is_hash(one) for one in hashes):
        problem = "has a hash that is neither md5 nor sha256"
        raise LockSyntaxError(problem, file=file, line=number)
    return Pin(
        name=found.name,
        version=found.version,
        specifier=f"=={found.version}",
        hashes=hashes,
        hashed=holds(hashes),
        index=channel_of(address),
        line=number,
        files=(LockedFile(name=file_name(address), hashes=hashes, url=address),),
        ecosystem="conda",
        platform=(platform or found.platform) if found.platform == _ANY else found.platform,
    )


def _hash(written: re.Match[str]) -> str:
    digits = written["digits"].lower()
    algorithm = written["algorithm"] or ("md5" if len(digits) == _MD5_DIGITS else "sha256")
    return f"{algorithm}:{digits}"


def _pip_pin(line: str, platform: str, file: str, number: int) -> Pin:
    """Make the pin of a package from PyPI: `NAME @ URL#sha256=HEX`, `NAME === VERSION`."""
    options = tuple(one.lower() for one in _HASH_OPTION.findall(line))
    try:
        requirement = Requirement(_HASH_OPTION.sub("", line))
    except (InvalidRequirement, RecursionError) as error:
        problem = f"{excerpt(line)} is not a requirement (PEP 508)"
        raise LockSyntaxError(problem, file=file, line=number) from error
    written = _HASH.search(requirement.url or "")
    address = without_credentials((requirement.url or "").partition("#")[0])
    hashes = (_hash(written),) if written else options
    versions = {one.version for one in requirement.specifier if one.operator in ("==", "===")}
    return Pin(
        name=canonicalize_name(requirement.name),
        version=versions.pop() if len(versions) == 1 else None,
        specifier=str(requirement.specifier),
        hashes=hashes,
        hashed=holds(hashes),
        source="url" if address else "index",
        reference=address,
        line=number,
        files=(LockedFile(name=file_name(address), hashes=hashes, url=address),) * bool(address),
        platform=platform,
    )
