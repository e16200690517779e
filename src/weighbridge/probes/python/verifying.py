"""Hold every file of an environment against the RECORDs it was installed with.

Nothing of the environment is imported or run, and no link is followed out of it. What a RECORD
names is digested, many files side by side; what none names is told.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.model.fact import MISSING, ObservedFile, PathProblem, Unavailable
from weighbridge.model.installed import Departure, InstalledFiles
from weighbridge.probes.python.bytecode import HEADER, source_of, strangeness
from weighbridge.probes.python.claims import BYTECODE, new_hash
from weighbridge.probes.python.installed import Found, find_distributions
from weighbridge.probes.python.sites import sites_of
from weighbridge.probes.python.start_up import hooks_of

if TYPE_CHECKING:
    from weighbridge.model.installed import (
        DepartureKind,
        InstalledDistribution,
        StartUpHook,
    )
    from weighbridge.model.reading import FileReader
    from weighbridge.probes.python.claims import Claim
    from weighbridge.probes.python.places import Place
    from weighbridge.probes.python.sites import Site
    from weighbridge.probes.python.wheels import Wheels

MOST: Final = 10_000
"""Departures that are listed."""

_CHUNK: Final = 1 << 20
_READ: Final = "sha256"
_WRONG: Final = frozenset({"changed", "missing", "rewritten", "outside", "record", "bytecode"})
_OPEN: Final = frozenset({"unread", "weak", "unhashed", "twice"})
_KINDS: Final = (
    r"(?:openblas|blas|lapack|blis|mkl_|veclib|cudnn|cudart|cufft|cusolver|cusparse|nccl|nvrtc"
    r"|nvjitlink)[^/]*"
)
_NATIVE: Final = (".so", ".dylib", ".dll")
_LIBRARY: Final = re.compile(
    rf"lib[^/]*{_KINDS}\.(?:so(?:\.[0-9.]+)?|dylib)|[^/]*{_KINDS}\.dll", re.IGNORECASE
)


def verify_installed(
    place: Place, *, reader: FileReader, wheels: Wheels | None = None, most: int = MOST
) -> InstalledFiles:
    """Verify all files of an environment.

    Args:
        place: The environment.
        reader: Who digests its files.
        wheels: Wheels that a lock names, to hold RECORDs against.
        most: How many departures are listed.
    """
    parts = [_Site(site, reader, wheels).verified() for site in sites_of(place)]
    departures = sorted(
        (one for part in parts for one in part.departures), key=lambda one: (one.path, one.kind)
    )
    if len(departures) > most:
        rest = f"{len(departures) - most:,} more departures"
        departures = [*departures[:most], Departure(kind="unread", path="", seen=rest)]
    distributions = [one for part in parts for one in part.distributions]
    return InstalledFiles(
        where=place.where,
        distributions=tuple(sorted(distributions, key=lambda one: (one.name, one.folder))),
        departures=tuple(departures),
        hooks=tuple(
            sorted((one for part in parts for one in part.hooks), key=lambda one: one.path)
        ),
        files=sum(part.files for part in parts),
        size=sum(part.size for part in parts),
        bytecode=sum(part.bytecode for part in parts),
        libraries=tuple(sorted(one for part in parts for one in part.libraries)),
    )


class _Site:
    """One folder for packages while it is being verified."""

    def __init__(self, site: Site, reader: FileReader, wheels: Wheels | None) -> None:
        self._site = site
        self._reader = reader
        self._wheels = wheels
        self._names, self._problems = site.walk()
        self._present = set(self._names)
        self._found = list(find_distributions(site, self._names))
        self._claims: dict[str, list[Claim]] = {}
        self.departures: list[Departure] = []
        self.distributions: list[InstalledDistribution] = []
        self.hooks: list[StartUpHook] = []
        self.libraries: list[str] = []
        self.files = self.size = self.bytecode = 0

    def verified(self) -> _Site:
        for found in self._found:
            if found.claims is not None:
                self.departures += [
                    replace(one, path=self._site.shown(one.path)) for one in found.claims.departures
                ]
                for path, claim in found.claims.rows.items():
                    self._claims.setdefault(path, []).append(claim)
        for problem in self._problems:
            kind: DepartureKind = "link" if problem.kind == "link" else "unread"
            self._note(kind, problem.path, seen=problem.target or problem.kind)
        self._weigh_listed()
        self._weigh_bytecode()
        self._weigh_unlisted()
        for found in self._found:
            self._hold_against_wheel(found)
        self.hooks += hooks_of(self._site, self._names, self._claims)
        self.libraries += [
            self._site.shown(path)
            for path in self._names
            if path.endswith(_NATIVE) or ".so." in path
            if _LIBRARY.fullmatch(posixpath.basename(path))
        ]
        kinds: dict[str, set[str]] = {}
        for one in self.departures:
            kinds.setdefault(one.distribution, set()).add(one.kind)
        self.distributions += [
            _concluded(found, kinds.get(found.info.name, set())) for found in self._found
        ]
        return self

    # What RECORD names --------------------------------------------------------------------------

    def _weigh_listed(self) -> None:
        hashed = [path for path, claims in self._claims.items() if any(c.algorithm for c in claims)]
        # Those of one folder together: the way to it is gone once.
        hashed.sort(key=lambda path: path.rpartition("/"))
        for path, seen in self._reader.read(self._site.tree, hashed):
            claims = self._claims[path]
            if isinstance(seen, ObservedFile):
                self.files += 1
                self.size += seen.size
                for claim in claims:
                    self._weigh(path, claim, seen)
            else:
                self._unseen(path, claims[0], seen)
        for path, claims in self._claims.items():
            if not any(claim.algorithm for claim in claims) and not path.endswith(BYTECODE):
                self._look_for(path, claims[0])

    def _weigh(self, path: str, claim: Claim, seen: ObservedFile) -> None:
        if claim.size and claim.size != str(seen.size):
            wanted = f"{claim.size} bytes"
            self._note("changed", path, claim, seen=f"{seen.size} bytes", wanted=wanted)
            return
        digest = seen.digest
        if claim.algorithm and claim.algorithm != _READ:
            digest = self._digest(path, claim.algorithm)
        if claim.algorithm and not claim.fits(digest.partition(":")[2]):
            self._note("changed", path, claim, seen=digest, wanted=claim.wanted)

    def _digest(self, path: str, algorithm: str) -> str:
        """Digest a file by another algorithm; what cannot be read again has no digest."""
        source = self._site.tree.open(path)
        if isinstance(source, PathProblem | Unavailable):
            return f"{algorithm}:"
        hashed = new_hash(algorithm)
        with source:
            try:
                while chunk := source.read(_CHUNK):
                    hashed.update(chunk)
            except OSError:
                return f"{algorithm}:"
        return f"{algorithm}:{hashed.hexdigest()}"

    def _unseen(self, path: str, claim: Claim, seen: PathProblem | Unavailable) -> None:
        if isinstance(seen, PathProblem):
            kind: DepartureKind = "outside" if seen.kind == "outside" else "unread"
            self._note(kind, path, claim, seen=seen.target or seen.kind)
        elif not seen.reason.startswith(MISSING):
            self._note("unread", path, claim, seen=seen.reason)
        elif not path.endswith(BYTECODE):
            self._note("missing", path, claim, seen=MISSING, wanted=claim.wanted)

    def _look_for(self, path: str, claim: Claim) -> None:
        """Look whether a file is there that RECORD names without a digest."""
        if path not in self._present:
            kind = self._site.tree.kind(path)
            if isinstance(kind, PathProblem) or kind != "file":
                self._note("missing", path, claim, seen=MISSING)

    # What it does not ---------------------------------------------------------------------------

    def _weigh_bytecode(self) -> None:
        """Look at compiled files for which nobody states a digest."""
        asked: dict[str, str] = {}
        for path in self._names:
            if path.endswith(BYTECODE) and not any(
                claim.algorithm for claim in self._claims.get(path, ())
            ):
                source = source_of(path)
                if source in self._present and source in self._claims:
                    asked[path] = source
                elif path not in self._claims or source is None or source not in self._present:
                    self._lost(path, source)
        self._look_into(asked)

    def _look_into(self, asked: dict[str, str]) -> None:
        for path, header, _ in self._site.tree.sources(asked):
            if isinstance(header, bytes):
                start = header
            elif isinstance(header, PathProblem):
                self._note("unread", path, seen=header.kind)
                continue
            elif isinstance(header, Unavailable):
                self._note("unread", path, seen=header.reason)
                continue
            else:
                with header:
                    start = header.read_at(0, HEADER)
            strange = strangeness(self._site, start, asked[path])
            if strange:
                self._note("bytecode", path, seen=strange)
            self.bytecode += strange == ""

    def _lost(self, path: str, source: str | None) -> None:
        """Tell of a compiled file without a listed source: in a cache, Python does not run it."""
        if source is None:
            if path not in self._claims:
                return  # it is unlisted like any other file
            self._note("bytecode", path, seen="it is run, and RECORD states no digest of it")
        elif source not in self._present:
            self._note("orphan", path, seen="its source is not there")

    def _weigh_unlisted(self) -> None:
        unclaimed = {top: found.info.name for found in self._found for top in found.tops}
        folders = {found.folder: found for found in self._found if found.claims is None}
        left = [path for path in self._names if path not in self._claims]
        owners = _owners(self._claims) if left else {}
        for path in left:
            if self._is_of_listed(path):
                continue
            top = self._site.top(path)
            whole = folders.get(f"{self._site.library}/{top}")
            owner = whole.info.name if whole is not None else unclaimed.get(top)
            if owner is not None:
                self._note("unclaimed", path, seen=owner)
                continue
            beside = owners.get(posixpath.dirname(path), "")
            self._note("unlisted", path, seen=f"beside files of {beside}" if beside else "")

    def _is_of_listed(self, path: str) -> bool:
        """Tell whether a file is a compiled one in a cache: that was weighed by its source."""
        source = source_of(path)
        return source is not None and (source in self._claims or source not in self._present)

    # The wheel ----------------------------------------------------------------------------------

    def _hold_against_wheel(self, found: Found) -> None:
        if self._wheels is None or found.claims is None or not found.claims.readable:
            return
        said = self._wheels.compare(found, library=self._site.library)
        if isinstance(said, str):
            found.info = replace(found.info, why=said)
            return
        found.info = replace(found.info, standing="authentic", why="")
        for one in said:
            self.departures.append(replace(one, path=self._site.shown(one.path)))

    def _note(
        self,
        kind: DepartureKind,
        path: str,
        claim: Claim | None = None,
        *,
        seen: str = "",
        wanted: str = "",
    ) -> None:
        owner = claim or next(iter(self._claims.get(path, ())), None)
        self.departures.append(
            Departure(
                kind=kind,
                path=self._site.shown(path),
                distribution=owner.distribution if owner else "",
                seen=seen,
                wanted=wanted,
            )
        )


def _concluded(found: Found, kinds: set[str]) -> InstalledDistribution:
    """Say what came of a distribution, by what is wrong with its files."""
    info = found.info
    if found.claims is None:
        return info
    if kinds & _WRONG:
        return replace(info, standing="tampered", why="its files are not those it lists")
    if kinds & _OPEN:
        return replace(info, standing="unverifiable", why="not all its rows say what to expect")
    if info.standing == "authentic":
        return info
    why = info.why or "RECORD was held against no wheel"
    return replace(info, standing="self-consistent", why=why)


def _owners(claims: dict[str, list[Claim]]) -> dict[str, str]:
    """Say whose files lie in each folder."""
    return {posixpath.dirname(path): found[0].distribution for path, found in claims.items()}
