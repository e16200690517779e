"""pip-audit's report: `pip-audit --format json`.

https://github.com/pypa/pip-audit, pip_audit/_format/json.py. It says neither when it was made nor
by which version, how bad a flaw is, or what file was read: only packages. Flaws it was told to
ignore (`--ignore-vuln`) do not stand in it, which cannot be told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.predicates.scanners.scan import Flaw, Scan, ScanError, ordered, short
from weighbridge.codec.predicates.shape import ShapeError, either, list_of, record, text, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FLAW: Final = record(
    {"id": word}, {"aliases": list_of(text), "fix_versions": list_of(text)}, closed=False
)
_SKIPPED: Final = record({"name": word, "skip_reason": text}, closed=False)
_PACKAGE: Final = record({"name": word, "version": word, "vulns": list_of(_FLAW)}, closed=False)
_REPORT: Final = record({"dependencies": list_of(either(_SKIPPED, _PACKAGE))}, closed=False)


def is_pip_audit(tree: Mapping[str, Any]) -> bool:
    """Tell whether a document is a report of pip-audit."""
    return {"dependencies", "fixes"} == tree.keys()


def read_pip_audit(tree: Mapping[str, Any]) -> Scan:
    """Read a report.

    Raises:
        ScanError: It is none, or no package was looked at.
    """
    try:
        _REPORT(tree, ())
    except ShapeError as error:
        raise ScanError(str(error)) from error
    looked = [one for one in tree["dependencies"] if "skip_reason" not in one]
    if not looked:
        raise ScanError("no package was looked at")
    return Scan(
        tool="pip-audit",
        uri="pkg:pypi/pip-audit",
        about="packages",
        flaws=ordered(_flaws(looked)),
        open=tuple(_open(tree["dependencies"])),
        packages=frozenset((one["name"], one["version"]) for one in looked),
    )


def _flaws(looked: list[Mapping[str, Any]]) -> Iterator[Flaw]:
    for package in looked:
        for one in package["vulns"]:
            yield Flaw(
                id=one["id"],
                package=package["name"],
                version=package["version"],
                score="unknown",
                fixed=tuple(one.get("fix_versions") or ()),
                aliases=tuple(sorted(one.get("aliases") or ())),
            )


def _open(packages: list[Mapping[str, Any]]) -> Iterator[str]:
    for one in packages:
        if "skip_reason" in one:
            yield f"it passed over {one['name']}: {short(one['skip_reason'])}"
