"""The distributions of a folder for packages, and what their RECORDs claim."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from packaging.utils import canonicalize_name

from weighbridge.model.fact import PathProblem, Unavailable
from weighbridge.model.installed import InstalledDistribution
from weighbridge.probes.python.claims import LONGEST, Claims, read_claims
from weighbridge.probes.python.metadata import parse_distribution

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.probes.python.sites import Site

DIST_INFO: Final = ".dist-info"
_EGG_INFO: Final = ".egg-info"
_NAMED: Final = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-[^/]*)?")
_METADATA: Final = 1 << 18
_NO_RECORD: Final = "it has no RECORD"
_WHO_WROTE_NONE: Final = {
    "conda": "conda installed it without a RECORD",
    "debian": "the system's package manager installed it without a RECORD",
}


@dataclass(slots=True, kw_only=True)
class Found:
    """A distribution while it is being verified.

    Attributes:
        info: What is known of it.
        folder: Its dist-info or egg-info, relative to the root.
        claims: What its RECORD claims; None without one that can be read.
        tops: Names at the top of the folder for packages that are its own, of one without RECORD.
    """

    info: InstalledDistribution
    folder: str
    claims: Claims | None = None
    tops: frozenset[str] = frozenset()


def find_distributions(site: Site, names: Iterable[str]) -> Iterator[Found]:
    """Read the papers of each distribution of a folder for packages, sorted by their folders."""
    folders: dict[str, set[str]] = {}
    for path in names:
        top = site.top(path)
        if top.endswith((DIST_INFO, _EGG_INFO)):
            inside = path.removeprefix(f"{site.library}/{top}").removeprefix("/")
            folders.setdefault(top, set()).add(inside)
    for top in sorted(folders):
        yield _read(site, f"{site.library}/{top}", folders[top])


def _read(site: Site, folder: str, inside: set[str]) -> Found:
    is_egg = folder.endswith(_EGG_INFO)
    own = ("PKG-INFO" if inside != {""} else "") if is_egg else "METADATA"
    data = _head(site, f"{folder}/{own}".rstrip("/"))
    said = parse_distribution(data)
    stem = posixpath.basename(folder).removesuffix(DIST_INFO).removesuffix(_EGG_INFO)
    named = _NAMED.fullmatch(stem)
    name = said.name if said else canonicalize_name(named["name"] if named else stem)
    installer = site.text(f"{folder}/INSTALLER", 1 << 10).strip()[:64]
    url, commit, editable = _origin(site.text(f"{folder}/direct_url.json"))
    info: dict[str, Any] = {
        "name": name,
        "version": said.version if said else (named["version"] if named else ""),
        "folder": site.shown(folder),
        "installer": installer,
        "url": url,
        "commit": commit,
        "editable": editable,
    }
    if is_egg or "RECORD" not in inside:
        why = _WHO_WROTE_NONE.get(installer, _NO_RECORD)
        tops = _tops(site.text(f"{folder}/top_level.txt"), name, stem)
        return Found(info=InstalledDistribution(**info, why=why), folder=folder, tops=tops)
    return _with_record(site, folder, info)


def _with_record(site: Site, folder: str, info: dict[str, Any]) -> Found:
    path = f"{folder}/RECORD"
    record = site.read(path, LONGEST)
    if isinstance(record, str):
        why = f"its RECORD was not read: {record}"
        return Found(info=InstalledDistribution(**info, why=why), folder=folder)
    name = info["name"]
    claims = read_claims(record, distribution=name, record=path, root=site.root)
    digest = f"sha256:{hashlib.sha256(record).hexdigest()}"
    known = InstalledDistribution(**info, record=digest, files=len(claims.rows))
    return Found(info=known, folder=folder, claims=claims)


def _head(site: Site, path: str) -> bytes:
    source = site.tree.open(path)
    if isinstance(source, PathProblem | Unavailable):
        return b""
    with source:
        try:
            return source.read_at(0, _METADATA)
        except OSError:
            return b""


def _tops(listed: str, name: str, stem: str) -> frozenset[str]:
    """Tell which names at the top are those of a distribution without RECORD."""
    names = {line.strip() for line in listed.splitlines() if line.strip()}
    names |= {name.replace("-", "_"), name.replace("-", "."), stem.partition("-")[0]}
    return frozenset({*names, *(f"{one}.py" for one in names)})


def _origin(text: str) -> tuple[str, str, bool]:
    """Read direct_url.json (PEP 610): address without credentials, commit, whether editable."""
    try:
        said = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return "", "", False
    if not isinstance(said, dict):
        return "", "", False
    url, vcs, folder = said.get("url"), said.get("vcs_info"), said.get("dir_info")
    commit = vcs.get("commit_id") if isinstance(vcs, dict) else None
    return (
        without_credentials(url) if isinstance(url, str) else "",
        commit if isinstance(commit, str) else "",
        isinstance(folder, dict) and folder.get("editable") is True,
    )


def without_credentials(url: str) -> str:
    """Leave out of an address who asks for it, and what is asked."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
