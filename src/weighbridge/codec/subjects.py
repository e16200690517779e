"""What a statement may be about to be evidence about a release: it, or what it consists of.

A statement that names the release digest is about the release. One that does not is about it when
every one of its subjects stands in the sealed manifest: as an artifact, an image, a lock or the
card, or in the listing of a directory among the artifacts. What a publisher signed of a package
(PEP 740) is about it when a lock of the release has that file's hash. One subject that stands
nowhere, or has no sha256, and the statement does not count: it may have been said of that one.

Open maps, and what a release was made from, are not what it consists of; an author could write
any digest there. Our own statements, reports among them, are about releases only.

Imports the standard library alone, since verifying needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from weighbridge.codec.mentions import mentioned_in_stream
from weighbridge.codec.pages import read_pages
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.listing import MEDIA_TYPES, ListingError
from weighbridge.model.predicates import OURS, PUBLISH, TEST_RESULT, is_own

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping


def is_report(predicate_type: str, predicate: Mapping[str, Any]) -> bool:
    """Tell whether a test result is a report of ours, and not what others' tests gave.

    Whatever claims our key without saying which document it counted claims to be a report.
    """
    if predicate_type != TEST_RESULT or OURS not in predicate:
        return False
    said = predicate[OURS]
    if not isinstance(said, dict) or "report" in said:
        return True
    return "junit" not in said and "rego" not in said


@dataclass(frozen=True, slots=True)
class Among:
    """Which of some digests a release consists of.

    Attributes:
        there: Those that are its own or stand in it.
        unread: Listings of directories that were not to be had; the others might stand there.
    """

    there: frozenset[str]
    unread: tuple[str, ...]


class Contents:
    """What a release consists of, by digests; read as far as somebody asks.

    Attributes:
        needed: Documents beside the manifest without which some statement would not count.
    """

    def __init__(self, release: str, fetch: Callable[[str], bytes | None]) -> None:
        """Take a release.

        Args:
            release: Release digest.
            fetch: Returns the bytes of a digest, or None; what it returns is checked.
        """
        self._release = release
        self._fetch = fetch
        self._known: dict[str, tuple[frozenset[str], dict[str, bytes]]] = {}
        self.needed: dict[str, bytes] = {}

    def lacks(
        self, predicate_type: str, predicate: Mapping[str, Any], subjects: Collection[str]
    ) -> str:
        """Name a subject for which a statement is not about the release; empty if it is.

        Args:
            predicate_type: What the statement is.
            predicate: What it says.
            subjects: Digests of its subjects.
        """
        if self._release in subjects:
            return ""
        missing = set(subjects)
        if not (missing and may_be_of_parts(predicate_type, predicate)):
            return next(iter(sorted(missing)), "nothing")
        missing -= self._own
        needed: dict[str, bytes] = {}
        places = self._locks if predicate_type == PUBLISH else self._directories
        for place in places if missing else ():
            found, documents = self._within(place, lock=predicate_type == PUBLISH)
            if not missing.isdisjoint(found):
                needed |= documents
                missing -= found
        if not missing:
            self.needed |= needed
        return next(iter(sorted(missing)), "")

    def among(self, digests: Iterable[str]) -> Among:
        """Say which of some digests are the release, or an artifact, image, lock or file of it.

        What is not in the manifest is looked for in every listing, which are needed then.
        """
        asked = frozenset(digests)
        if not asked:
            return Among(asked, ())
        there = asked & {self._release, *self._own}
        unread: list[str] = []
        for place in self._directories if asked - there else ():
            found, documents = self._within(place, lock=False)
            self.needed |= documents
            there |= asked & found
            unread += [] if documents else [place]
        return Among(there, tuple(unread))

    @cached_property
    def _spec(self) -> dict[str, Any]:
        data = self._exact(self._release)
        try:
            tree = read_json(data) if data is not None else None
        except NotCanonicalError:
            return {}
        spec = tree.get("spec") if isinstance(tree, dict) else None
        return spec if isinstance(spec, dict) else {}

    @cached_property
    def _own(self) -> frozenset[str]:
        """Digests of what stands in the manifest itself."""
        parts = [*self._artifacts(), *self._images(), self._spec.get("card")]
        return frozenset((*filter(None, map(_digest, parts)), *self._locks))

    @cached_property
    def _locks(self) -> tuple[str, ...]:
        found = self._spec.get("dependencies")
        parts = found.values() if isinstance(found, dict) else ()
        return tuple(dict.fromkeys(filter(None, map(_digest, parts))))

    @cached_property
    def _directories(self) -> tuple[str, ...]:
        parts = (one for one in self._artifacts() if one.get("mediaType") in MEDIA_TYPES)
        return tuple(dict.fromkeys(filter(None, map(_digest, parts))))

    def _artifacts(self) -> Iterator[dict[str, Any]]:
        found = self._spec.get("artifacts")
        for one in found if isinstance(found, list) else ():
            if isinstance(one, dict):
                yield one

    def _images(self) -> Iterator[dict[str, Any]]:
        found = self._spec.get("environment")
        image = found.get("image") if isinstance(found, dict) else None
        while isinstance(image, dict):
            yield image
            image = image.get("base")

    def _within(self, place: str, *, lock: bool) -> tuple[frozenset[str], dict[str, bytes]]:
        """Read the digests in a lock or listing, and the documents they stand in."""
        if place not in self._known:
            self._known[place] = self._locked(place) if lock else self._listed(place)
        return self._known[place]

    def _locked(self, lock: str) -> tuple[frozenset[str], dict[str, bytes]]:
        data = self._exact(lock)
        if data is None:
            return frozenset(), {}
        return frozenset(mentioned_in_stream([data])), {lock: data}

    def _listed(self, listing: str) -> tuple[frozenset[str], dict[str, bytes]]:
        documents: dict[str, bytes] = {}

        def fetch(digest: str) -> bytes:
            data = self._fetch(digest)
            if data is None:
                raise ListingError(f"{digest} is not there")
            documents[digest] = data
            return data

        found: set[str] = set()
        try:
            for _, page in read_pages(listing, fetch):
                found.update(page.digests)
        except ListingError:
            return frozenset(), {}
        return frozenset(found), documents

    def _exact(self, digest: str) -> bytes | None:
        data = self._fetch(digest)
        exact = data is not None and f"sha256:{sha256(data).hexdigest()}" == digest
        return data if exact else None


def may_be_of_parts(predicate_type: str, predicate: Mapping[str, Any]) -> bool:
    """Tell whether a statement of a type may be about what a release consists of."""
    return not is_own(predicate_type) and not is_report(predicate_type, predicate)


def _digest(part: object) -> str:
    found = part.get("digest") if isinstance(part, dict) else None
    return found if isinstance(found, str) else ""
