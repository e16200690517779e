"""What a package index says of projects and files, kept beside the registry as one JSON document.

The pages of its JSON API (PEP 691) are asked for when a lock is made, by whatever may go to the
network; here they are only compiled. Nobody signed them: a report that used them names their
digest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from weighbridge.adapters.files import make_folder, storing, write_file
from weighbridge.codec.canonical import digest as digest_of
from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.dated import is_day
from weighbridge.model.errors import UsageError
from weighbridge.model.fact import NO_INDEX, Unavailable
from weighbridge.model.index_status import STATUSES, IndexedProject, IndexedVersion, IndexStatus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

INDEX: Final = "data/index.json"
"""Where it lies in a registry's folder."""

_LARGEST: Final = 64 << 20
_DIGESTS: Final = 200_000
"""Files whose digests are kept at most; of projects past that, only how many files they have."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_HELP: Final = ["a page is what an index answers to `Accept: application/vnd.pypi.simple.v1+json`"]


def is_page(value: object) -> bool:
    """Whether a JSON value is a page of an index about one project (PEP 691)."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("files"), list)
        and isinstance(value.get("name"), str)
        and isinstance(value.get("meta"), dict)
    )


def compile_pages(paths: Iterable[Path], *, today: str) -> bytes:
    """Compile pages into the document that is kept.

    Raises:
        UsageError: One of them is no page.
    """
    projects: dict[str, Any] = {}
    left = _DIGESTS
    for path in paths:
        try:
            page = read_page(path)
            left -= len(page["files"])
            projects[canonicalize_name(page["name"])] = _project(page, digests=left >= 0)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise UsageError(
                f"{path.name} is no page of a package index", cause=str(error), help=_HELP
            ) from error
    return canonical_bytes({"captured": today, "projects": projects})


def read_page(path: Path) -> dict[str, Any]:
    """Read one page.

    Raises:
        ValueError: It is none.
    """
    if path.stat().st_size > _LARGEST:
        raise ValueError("it is longer than any page is")
    page = read_json(path.read_bytes(), decimals=True)
    if not is_page(page):
        raise ValueError("it has no name, meta and files")
    found: dict[str, Any] = page
    return found


def _project(page: dict[str, Any], *, digests: bool) -> dict[str, Any]:
    said = page.get("project-status") or page["meta"].get("project-status") or {}
    said = {"status": said} if isinstance(said, str) else said
    versions: dict[str, Any] = {}
    for file in page["files"]:
        name, yanked = file["filename"], file.get("yanked", False)
        version = _version_of(name)
        if not version or not isinstance(yanked, bool | str):
            continue
        entry = versions.setdefault(version, {"files": 0, "yanked": {}, "digests": {}})
        entry["files"] += 1
        digest = (file.get("hashes") or {}).get("sha256", "")
        if digests and isinstance(digest, str) and _SHA256.fullmatch(digest):
            entry["digests"][name] = digest
        if yanked is not False:
            entry["yanked"][name] = yanked if isinstance(yanked, str) else ""
    status, reason = said.get("status", "active"), said.get("reason") or ""
    if not isinstance(reason, str) or status not in STATUSES:
        raise ValueError(f"its status is {status}, which PEP 792 does not know")
    return {"status": status, "reason": reason, "versions": versions}


def _version_of(name: str) -> str:
    """Return the version a file is of, or empty for files no installer takes."""
    try:
        if name.endswith(".whl"):
            return parse_wheel_filename(name)[1].public
        return parse_sdist_filename(name)[1].public
    except (InvalidWheelFilename, InvalidSdistFilename):
        return ""


def keep_index(data: bytes, registry: Path) -> Path:
    """Keep the document in a registry's folder, in the place of an older one."""
    place = registry / INDEX
    with storing(place):
        make_folder(place.parent)
        write_file(place, data)
    return place


def read_index(registry: Path) -> IndexStatus | Unavailable:
    """Read what is kept in a registry's folder; nothing, or what cannot be read, is no data."""
    try:
        data = (registry / INDEX).read_bytes()
        value = read_json(data)
        projects = {name: _read_project(name, one) for name, one in value["projects"].items()}
        captured = _read_day(value["captured"])
    except FileNotFoundError:
        return NO_INDEX
    except OSError as error:
        return Unavailable(f"{INDEX} cannot be read: {error.strerror}")
    except (NotCanonicalError, ValueError, TypeError, AttributeError, KeyError) as error:
        hint = "compile it anew: `weighbridge advisories update --from DIR`"
        return Unavailable(f"{INDEX} is not as it was written: {error}", hint)
    return IndexStatus(captured=captured, digest=digest_of(data), projects=projects)


def _read_day(value: Any) -> str:  # noqa: ANN401 - whatever stands there
    if not isinstance(value, str) or not is_day(value):
        raise ValueError("it was captured on no day")
    return value


def _read_project(name: str, value: dict[str, Any]) -> IndexedProject:
    versions = {
        version: IndexedVersion(
            files=int(one["files"]), yanked=dict(one["yanked"]), digests=dict(one["digests"])
        )
        for version, one in value["versions"].items()
    }
    if value["status"] not in STATUSES:
        raise ValueError(f"{name} has the status {value['status']}")
    return IndexedProject(
        name=name, status=value["status"], reason=str(value["reason"]), versions=versions
    )
