"""What is installed, out of the files package managers keep: dpkg, apk, Python's metadata.

Follows deb-control(5) and Debian's status files, Alpine's `installed` of apk v2, PEP 566 and
os-release(5). A file that says something else says nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.text import decoded
from weighbridge.model.fact import Distribution
from weighbridge.model.image import InstalledPackage, OsRelease

if TYPE_CHECKING:
    from collections.abc import Iterator

_DPKG: Final = frozenset({"Package", "Version", "Architecture", "Status"})
_APK: Final = frozenset({"P", "V", "A"})
_PYTHON: Final = frozenset({"Name", "Version", "Requires-Python"})
_LONGEST: Final = 1_024
_RELEASE: Final = re.compile(r"(ID|VERSION_ID|PRETTY_NAME)=(.*)")
_DASHES: Final = re.compile(r"[-_.]+")


def dpkg_packages(raw: bytes) -> Iterator[InstalledPackage]:
    """Yield the packages dpkg has installed; of those without a status (distroless), all."""
    for fields in _stanzas(raw, ": ", _DPKG):
        status = fields.get("Status", "install ok installed")
        if "Package" in fields and status.split()[-1:] == ["installed"]:
            yield InstalledPackage(
                manager="dpkg",
                name=fields["Package"],
                version=fields.get("Version", ""),
                architecture=fields.get("Architecture", ""),
            )


def apk_packages(raw: bytes) -> Iterator[InstalledPackage]:
    """Yield the packages apk has installed."""
    for fields in _stanzas(raw, ":", _APK):
        if "P" in fields:
            yield InstalledPackage(
                manager="apk",
                name=fields["P"],
                version=fields.get("V", ""),
                architecture=fields.get("A", ""),
            )


def python_distribution(raw: bytes) -> Distribution | None:
    """Read name and version out of a distribution's metadata; None if they are not there."""
    fields = next(_stanzas(raw, ": ", _PYTHON), {})
    if not fields.get("Name") or not fields.get("Version"):
        return None
    return Distribution(
        name=_DASHES.sub("-", fields["Name"]).lower(),
        version=fields["Version"],
        requires_python=fields.get("Requires-Python", ""),
    )


def os_release(raw: bytes) -> OsRelease | None:
    """Read what distribution it is; None if it does not say."""
    said = {}
    for line in decoded(raw).splitlines():
        found = _RELEASE.fullmatch(line.strip())
        if found is not None:
            said[found[1]] = found[2].strip("\"'")[:_LONGEST]
    if not said.get("ID"):
        return None
    name = said.get("PRETTY_NAME", "")
    return OsRelease(id=said["ID"], version=said.get("VERSION_ID", ""), name=name)


def _stanzas(raw: bytes, sign: str, wanted: frozenset[str]) -> Iterator[dict[str, str]]:
    """Yield the wanted fields of each paragraph; the first of a name counts."""
    fields: dict[str, str] = {}
    for line in decoded(raw).split("\n"):
        if not line.strip():
            if fields:
                yield fields
                fields = {}
            continue
        name, found, value = line.partition(sign)
        if found and name in wanted:
            fields.setdefault(name, value.strip()[:_LONGEST])
    if fields:
        yield fields
